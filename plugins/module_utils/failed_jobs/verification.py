# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verifies with a command in the application that everything requested is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..command.management_command import describe_run, ended
from ..command.own_clone import with_readable_log
from ..command.prepare import COMMAND_SPEC, CONSTRAINTS
from ..core.context import Context
from ..core.errors import Incomplete, InvalidInput
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import FAILED
from ..core.text import count, together
from ..job_queue.dataset import DATASET_SPEC
from ..record.job_key import Value, compress
from . import baseline, summary, verdict
from .ask import ASK_SPEC, Asked, ask, prepared
from .record import FailedJob
from .unverified import JUDGED
from .verdict import Requested, read_requested

RETRY = "retry_failed.yml"  # the playbook that queues failed jobs again
VERIFY, BASELINE, SUMMARY = "verify", baseline.NAME, "summary"

ARGUMENT_SPEC: dict[str, Any] = {
    **COMMAND_SPEC,
    **DATASET_SPEC,
    **ASK_SPEC,
    "arguments": {"type": "list", "elements": "str", "default": []},
    "mode": {"type": "str", "choices": [BASELINE, VERIFY, SUMMARY], "default": VERIFY},
    "scenario": {"type": "str"},
    "allow_failed_jobs": {"type": "int", "default": 0},
    "only_list": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class _Found:
    """What was requested, and what of it the application has.

    Attributes:
        completed: years by model.
        before: the same as it was before the run queued jobs; None: it is not known.
        cities: which all have data of what is completed; None: that is not known, or other places were imported.
    """

    requested: Requested
    completed: Mapping[str, set[Value]]
    before: Mapping[str, set[Value]] | None
    cities: int | None

    @property
    def jobs(self) -> int:
        """How many data sources are requested."""
        return self.requested.jobs.jobs

    @property
    def number(self) -> int:
        """How many of the requested data sources are imported."""
        return self.requested.jobs.present(self.completed)

    @property
    def earlier(self) -> int | None:
        """How many of them were imported before the run; None: it is not known."""
        if self.before is None:
            return None
        both = {model: years & self.completed.get(model, set()) for model, years in self.before.items()}
        return self.requested.jobs.present(both)

    def facts(self) -> dict[str, Any]:
        """Give what the module returns."""
        missing = self.requested.jobs.missing(self.completed)
        return {
            **self.counts(),
            "missing": {model: compress(years) for model, years in missing.items()},
        }

    def counts(self) -> dict[str, Any]:
        """Give what the record keeps."""
        return {
            **self.requested.names(),
            "requested": self.jobs,
            "completed": self.number,
            "before": self.earlier,
            **({"cities": self.cities} if self.cities else {}),
        }


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Ask the application, for what ``mode`` says; the parameters are the module's.

    Raises:
        Incomplete: more jobs have failed than are tolerated, or some for an unknown reason; with ``only_list`` they are
            recorded, and the step has failed.
        Unreadable: the command failed, or its answer could not be read: nothing is known to be missing.
    """
    operations: dict[str, Callable[[Context, Mapping[str, Any]], Result]] = {
        VERIFY: _verify,
        BASELINE: baseline.run,
        SUMMARY: summary.run,
    }
    return operations[params["mode"]](context, params)


def _verify(context: Context, params: Mapping[str, Any]) -> Result:
    """Compare the application's answer with what was requested."""
    if params["allow_failed_jobs"] < 0:
        raise InvalidInput(f"allow_failed_jobs is {params['allow_failed_jobs']}; allowed are whole numbers from 0.")
    requested = read_requested(params)
    result = describe_run(prepared(context, params), params)
    result.changed = False  # it only reads, whatever the command is
    result.after = {}
    result.values |= {**requested.names(), "requested": requested.jobs.jobs}
    if context.check_mode:
        result.values["predicted"] = True
        return result
    asked = ask(context, params, lambda answer: not requested.jobs.missing(answer.named))
    completed = verdict.completed(context, asked.answer, requested)
    # what was recorded before the run is by cities
    before = asked.known.of(requested.dataset, requested.scenario) if requested.of_cities else None
    found = _Found(requested, completed, before, asked.answer.cities if requested.of_cities else None)
    lacking = verdict.without_data(asked.answer, requested)
    of_cities = f", for all {count(found.cities, 'city', 'cities')}" if found.cities else ""
    what = f"{found.number:,} of {count(found.jobs, requested.thing)}"
    context.progress.line(f"{requested.label}: {what} complete{of_cities}")
    for line in lacking:
        context.progress.line(line.strip())
    failed = verdict.settle(context, requested, completed, found.before, asked.known.ids)
    if context.step is not None:
        context.step.facts = result.facts = found.counts()
    try:
        _check(failed, found, lacking, params, asked, context)
    except Incomplete as error:
        if not params["only_list"] or context.step is None:
            raise
        context.progress.line(error.message)
        return replace(result, values=result.values | found.facts(), unfinished=True)
    result.values |= ended(asked.task, params["container"]) | found.facts() | {"without_data": lacking}
    result.note = _note(found, failed, in_run=context.step is not None)
    if failed:
        many = f"{count(len(failed), 'job')} of {requested.label} failed"
        allowed = f"ingest_allow_failed_jobs is {params['allow_failed_jobs']}"
        result.warnings.append("\n".join([f"{many}; {allowed}, so the run continues:", *verdict.listing(failed)]))
    return result


def _note(found: _Found, failed: list[FailedJob], in_run: bool) -> str:
    of_cities = f" for all {count(found.cities, 'city', 'cities')}" if found.cities else ""
    parts = [f"{found.number} of {found.jobs} imported{of_cities}"]
    if found.earlier:
        parts.append(f"{found.earlier} of them before this run")
    elif found.earlier is None and in_run:
        parts.append("how many of them before this run is unknown")
    return ", ".join([*parts, *([f"{len(failed)} failed and tolerated"] if failed else [])])


def _check(
    failed: list[FailedJob],
    found: _Found,
    lacking: list[str],
    params: Mapping[str, Any],
    asked: Asked,
    context: Context,
) -> None:
    allowed, unexplained = params["allow_failed_jobs"], verdict.unexplained(failed)
    if len(failed) <= allowed and not unexplained:
        return
    number, requested, facts = len(failed), found.jobs, found.facts()
    what = "are not imported"
    if number != requested - found.number:
        what = "failed; some have data of an earlier import"
    if number != requested - found.number and found.before is None:
        what = "failed; some have data, perhaps of an earlier import: what was imported before this run is unknown"
    text = [f"{number} of the {requested} requested {found.requested.thing}s of {found.requested.label} {what}:"]
    text += [*verdict.listing(failed, with_reasons=context.step is not None), *lacking]
    if found.earlier:
        text.append(f"{found.number} are imported, {found.earlier} of them before this run.")
    if not found.completed:
        text.append(_nothing(asked, params))
    if allowed:
        text.append(_why_not_tolerated(allowed, unexplained))
    if context.step is not None:  # their messages were deleted from the queue: only a retry creates them again
        facts = {**facts, "go_on_with": RETRY}
        context.step.facts = {**context.step.facts, JUDGED: number}
        context.step.write(FAILED, context.step.attempt, asked.task["taskArn"], 0, f"{number} failed")
    raise Incomplete("\n".join(text), **facts, task_arn=asked.task["taskArn"])


def _nothing(asked: Asked, params: Mapping[str, Any]) -> str:
    """Say why a scenario has nothing, as far as that is known."""
    answer, scenario = asked.answer, params["scenario"]
    if answer.scenario:
        return (
            f"The command printed no line that begins with {params['marker']}: nothing is imported, or it does not"
            " report."
        )
    if scenario not in answer.scenarios.values():
        known = ", ".join(answer.scenarios.values()) or "none"
        return f"The application has no scenario {scenario}; it has: {known}."
    return f"The application has no completed data source of {together(params['climate_dataset'], scenario)}."


def _why_not_tolerated(allowed: int, unexplained: list[FailedJob]) -> str:
    if not unexplained:
        return f"ingest_allow_failed_jobs tolerates only {allowed}."
    return f"ingest_allow_failed_jobs ({allowed}) tolerates only jobs whose failure a log explains."


OPERATION = Operation(
    run=with_readable_log(run),
    argument_spec=ARGUMENT_SPEC,
    constraints={
        **CONSTRAINTS,
        "required_if": [("mode", VERIFY, ["scenario"]), ("mode", BASELINE, ["scenario"])],
    },
    recorded=True,
    once=True,
    services=("ecs", "logs", "ssm"),
)
