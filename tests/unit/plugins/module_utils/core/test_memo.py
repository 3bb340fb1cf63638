"""What a controller remembers of the account."""

from __future__ import annotations

from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo


class Text:
    """A shared text in one process."""

    text = ""

    def read(self) -> str:
        return self.text

    def write(self, text: str) -> None:
        self.text = text


def test_what_was_read_is_not_read_again() -> None:
    memo, reads = Memo(), iter(["first", "second"])
    assert [memo.once("image/ami-1", lambda: next(reads)) for _ in range(2)] == ["first", "first"]


def test_nothing_is_read_again_until_there_is_something() -> None:
    memo, reads = Memo(), iter([None, "there"])
    assert [memo.once("image/ami-1", lambda: next(reads)) for _ in range(3)] == [None, "there", "there"]


def test_the_tasks_of_a_play_share_it() -> None:
    shared = Text()
    Memo(shared).put("zones/subnet-1", ["us-east-1a"])
    assert Memo(shared).get("zones/subnet-1") == ["us-east-1a"]


def test_what_has_changed_is_forgotten_with_all_below_it() -> None:
    shared = Text()
    memo = Memo(shared)
    for key in ("revisions/a/ACTIVE", "revisions/a/newest/run_jobs", "revisions/ab/ACTIVE", "zones/a"):
        memo.put(key, [1])
    memo.forget("revisions/a/", "zones/")
    known = Memo(shared)
    assert [known.get(key) for key in ("revisions/a/ACTIVE", "revisions/a/newest/run_jobs", "zones/a")] == [None] * 3
    assert known.get("revisions/ab/ACTIVE") == [1]
