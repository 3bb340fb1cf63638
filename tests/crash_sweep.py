"""The crash sweep: kill populate.yml at every call that changes something, run it again, and see that all is well.

Exit code 1 when a point fails, or is missed by more than the clock explains. From the checkout's folder:
``.venv/bin/python -m tests.crash_sweep``.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tests.sweep import points, report
from tests.sweep.account import CANARY, FACTORS, PRODUCTION, TOGETHER, SweepAccount, sandbox_up


def sweep(
    accounts: Sequence[SweepAccount],
    chosen: Sequence[points.Point],
    reference: points.Reference,
    keep: Path | None,
    variables: Mapping[str, Any],
) -> list[points.Outcome]:
    """Try points, one at a time in each account, and print a line about each.

    Args:
        accounts: sandboxes that are up.
        chosen: the points.
        reference: the undisturbed run.
        keep: folder for the output of points that fail.
        variables: of the playbook.
    """
    free: SimpleQueue[SweepAccount] = SimpleQueue()
    for account in accounts:
        free.put(account)

    def one(point: points.Point) -> points.Outcome:
        account = free.get()
        try:
            outcome = points.try_point(account, point, reference, **variables)
        finally:
            free.put(account)
        print(report.line(outcome), flush=True)
        if keep and outcome.result == points.FAILED:
            (keep / f"{point.call:03}-{point.when}.log").write_text(f"{report.line(outcome)}\n\n{outcome.output}")
        return outcome

    with ThreadPoolExecutor(len(accounts)) as pool:
        return list(pool.map(one, chosen))


def main(arguments: Sequence[str] | None = None) -> int:
    """Sweep, and write the report; 1 if a point went wrong."""
    options = _parser().parse_args(arguments)
    if options.keep_log:
        options.keep_log.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    variables = {**(TOGETHER if options.together else {}), **(CANARY if options.canary else {})}
    variables |= PRODUCTION if options.production else {}
    up = (*FACTORS, "--production") if options.production else FACTORS
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crash-sweep-")))
        accounts = [stack.enter_context(sandbox_up(folder / str(number), up)) for number in range(options.workers)]
        try:
            reference = points.undisturbed(accounts[0], **variables)
        except points.Disturbed as error:
            print(error, file=sys.stderr)
            return 1
        calls = len(reference.calls)
        chosen = options.points or (
            points.spread(calls, options.sample) if options.sample else points.every_point(calls)
        )
        print(
            f"an undisturbed run: {calls} changing calls, {reference.seconds:.1f} s; {len(chosen)} points", flush=True
        )
        if options.show_calls:
            print(*(f"{number}: {call}" for number, call in enumerate(reference.calls, 1)), sep="\n", flush=True)
        outcomes = sweep(accounts, chosen, reference, options.keep_log, variables)
    text = report.markdown(outcomes, reference, f"{datetime.now(UTC):%Y-%m-%d}", time.monotonic() - began)
    if options.output:
        options.output.write_text(text)
    wrong = [outcome for outcome in outcomes if outcome.is_wrong(calls)]
    print(f"{len(outcomes)} points, {len(wrong)} wrong, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.crash_sweep", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--points", type=_points, metavar="K:when,...", help="only these, e.g. 7:before,12:after")
    which.add_argument("--sample", type=_number, metavar="N", help="only so many, spread evenly")
    parser.add_argument("--together", action="store_true", help="a run of three imports with one drain")
    parser.add_argument("--canary", action="store_true", help="a run that begins with a canary")
    parser.add_argument("--production", action="store_true", help="a run of inventories/sandbox-production")
    parser.add_argument("--show-calls", action="store_true", help="print the changing calls of the undisturbed run")
    parser.add_argument(
        "--workers",
        type=_number,
        default=3,
        metavar="N",
        help="points at a time (default: 3, which two cores are busy with)",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there, as Markdown")
    parser.add_argument(
        "--keep-log", type=Path, metavar="DIR", help="keep there what the runs of failing points printed"
    )
    return parser


def _points(text: str) -> list[points.Point]:
    try:
        return points.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
