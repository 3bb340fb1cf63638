"""The fault sweep: each operation of a run meets each fault, and each read in a wait fails for minutes.

Exit code 1 when a run did not complete. From the checkout's folder: ``.venv/bin/python -m tests.fault_sweep``.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

from tests.faults.rules import Fault
from tests.sweep import fault_report, faults, waits
from tests.sweep.account import SweepAccount, sandbox_up
from tests.sweep.courses import COURSES, Trial, Unprepared, attempt
from tests.sweep.faults import FAILED, FIVE, Met, Operations, Outcome, Point

AT_ONCE = 12  # runs that wait: they cost hardly any time of a processor


@dataclass
class Sweep:
    """A sweep under way.

    Attributes:
        calls: names of the changing calls of populate.yml without faults.
        references: the runs without faults, by course.
        isolate: whether a run that failed is followed by smaller ones.
        keep: folder for the output of runs that fail.
    """

    isolate: bool
    keep: Path | None
    calls: list[str] = field(default_factory=list)
    references: dict[str, Trial] = field(default_factory=dict)
    operations: dict[str, Operations] = field(default_factory=dict)

    def learn(self, account: SweepAccount, course: str) -> None:
        """Run a course without faults."""
        trial = attempt(account, COURSES[course], (), self.calls)
        if trial.state is None:
            raise Unprepared(f"{course} without faults ended with exit code {trial.ended.code}\n{trial.ended.output}")
        self.references[course] = trial
        self.operations[course] = Operations.of(trial.exchanges)
        self.calls = self.calls or [each.call.name for each in trial.exchanges if each.call.changes]

    def try_fault(self, account: SweepAccount, course: str, fault: Fault) -> list[Outcome]:
        """Try a fault at all points of a course."""
        operations = self.operations[course]

        def run(points: Sequence[Point]) -> Met:
            trial = attempt(account, COURSES[course], [each.rule(fault) for each in points], self.calls)
            unmet = [each for each in points if each.rule(fault) in trial.unmet]
            reasons = trial.reasons(self.references[course], COURSES[course].has_data)
            if not reasons and (missed := [each for each in unmet if not operations.may_miss(each)]):
                reasons = [f"not reached: {', '.join(f'{each.operation} {each.occurrence}' for each in missed)}"]
            self._note(f"{course} {fault}: {len(points)} points", reasons, trial)
            return Met(unmet, reasons, trial.ended.output)

        points = operations.points(fault)
        found = faults.isolate(points, run) if self.isolate else _whole(points, run)
        return [
            Outcome(course, fault, point, result, met.reasons if result == FAILED else (), met.output)
            for point, (result, met) in found.items()
        ]

    def try_waits(
        self, account: SweepAccount, fault: Fault, together: Sequence[waits.Wait]
    ) -> list[tuple[str, str, Fault, str]]:
        """Let reads in a wait fail, one wait after the other; where the run fails, each wait has one of its own."""

        def run(chosen: Sequence[waits.Wait]) -> tuple[list[str], list[waits.Wait]]:
            rules = [each.rule(fault) for each in chosen]
            trial = attempt(
                account, COURSES["populate"], rules, self.calls, longest=waits.LONGEST_RUN, **waits.variables(chosen)
            )
            reasons = trial.reasons(self.references["populate"], has_data=True)
            self._note(f"waits {fault}: {', '.join(each.what for each in chosen)}", reasons, trial)
            return reasons, [each for each in chosen if each.rule(fault) in trial.unmet]

        def result(reasons: list[str], unmet: bool) -> str:
            return f"{FAILED}: {'; '.join(reasons)}" if reasons else faults.NOT_REACHED if unmet else faults.COMPLETED

        reasons, unmet = run(together)
        if not reasons or not self.isolate or len(together) == 1:
            found = {each: result(reasons, each in unmet) for each in together}
        else:
            found = {each: result(said, bool(missed)) for each in together for said, missed in [run([each])]}
        return [(each.what, each.operation, fault, outcome) for each, outcome in found.items()]

    def _note(self, what: str, reasons: Sequence[str], trial: Trial) -> None:
        print(f"{trial.ended.seconds:6.0f} s  {what}: {'; '.join(reasons) or faults.COMPLETED}", flush=True)
        if self.keep and reasons:
            met = "\n".join(f"{each.call.name}: {each.fault}" for each in trial.exchanges if each.fault)
            name = f"{datetime.now():%H%M%S} {what[:60]}.log".replace(" ", "-").replace("/", "-")
            (self.keep / name).write_text(f"{what}: {'; '.join(reasons)}\n\n{met}\n\n{trial.ended.output}")


def _whole(points: Sequence[Point], run: Callable[[Sequence[Point]], Met]) -> dict[Point, tuple[str, Met]]:
    """Try points in one run only."""
    met = run(points)
    result = FAILED if met.reasons else faults.COMPLETED
    return {each: (faults.NOT_REACHED if each in met.unmet else result, met) for each in points}


def main(arguments: Sequence[str] | None = None) -> int:
    """Sweep, and write the report; 1 if a run did not complete."""
    options = _parser().parse_args(arguments)
    if options.keep_log:
        options.keep_log.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    sweep = Sweep(not options.whole, options.keep_log)
    wait_faults = [each for each in waits.FAULTS if not options.no_waits and each in options.faults]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fault-sweep-")))
        free: SimpleQueue[SweepAccount] = SimpleQueue()
        pool = stack.enter_context(ThreadPoolExecutor(options.workers + AT_ONCE))
        for number in range(options.workers):
            free.put(stack.enter_context(sandbox_up(folder / str(number))))
        try:
            _learn(sweep, free, options.courses)
        except Unprepared as error:
            print(error, file=sys.stderr)
            return 1
        waiting = [
            pool.submit(_in_a_sandbox, folder / f"waits-{fault.name}-{number}", sweep.try_waits, fault, together)
            for fault in wait_faults
            for number, together in enumerate(waits.TOGETHER)
        ]
        jobs = [(course, fault) for fault in options.faults for course in options.courses if _applies(course, fault)]
        trying = [pool.submit(_with_account, free, sweep.try_fault, *job) for job in jobs]
        outcomes = [outcome for future in trying for outcome in future.result()]
        waited = [row for future in waiting for row in future.result()]
    text = fault_report.markdown(
        outcomes, waited, sweep.operations, f"{datetime.now(UTC):%Y-%m-%d}", time.monotonic() - began
    )
    if options.output:
        options.output.write_text(text)
    failed = [outcome for outcome in outcomes if outcome.result == FAILED]
    for outcome in failed:
        print(fault_report.line(outcome))
    bad = [row for row in waited if row[3] != faults.COMPLETED]
    print(f"{len(outcomes)} points, {len(failed)} failed; {len(waited)} waits, {len(bad)} failed")
    return 1 if failed or bad else 0


def _applies(course: str, fault: Fault) -> bool:
    if fault in (Fault.BLACK_HOLE, Fault.CUT):  # minutes each
        return False
    return course == "populate" or fault in FIVE


def _learn(sweep: Sweep, free: SimpleQueue[SweepAccount], courses: Sequence[str]) -> None:
    account = free.get()
    for course in ["populate", *(each for each in courses if each != "populate")]:
        sweep.learn(account, course)
        counts = sweep.operations[course].counts
        print(f"{course} without faults: {len(counts)} operations, {counts.total()} calls", flush=True)
    free.put(account)


def _with_account(free: SimpleQueue[SweepAccount], work: Callable[..., list[Outcome]], *about: object) -> list[Outcome]:
    account = free.get()
    try:
        return work(account, *about)
    finally:
        free.put(account)


def _in_a_sandbox(
    folder: Path, work: Callable[..., list[tuple[str, str, Fault, str]]], *about: object
) -> list[tuple[str, str, Fault, str]]:
    with sandbox_up(folder) as account:
        return work(account, *about)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fault_sweep", description=__doc__)
    parser.add_argument("--courses", nargs="+", choices=COURSES, default=list(COURSES), help="only these")
    parser.add_argument(
        "--faults", nargs="+", type=Fault, choices=list(Fault), default=list(Fault), metavar="FAULT",
        help=f"only these of: {', '.join(Fault)}",
    )  # fmt: skip
    parser.add_argument("--no-waits", action="store_true", help="without the minutes of failure in a wait")
    parser.add_argument("--whole", action="store_true", help="do not find out which operation a run failed for")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="runs at a time (default: 2)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there, as Markdown")
    parser.add_argument("--keep-log", type=Path, metavar="DIR", help="keep there what runs that fail printed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
