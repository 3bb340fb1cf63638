"""The parts of the crash sweep that need no account."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.sweep import points, report
from tests.sweep.points import FAILED, NOT_REACHED, RECOVERED, Outcome, Point, Reference
from tests.sweep.state import State, differences

JOB = ("A1B", "HadCM3", "2006")
CITIES = (("Akron", "OH"), ("Boston", "MA"))


def state() -> State:
    return State(tables={"cities": Counter(CITIES)}, jobs=Counter([JOB]), database_class="db.t2.medium", run="complete")


REFERENCE = Reference(["ecs.RunTask"] * 10, state(), 41.2)


def test_an_account_like_the_undisturbed_one() -> None:
    assert differences(state(), state()) == []


def test_what_is_missing_and_what_is_too_many() -> None:
    found = state()
    found.tables["cities"] = Counter([CITIES[0], CITIES[0]])
    assert differences(found, state()) == ["cities: 1 missing (('Boston', 'MA')), 1 too many (('Akron', 'OH'))"]


def test_jobs_are_queued_once_a_run() -> None:
    found = state()
    found.jobs = Counter([JOB, JOB])
    assert differences(found, state()) == [f"jobs queued: 1 too many ({JOB})"]


def test_what_is_left() -> None:
    found = state()
    found.leftovers, found.database_class, found.run = ["lock 3 is held"], "db.m4.xlarge", None
    assert differences(found, state()) == [
        "lock 3 is held",
        "the database is a db.m4.xlarge, not a db.t2.medium",
        "no record of a run",
    ]
    found = state()
    found.run = None
    without = state()
    without.run = None
    assert differences(found, without) == []


def test_every_point_and_a_spread() -> None:
    assert [str(point) for point in points.every_point(2)] == ["1:before", "1:after", "2:before", "2:after"]
    chosen = points.spread(60, 12)
    assert len(chosen) == 12
    assert (str(chosen[0]), str(chosen[-1])) == ("1:before", "60:after")
    assert Counter(point.when for point in chosen) == {"before": 6, "after": 6}
    assert points.spread(3, 12) == points.every_point(3)
    assert [str(point) for point in points.spread(60, 1)] == ["1:before"]


def test_points_are_read() -> None:
    assert points.parse("7:before, 12:after") == [Point(7, "before"), Point(12, "after")]
    for wrong in ("7", "0:before", "7:during", "-1:after", ""):
        with pytest.raises(ValueError, match="is not K:before or K:after"):
            points.parse(wrong)


@pytest.mark.parametrize(
    ("result", "call", "wrong"),
    [
        (RECOVERED, 1, False),
        (FAILED, 10, True),
        (NOT_REACHED, 7, True),
        (NOT_REACHED, 8, False),
        (NOT_REACHED, 11, False),
    ],
)
def test_what_speaks_against_the_collection(result: str, call: int, wrong: bool) -> None:
    assert Outcome(Point(call, "before"), "", 1.0, result).is_wrong(10) is wrong


def test_the_report() -> None:
    outcomes = [
        Outcome(Point(10, "after"), "", 21.04, NOT_REACHED),
        Outcome(Point(2, "after"), "ecs.RunTask", 44.6, FAILED, ["a | b", "c"], "secret output"),
        Outcome(Point(2, "before"), "ecs.RunTask", 40.0, RECOVERED),
    ]
    text = report.markdown(outcomes, REFERENCE, "2026-11-24", 107.3)
    lines = text.splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert rows[2:10] == [
        "| date | 2026-11-24 |",
        "| calls of an undisturbed run that change something | 10 |",
        "| points | 3 |",
        "| recovered | 1 |",
        "| failed | 1 |",
        "| not reached | 1 |",
        "| seconds, all in all | 107 |",
        "| seconds of an undisturbed run | 41 |",
    ]
    assert rows[12:] == [
        "| 2 | before | ecs.RunTask | 40 | recovered |",
        "| 2 | after | ecs.RunTask | 45 | FAILED: a \\| b; c |",
        "| 10 | after | - | 21 | not reached |",
    ]
    assert "secret output" not in text
    assert text.endswith("more or less.\n") and max(len(line) for line in lines) <= 120
    assert "Not reached" not in report.markdown(outcomes[2:], REFERENCE, "2026-11-24", 1.0)


def test_a_line_a_point() -> None:
    said = report.line(Outcome(Point(2, "after"), "ecs.RunTask", 44.6, FAILED, ["one", "two"]))
    assert said.split() == ["2:after", "ecs.RunTask", "44.6", "s", "FAILED:", "one;", "two"]
