# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asks the application what it holds before a run queues jobs.

It proves that commands run and that their answers can be read, before a fleet is paid for. And it records what was
complete already: what was done before is never taken for the run's work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..command.management_command import describe_run, ended
from ..core.context import Context
from ..core.errors import Unreadable
from ..core.result import Result
from ..core.run import StepRecorder
from ..record import record
from . import holdings
from .ask import ask, prepared
from .verdict import Requested, completed, read_requested

NAME = "baseline"
UNKNOWN = "unknown: jobs of this run had been created when it was to be asked"


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Ask the application and record its answer; the parameters are the module's.

    Once jobs are created it is too late: then what was complete before stays unknown. What an answer about all
    scenarios has recorded already is not asked again.

    Raises:
        Unreadable: the application could not be asked, or its answer could not be read.
    """
    requested, step = read_requested(params), context.step
    if step is not None and not context.check_mode:
        if _is_too_late(context, step):
            context.progress.line(f"what was imported of {requested.label} before this run is {UNKNOWN}")
            return Result(values={**requested.names(), "before": None}, note=UNKNOWN)
        known = holdings.read(context).of(requested.dataset, requested.scenario)
        if known is not None and requested.of_cities:
            return _described(Result(), requested, known)
    result = describe_run(prepared(context, params), params)
    result.changed, result.after = False, {}  # it only reads
    if context.check_mode:
        result.values["predicted"] = True
        return result
    try:
        asked = ask(context, params, lambda answer: not requested.jobs.missing(answer.named))
        present = completed(context, asked.answer, requested)
    except Unreadable as error:
        last = "Nothing was begun: no job is created before the application has answered."
        raise Unreadable(f"{error.message} {last}", **error.details) from error
    everything = not asked.answer.scenario
    holdings.write(context, asked.known.recorded(asked.answer.of_every_dataset(requested.dataset), everything))
    result.values |= ended(asked.task, params["container"])
    return _described(result, requested, present)


def _described(result: Result, requested: Requested, known: holdings.Known) -> Result:
    present, jobs = requested.jobs.present(known), requested.jobs.jobs
    result.facts = {**requested.names(), "requested": jobs, "before": present}
    result.values |= result.facts
    result.note = f"{present} of {jobs} imported already"
    result.done = f"{requested.label}: {result.note}"
    return result


def _is_too_late(context: Context, step: StepRecorder) -> bool:
    """Say whether jobs of the data set have been created, or may have been."""
    creating = step.name.removesuffix(NAME) + "create_jobs"
    return creating in record.read(context, step.environment, [creating]).steps
