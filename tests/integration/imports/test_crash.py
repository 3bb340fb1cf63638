"""A run of three imports with one drain that is killed again and again, each time at a later step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.sweep import points, state
from tests.sweep.account import TOGETHER, SweepAccount, sandbox_up

JOBS = {("A1B", 2006), ("E1", 2050), ("E1", 2051), *(("historical", year) for year in range(1951, 1981))}
# of the changing calls of each run: from the first create_jobs to the verification of the last import
KILLED_AT = [
    (28, "before"),
    (3, "after"),
    (5, "before"),
    (4, "after"),
    (7, "before"),
    (14, "after"),
]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SweepAccount]:
    with sandbox_up(tmp_path_factory.mktemp("sandbox")) as up:
        yield up


def test_each_job_is_queued_once_wherever_the_run_is_killed(account: SweepAccount) -> None:
    for call, when in KILLED_AT:
        run = account.populate({"call": call, "when": when}, **TOGETHER)
        assert run.code == -9, run.output
        print(when, points.name(account.control("settings")["crashed"]))
    account.control("settings", "PUT", {"crash": None})
    last = account.populate(**TOGETHER)
    assert last.code == 0, last.output
    left = state.read(account)
    assert left.jobs == Counter({(scenario, "HadCM3", str(year)): 1 for scenario, year in JOBS})
    assert (left.leftovers, left.run) == ([], "complete")
    assert left.tables["historic averages"].total() == 200
