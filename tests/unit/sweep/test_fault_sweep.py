"""The parts of the fault sweep that need no account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.proxy import Exchange
from tests.faults.rules import Call, Fault
from tests.sweep import courses, fault_report, waits
from tests.sweep.account import Ended
from tests.sweep.courses import Trial
from tests.sweep.faults import COMPLETED, FAILED, NOT_REACHED, Met, Operations, Outcome, Point, isolate
from tests.sweep.state import State

RUN, PUT, LIST = Point("ecs.RunTask"), Point("ssm.PutParameter"), Point("ecs.ListTasks")


def operations(*names: str) -> Operations:
    calls = [Call(*name.split("."), not name.startswith("ecs.List"), b"") for name in names]
    return Operations.of([Exchange(0.0, call, None) for call in calls])


def test_each_operation_once_and_each_lost_answer_of_a_change() -> None:
    called = operations("ecs.ListTasks", "ssm.PutParameter", "ecs.ListTasks", "ssm.PutParameter", "ecs.RunTask")
    assert called.points(Fault.ERROR) == [LIST, PUT, RUN]
    assert called.points(Fault.RESET_AFTER) == [LIST, PUT, Point("ssm.PutParameter", 2), RUN]


def test_what_the_clock_may_leave_out() -> None:
    called = operations("ecs.ListTasks", *["ssm.PutParameter"] * 10, "ecs.RunTask")
    missed = {point for point in called.points(Fault.RESET_AFTER) if called.may_miss(point)}
    assert missed == {LIST, *(Point("ssm.PutParameter", number) for number in (8, 9, 10))}


class Runs:
    """Runs that fail for some points, and do not come further than these."""

    def __init__(self, *bad: set[Point]) -> None:
        self.bad = bad
        self.tried: list[list[Point]] = []

    def __call__(self, points: Sequence[Point]) -> Met:
        self.tried.append(list(points))
        for index, _ in enumerate(points):
            reached = set(points[: index + 1])
            if any(bad <= reached for bad in self.bad):
                return Met(points[index + 1 :], ["it failed"])
        return Met()


def results(found: dict[Point, tuple[str, Met]]) -> dict[Point, str]:
    return {point: result for point, (result, _) in found.items()}


POINTS = [Point(f"ecs.Op{number}") for number in range(20)]


def test_a_run_that_completes_is_one() -> None:
    runs = Runs()
    assert set(results(isolate(POINTS, runs)).values()) == {COMPLETED} and len(runs.tried) == 1


@pytest.mark.parametrize("bad", [{0}, {19}, {7, 8}, {3, 11, 19}, set(range(20))])
def test_what_a_run_failed_for_is_found(bad: set[int]) -> None:
    found = results(isolate(POINTS, Runs(*({POINTS[number]} for number in bad))))
    assert {number for number, point in enumerate(POINTS) if found[point] == FAILED} == bad
    assert len(found) == 20 and set(found.values()) <= {COMPLETED, FAILED}


def test_what_fails_only_together() -> None:
    found = results(isolate(POINTS, Runs({POINTS[2], POINTS[15]})))
    assert {point for point, result in found.items() if result == FAILED} == set(POINTS[:16])


def test_what_was_not_reached() -> None:
    assert results(isolate([RUN, LIST], lambda points: Met([LIST]))) == {RUN: COMPLETED, LIST: NOT_REACHED}


def trial(**about: Any) -> Trial:
    state = State(jobs=Counter(["job"]), tables={"cities": Counter(["Akron"])}, database_class="db", run="complete")
    return replace(Trial(Ended(0, 30.0, ""), [], [], Counter({"ecs.RunTask": 10}), state), **about)


def test_a_run_like_that_without_faults() -> None:
    assert trial().reasons(trial(), has_data=True) == []


def test_a_run_that_made_something_twice() -> None:
    more = trial(made=Counter({"ecs.RunTask": 12, "ecs.CreateService": 1}))
    assert more.reasons(trial(), has_data=True) == ["2 more tasks made", "1 more service made"]


def test_a_run_that_failed() -> None:
    failed = trial(ended=Ended(2, 3.0, "[ERROR]: Task failed: AWS refused it\n"), state=None)
    assert failed.reasons(trial(), has_data=True) == ["exit code 2: AWS refused it"]


def test_what_a_teardown_leaves() -> None:
    left = State(leftovers=["3 messages in the queue", "a run that is open", "service s"], run="open")
    reference = State(leftovers=["1 messages in the queue", "a run that is open"], jobs=Counter(["job"]), run="open")
    assert trial(state=left).reasons(trial(state=reference), has_data=False) == ["service s"]


def test_things_are_counted_by_their_token() -> None:
    def call(name: str, status: int = 200, **parameters: str) -> dict[str, Any]:
        service, _, operation = name.partition(".")
        return {"service": service, "operation": operation, "status": status, "parameters": parameters or None}

    made = courses._made(
        [
            call("ecs.RunTask", clientToken="a"),
            call("ecs.RunTask", clientToken="a"),
            call("ecs.RunTask", clientToken="b"),
            call("ec2.CreateLaunchTemplate", ClientToken="a"),
            call("autoscaling.CreateAutoScalingGroup"),
            call("autoscaling.CreateAutoScalingGroup", status=400),
            call("ssm.PutParameter"),
        ]
    )
    assert made == {"ecs.RunTask": 2, "ec2.CreateLaunchTemplate": 1, "autoscaling.CreateAutoScalingGroup": 1}


def test_the_report() -> None:
    outcomes = [
        Outcome("populate", Fault.ERROR, LIST, NOT_REACHED),
        Outcome("populate", Fault.ERROR, PUT, COMPLETED),
        Outcome("populate", Fault.RESET_AFTER, PUT, COMPLETED),
        Outcome("populate", Fault.RESET_AFTER, Point("ssm.PutParameter", 2), FAILED, ["a | b", "c"], "secret output"),
    ]
    called = operations("ecs.ListTasks", "ssm.PutParameter", "ssm.PutParameter")
    waited = [
        ("the queue", "sqs.GetQueueAttributes", Fault.CUT, COMPLETED),
        ("the lock", "ssm.*", Fault.CUT, "FAILED: x"),
    ]
    text = fault_report.markdown(outcomes, waited, {"populate": called}, "2026-11-24", 601.0)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[2:11] == [
        "| date | 2026-11-24 |",
        "| operations | 2 |",
        "| faults met | 4 |",
        "| completed | 2 |",
        "| failed | 1 |",
        "| not reached | 1 |",
        "| waits | 2 |",
        "| waits that did not end well | 1 |",
        "| minutes, all in all | 10 |",
    ]
    assert rows[11:15] == [
        "| operation |  | calls | 500 | reset after |",
        "| --- | --- | --- | --- | --- |",
        "| ecs.ListTasks | reads | 1 | not reached |  |",
        "| ssm.PutParameter | changes | 2 | completed | completed, FAILED |",
    ]
    assert "| populate | ssm.PutParameter | 2 | reset after | a \\| b; c |" in rows
    assert rows[-2:] == [
        "| the queue | `sqs.GetQueueAttributes` | network cut | completed |",
        "| the lock | `ssm.*` | network cut | FAILED: x |",
    ]
    assert "secret output" not in text


def test_a_line_a_failure() -> None:
    said = fault_report.line(Outcome("retry", Fault.ERROR, RUN, FAILED, ["one", "two"]))
    assert said.split() == ["retry", "500", "ecs.RunTask", "1", "FAILED:", "one;", "two"]


def test_a_late_wait_needs_long_drains() -> None:
    early, late = (
        waits.Wait("the queue", "sqs.*", "ecs.CreateService"),
        waits.Wait("lock", "ssm.*", "ecs.X", wait=250.0),
    )
    assert (waits.variables([early]), waits.variables([early, late])) == ({}, {"ingest_drain_stable_seconds": 260})


def test_a_wait_fails_for_minutes_and_a_network_is_cut_once() -> None:
    wait = waits.Wait("the queue", "sqs.*", "ecs.CreateService")
    rule, cut = wait.rule(Fault.ERROR), wait.rule(Fault.CUT)
    assert (rule.times, rule.seconds, rule.after) == (None, 180.0, "ecs.CreateService")
    assert (cut.times, cut.seconds, cut.after) == (1, None, "ecs.CreateService")
