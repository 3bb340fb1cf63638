# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verifies with a command in the application that everything requested is imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..command.execution import Watch, run_command
from ..command.management_command import describe_run, ended
from ..command.own_clone import with_readable_log
from ..command.prepare import COMMAND_SPEC, CONSTRAINTS, Command, prepare
from ..core.context import Context
from ..core.errors import Incomplete, InvalidInput, TaskFailed, Unreadable
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import FAILED
from ..core.text import count
from ..ecs.log_groups import READABLE_BY
from ..job_queue.dataset import DATASET_SPEC, Dataset, compress, read_dataset
from . import verdict
from .log_lines import read_before
from .record import FailedJob
from .unverified import JUDGED

# A report line may come later than the end of the task; without it the year would count as missing.
LATE_SECONDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 120.0  # seconds between two tries while the application has no database
NO_DATABASE = re.compile(r"[\w.]*(?:OperationalError|InterfaceError)\b")  # of PEP 249, as Django raises them
YEAR = re.compile(r"\d{4}")
RETRY = "retry_failed.yml"  # the playbook that queues failed jobs again

ARGUMENT_SPEC: dict[str, Any] = {
    **COMMAND_SPEC,
    **DATASET_SPEC,
    "scenario": {"type": "str", "required": True},
    "marker": {"type": "str", "default": "INGEST_COMPLETED"},
    "allow_failed_jobs": {"type": "int", "default": 0},
    "only_list": {"type": "bool", "default": False},
}


