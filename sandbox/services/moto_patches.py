"""Puts our parts in the place of moto's, and moto's back when a sandbox ends: they are global to the process."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

_ABSENT = object()
_undo: list[Callable[[], None]] = []


def replace(owner: Any, name: str, value: Any) -> None:
    """Set an attribute of a class, module or object of moto's until ``restore``."""
    before = getattr(owner, name, _ABSENT)
    _undo.append(lambda: delattr(owner, name) if before is _ABSENT else setattr(owner, name, before))
    setattr(owner, name, value)


def replace_backend(backends: Any, backend: type) -> None:
    """Make moto create this backend of a service, with nothing in it, until ``restore``."""
    _undo.append(backends.clear)  # those that were made are ours
    replace(backends, "backend", backend)
    backends.clear()


def replace_dispatch(paths: dict[str, Any], dispatch: Callable[..., Any]) -> None:
    """Let this answer what a service is asked, at all its paths, until ``restore``."""
    before = dict(paths)
    _undo.append(lambda: paths.update(before))
    paths.update(dict.fromkeys(paths, dispatch))


def restore() -> None:
    """Undo every replacement, last first."""
    while _undo:
        _undo.pop()()


def alone(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a backend's method run while no other that is wrapped so does; the backend has a ``lock``."""

    @wraps(method)
    def locked(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return method(self, *args, **kwargs)

    return locked
