"""The fault sweep's report: tables of the operations and the waits, and why what failed did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.faults.rules import Fault
from tests.sweep.faults import COMPLETED, FAILED, NOT_REACHED, Operations, Outcome
from tests.sweep.report import table

_HEAD = """# Fault sweep

The playbooks are run behind a proxy in which requests of the controller, and their answers, meet faults. Each operation
that a run calls meets each fault once, at its first request. Where a call is performed and its answer is lost (`reset
after`: the connection is reset, `500 after`: an error comes in its place), each request that changes something meets
it. The workload talks to the account directly. A run has completed when the one command ended well, unattended, and

- the database holds what a run without faults puts into it,
- each job was queued exactly once,
- nothing was made twice: no second task, task definition, service, launch template or group,
- nothing is left: no group, launch template, instance, service, task, task definition, message, lock or open run, and
  the database has its class back.

Many operations meet their fault in one run; where that fails, smaller ones find out which of them it was. A fault is
spelled as the service does: a throttle is RequestLimitExceeded of EC2, ThrottlingException of ECS, Throttling of RDS.

Made by `make fault-sweep`; do not edit."""
_WAITS = """## Minutes of failure in a wait

Each of these reads fails for three minutes, without a pause, from its first request in a wait on. With `delay` it is
answered, each time five seconds late."""
_COURSES = {
    "populate": "`populate.yml`",
    "retry": "`retry_failed.yml`, after a run with a failed job",
    "teardown": "`teardown.yml`, after a run that was killed when its workers had just been started",
}


def line(outcome: Outcome) -> str:
    """Give a line for the terminal."""
    why = f": {'; '.join(outcome.reasons)}" if outcome.reasons else ""
    name = f"{outcome.point.operation} {outcome.point.occurrence}"
    return f"{outcome.course:9} {outcome.fault:28} {name:45} {outcome.result}{why}"


def markdown(
    outcomes: Sequence[Outcome],
    waits: Sequence[tuple[str, str, Fault, str]],
    operations: Mapping[str, Operations],
    date: str,
    seconds: float,
) -> str:
    """Write the report.

    Args:
        outcomes: in any order.
        waits: what was waited for, by which read, its fault, and how it ended.
        operations: of each course.
        date: of today.
        seconds: how long the sweep took.
    """
    counts = [sum(each.result == result for each in outcomes) for result in (COMPLETED, FAILED, NOT_REACHED)]
    summary = [
        ("date", date),
        ("operations", str(len({name for each in operations.values() for name in each.counts}))),
        ("faults met", str(len(outcomes))),
        ("completed", str(counts[0])),
        ("failed", str(counts[1])),
        ("not reached", str(counts[2])),
        ("waits", str(len(waits))),
        ("waits that did not end well", str(sum(result != COMPLETED for *_, result in waits))),
        ("minutes, all in all", f"{seconds / 60:.0f}"),
    ]
    parts = [_HEAD, table(("", ""), summary)]
    for course, of_course in operations.items():
        mine = [each for each in outcomes if each.course == course]
        if mine:
            parts += [f"## {_COURSES[course]}", _operations(mine, of_course)]
    if failed := [each for each in outcomes if each.result == FAILED]:
        rows = [(each.course, *_name(each), str(each.fault), "; ".join(each.reasons)) for each in failed]
        parts += ["## What failed", table(("course", "operation", "request", "fault", "why"), rows)]
    if waits:
        rows = [(what, f"`{read}`", str(fault), result) for what, read, fault, result in waits]
        parts += [_WAITS, table(("waited for", "read", "fault", "outcome"), rows)]
    return "\n\n".join(parts) + "\n"


def _operations(outcomes: Sequence[Outcome], operations: Operations) -> str:
    faults = [fault for fault in Fault if any(each.fault is fault for each in outcomes)]
    rows = []
    for name, count in operations.counts.items():
        cells = [
            [each for each in outcomes if each.point.operation == name and each.fault is fault] for fault in faults
        ]
        what = "changes" if name in operations.changing else "reads"
        rows.append((name, what, str(count), *map(_cell, cells)))
    return table(("operation", "", "calls", *map(str, faults)), rows)


def _cell(outcomes: Sequence[Outcome]) -> str:
    """Count the requests that met a fault, by what came of it."""
    results = [each.result for each in outcomes]
    return ", ".join(
        (f"{count} " if count > 1 else "") + result
        for result in (COMPLETED, FAILED, NOT_REACHED)
        if (count := results.count(result))
    )


def _name(outcome: Outcome) -> tuple[str, str]:
    return outcome.point.operation, str(outcome.point.occurrence)
