"""Our parts in the place of moto's, and back."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from sandbox.services import moto_patches


def test_what_was_replaced_comes_back_as_it_was_first(monkeypatch: Any) -> None:
    monkeypatch.setattr(moto_patches, "_undo", [])
    moto = SimpleNamespace(answer="moto's", other=1)
    moto_patches.replace(moto, "answer", "ours")
    moto_patches.replace(moto, "other", 2)
    moto_patches.replace(moto, "answer", "ours again")
    assert (moto.answer, moto.other) == ("ours again", 2)
    moto_patches.restore()
    assert (moto.answer, moto.other) == ("moto's", 1)
    moto_patches.restore()
    assert moto.answer == "moto's"


def test_a_backend_and_where_requests_go_come_back_with_nothing_left_in_it(monkeypatch: Any) -> None:
    class Backends(dict[str, Any]):
        backend: type = dict

    monkeypatch.setattr(moto_patches, "_undo", [])
    backends, paths = Backends(account=1), {"/": "moto's", "/v1": "moto's"}
    moto_patches.replace_backend(backends, list)
    moto_patches.replace_dispatch(paths, print)
    assert (backends, backends.backend, paths) == ({}, list, {"/": print, "/v1": print})
    backends["account"] = 2
    moto_patches.restore()
    assert (backends, backends.backend, paths) == ({}, dict, {"/": "moto's", "/v1": "moto's"})


def test_methods_that_run_alone_wait_for_each_other() -> None:
    class Backend:
        def __init__(self) -> None:
            self.lock = threading.RLock()

        @moto_patches.alone
        def outer(self, value: int) -> int:
            return int(self.inner(value)) + 1  # the same thread goes on

        @moto_patches.alone
        def inner(self, value: int) -> int:
            return value

    backend, answers = Backend(), list[int]()
    with backend.lock:
        other = threading.Thread(target=lambda: answers.append(backend.outer(1)))
        other.start()
        other.join(0.1)
        assert answers == []
    other.join()
    assert answers == [2]
