"""The sweep's report: a line a point, and the table."""

from __future__ import annotations

from collections.abc import Sequence

from tests.sweep.points import FAILED, NOT_REACHED, RECOVERED, SLACK, Outcome, Reference

_HEAD = """# Crash sweep

`ansible-playbook playbooks/populate.yml` is killed (SIGKILL, with all its processes) at each call that changes
something in the account: once in place of the call, once after it was performed, before its answer is seen. Then the
same command is given again. A point has recovered when that second run ends well and

- the database holds what an undisturbed run puts into it,
- each job was queued exactly once,
- nothing is left: no group, launch template, instance, service, task, task definition, message, lock or open run, and
  the database has its class back.

Made by `make crash-sweep`; do not edit."""


def line(outcome: Outcome) -> str:
    """Give a line for the terminal."""
    reasons = f": {'; '.join(outcome.reasons)}" if outcome.reasons else ""
    return f"{outcome.point!s:>10}  {outcome.operation or '-':40} {outcome.seconds:6.1f} s  {outcome.result}{reasons}"


def markdown(outcomes: Sequence[Outcome], reference: Reference, date: str, seconds: float) -> str:
    """Write the report.

    Args:
        outcomes: in any order.
        reference: the undisturbed run.
        date: of today.
        seconds: how long the sweep took.
    """
    ordered = sorted(outcomes, key=lambda outcome: outcome.point.order)
    counts = {result: sum(each.result == result for each in ordered) for result in (RECOVERED, FAILED, NOT_REACHED)}
    summary = [
        ("date", date),
        ("calls of an undisturbed run that change something", str(len(reference.calls))),
        ("points", str(len(ordered))),
        ("recovered", str(counts[RECOVERED])),
        ("failed", str(counts[FAILED])),
        ("not reached", str(counts[NOT_REACHED])),
        ("seconds, all in all", f"{seconds:.0f}"),
        ("seconds of an undisturbed run", f"{reference.seconds:.0f}"),
    ]
    rows = [
        (str(each.point.call), each.point.when, each.operation or "-", f"{each.seconds:.0f}", _outcome(each))
        for each in ordered
    ]
    parts = [_HEAD, table(("", ""), summary), table(("call", "killed", "operation", "seconds", "outcome"), rows)]
    if counts[NOT_REACHED]:
        parts.append(
            f"Not reached: the run had ended before that many calls. The clock makes up to {SLACK} calls more or less."
        )
    return "\n\n".join(parts) + "\n"


def _outcome(outcome: Outcome) -> str:
    return ": ".join([outcome.result, *(["; ".join(outcome.reasons)] if outcome.reasons else [])])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines)
