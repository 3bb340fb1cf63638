"""What a controller remembers of the account."""

from __future__ import annotations

import stat
from pathlib import Path

from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo


def test_what_was_read_is_not_read_again() -> None:
    memo, reads = Memo(), iter(["first", "second"])
    assert [memo.once("image/ami-1", lambda: next(reads)) for _ in range(2)] == ["first", "first"]


def test_nothing_is_read_again_until_there_is_something() -> None:
    memo, reads = Memo(), iter([None, "there"])
    assert [memo.once("image/ami-1", lambda: next(reads)) for _ in range(3)] == [None, "there", "there"]


def test_the_tasks_of_a_play_share_it(tmp_path: Path) -> None:
    Memo(tmp_path / "memo.json").put("zones/subnet-1", ["us-east-1a"])
    assert Memo(tmp_path / "memo.json").get("zones/subnet-1") == ["us-east-1a"]


def test_what_has_changed_is_forgotten_with_all_below_it(tmp_path: Path) -> None:
    memo = Memo(tmp_path / "memo.json")
    for key in ("revisions/a/ACTIVE", "revisions/a/newest/run_jobs", "revisions/ab/ACTIVE"):
        memo.put(key, [1])
    memo.forget("revisions/a/")
    known = Memo(tmp_path / "memo.json")
    assert known.get("revisions/a/ACTIVE") is None and known.get("revisions/a/newest/run_jobs") is None
    assert known.get("revisions/ab/ACTIVE") == [1]


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    Memo(tmp_path / "memo.json").put("key", "value")
    assert [stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()] == [0o600]