class Report:
    """What the command says is imported, gathered from its log.

    Attributes:
        completed: years by model.
    """

    def __init__(self, marker: str) -> None:
        self._marker = marker
        self.completed: dict[str, set[int]] = {}

    def on_line(self, line: str) -> bool:
        """Take a line ``<marker> <model> <year> <year> ...``; say whether it was one."""
        marker, *rest = line.split() or [""]
        if marker != self._marker or not rest:
            return False
        model, *years = rest
        wrong = [year for year in years if not YEAR.fullmatch(year)]
        if wrong:
            raise InvalidInput(
                f"The verification command printed {wrong[0]!r} where a year should be: {line!r}."
                f" A line is {self._marker} MODEL YEAR YEAR ..."
            )
        self.completed.setdefault(model, set()).update(int(year) for year in years)
        return True


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Run the command and compare its report with what was requested; the parameters are the module's.

    Raises:
        Incomplete: more jobs have failed than are tolerated, or some for an unknown reason; with ``only_list`` they are
            recorded, and the step has failed.
        Unreadable: the command failed, or its report could not be read: nothing is known to be missing.
    """
    if params["allow_failed_jobs"] < 0:
        raise InvalidInput(f"allow_failed_jobs is {params['allow_failed_jobs']}; allowed are whole numbers from 0.")
    requested = read_dataset(params)
    command = prepare(context, params)
    result = describe_run(command, params)
    result.changed = False  # it only reads, whatever the command is
    result.after = {}
    result.values |= {"scenario": params["scenario"], "requested": requested.jobs}
    if context.check_mode:
        result.values["predicted"] = True
        return result
    report = Report(params["marker"])
    task, watch = _run_command(context, command, params, report)
    _await_late_lines(context, watch, task, report, requested)
    if requested.missing(report.completed) and watch.unread:
        raise _unreadable(command.name, watch, params, task)
    failed = verdict.settle(context, params["scenario"], requested, report.completed)
    facts = _facts(requested, report, params["scenario"])
    try:
        _check(failed, facts, report, params, task, context)
    except Incomplete as error:
        if not params["only_list"] or context.step is None:
            raise
        context.progress.line(error.message)
        return replace(result, values=result.values | facts, unfinished=True)
    result.values |= ended(task, params["container"]) | facts
    if failed:
        many = f"{count(len(failed), 'job')} of {params['scenario']} failed"
        allowed = f"ingest_allow_failed_jobs is {params['allow_failed_jobs']}"
        result.warnings.append("\n".join([f"{many}; {allowed}, so the run continues:", *verdict.listing(failed)]))
        result.note = f"{facts['completed']} of {requested.jobs} imported, {len(failed)} failed and tolerated"
    return result


def _run_command(
    context: Context, command: Command, params: Mapping[str, Any], report: Report
) -> tuple[dict[str, Any], Watch]:
    """Run the command, again while its database comes back.

    Raises:
        Unreadable: it failed; that says nothing about the data.
    """
    until, pause = context.clock() + context.patience, FIRST_PAUSE
    while True:
        try:
            return run_command(context, command, params, on_line=report.on_line, needed=True)
        except TaskFailed as error:
            why = read_before(error.details.get("log", [])).exception or ""
            what = error.message.partition("\n")[0]
            if not NO_DATABASE.match(why) or context.clock() + pause >= until:
                raise Unreadable(
                    f"What is imported of {params['scenario']} could not be verified: {what}"
                    f"{why and f' It ended with {why}.'} Nothing is known to be missing.",
                    **error.details,
                ) from error
        context.progress.line(f"{command.name}: the application has no database ({why}); trying again in {pause:.0f}s")
        context.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _await_late_lines(context: Context, watch: Watch, task: dict[str, Any], report: Report, requested: Dataset) -> None:
    until = context.clock() + LATE_SECONDS
    while requested.missing(report.completed) and watch.tail and context.clock() < until:
        context.sleep(1.0)
        watch.read(context, task)


def _unreadable(name: str, watch: Watch, params: Mapping[str, Any], task: dict[str, Any]) -> Unreadable:
    remedy = "docs/permissions.md has the policy a run needs." if watch.denied else READABLE_BY
    return Unreadable(
        f"What is imported of {params['scenario']} could not be verified: {name} ended well, but its report is in its"
        f" log, which could not be read: {watch.unread}. Nothing is known to be missing. {remedy}",
        task_arn=task["taskArn"],
    )


def _facts(requested: Dataset, report: Report, scenario: str) -> dict[str, Any]:
    missing = requested.missing(report.completed)
    return {
        "scenario": scenario,
        "requested": requested.jobs,
        "completed": requested.jobs - sum(len(years) for years in missing.values()),
        "missing": {model: compress(years) for model, years in missing.items()},
    }


def _check(
    failed: list[FailedJob],
    facts: dict[str, Any],
    report: Report,
    params: Mapping[str, Any],
    task: dict[str, Any],
    context: Context,
) -> None:
    allowed, unexplained = params["allow_failed_jobs"], verdict.unexplained(failed)
    if len(failed) <= allowed and not unexplained:
        return
    number, requested = len(failed), facts["requested"]
    all_missing = number == requested - facts["completed"]
    what = "are not imported" if all_missing else "failed; some have data of an earlier import"
    text = [f"{number} of the {requested} requested data sources of {params['scenario']} {what}:"]
    text += verdict.listing(failed, with_reasons=context.step is not None)
    if not report.completed:
        text.append(
            f"The command printed no line that begins with {params['marker']}: nothing is imported, or it does not"
            " report."
        )
    if allowed:
        text.append(_why_not_tolerated(allowed, unexplained))
    if context.step is not None:  # their messages were deleted from the queue: only a retry creates them again
        facts = {**facts, "go_on_with": RETRY}
        context.step.facts = {JUDGED: number}
        context.step.write(FAILED, context.step.attempt, task["taskArn"], 0, f"{number} failed")
    raise Incomplete("\n".join(text), **facts, task_arn=task["taskArn"])


def _why_not_tolerated(allowed: int, unexplained: list[FailedJob]) -> str:
    if not unexplained:
        return f"ingest_allow_failed_jobs tolerates only {allowed}."
    return f"ingest_allow_failed_jobs ({allowed}) tolerates only jobs whose failure a log explains."


OPERATION = Operation(
    run=with_readable_log(run),
    argument_spec=ARGUMENT_SPEC,
    constraints=CONSTRAINTS,
    recorded=True,
    once=True,
    services=("ecs", "logs"),
)
