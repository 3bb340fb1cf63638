# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Queues jobs with the application's create_jobs: once, counted, and on a queue that holds nothing else.

create_jobs is not idempotent: run twice, it queues twice. Killed half way it leaves half a queue. And one version of
the application takes only the first year of models that are named, with exit code 0: see :mod:`.one_a_year`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..command import find_task
from ..command.execution import find_start, follow, start
from ..command.management_command import describe_run, ended
from ..command.own_clone import with_readable_log
from ..command.prepare import COMMAND_SPEC, CONSTRAINTS, Command, prepare
from ..core.context import Context
from ..core.errors import Incomplete, Refused
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import FAILED
from ..core.text import count
from ..ecs.definitions.overrides import parse_command
from . import job_count, one_a_year, queued
from .dataset import read_dataset, spelled
from .depth import predict_jobs, queue_url

JOBS = "jobs"  # fact of the step: how many it queued


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Queue the jobs; the parameters are the module's.

    Raises:
        Refused: there are jobs in the queue already; or more arrived than requested.
        find_task.Unknown: it may have been done, and there is no way to tell any more.
        Incomplete: fewer jobs arrived than requested.
        TaskFailed: the command failed.
    """
    job_count.check(params)
    url = queue_url(context, params["queue"])
    params = {**params, "already": params["already"] + queued.already(context, params, url)}
    requested = read_dataset(params)
    command = prepare(context, {**params, "command": spelled(parse_command(params["command"]), params)})
    years = one_a_year.plan(context, command, params, url)
    result = describe_run(command, params)
    result.values |= {"queue_url": url, "requested": requested.jobs, "commands": 1}
    queued.reopen(context, params)
    if years is not None and years.needed:
        return _year_by_year(context, result, years)
    begin = _begin(context, command, params)
    emptied = job_count.ready(context, url, params) if begin.task is None else Result()
    result.before = emptied.before
    result.values["purged"] = sum(emptied.before.values())
    if context.check_mode:
        result.values["predicted"] = True
        result.resource += f", or {years.words} where it queues too few" if years is not None else ""
        predict_jobs(context, url, params["already"] + requested.jobs)
        return result
    task, watch = follow(context, command, params, start(context, command, params, begin))
    try:
        counts = job_count.counted(context, url, params, requested)
    except Incomplete as error:
        if years is not None and years.may_follow(error):
            years.note_shortage(error, task)
            return _year_by_year(context, result, years)
        _note_failure(context, error, task)
        raise
    except Refused as error:
        _note_failure(context, error, task)
        raise
    result.values |= ended(task, params["container"]) | {"log": list(watch.log), "counts": counts}
    result.done = f"{count(requested.jobs, 'job')} queued"
    result.note, result.facts = f"{requested.jobs} jobs", {JOBS: requested.jobs}
    return result


def _year_by_year(context: Context, result: Result, years: one_a_year.Years) -> Result:
    """Queue the jobs with a command for each year."""
    jobs = result.values["requested"]
    result.resource += f", as {years.words}"
    emptied = years.begin()
    result.before = emptied.before
    result.values |= {"purged": sum(emptied.before.values()), "commands": len(years.requested.values)}
    if context.check_mode:
        result.values["predicted"] = True
        predict_jobs(context, years.url, years.params["already"] + jobs)
        return result
    result.values |= years.queue()
    result.done = f"{count(jobs, 'job')} queued"
    result.note = f"{jobs} jobs by {years.words}"
    result.facts = {JOBS: jobs, one_a_year.ONE_A_YEAR: True, one_a_year.YEARS: len(years.requested.values)}
    return result


def _note_failure(context: Context, error: Incomplete | Refused, task: Mapping[str, Any]) -> None:
    """Record that the command did not do its work: the next try begins with an empty queue, or not at all."""
    if context.step is not None:
        context.step.write(FAILED, context.step.attempt, task["taskArn"], 0, error.message)


def _begin(context: Context, command: Command, params: Mapping[str, Any]) -> find_task.Start:
    try:
        return find_start(context, command, params)
    except find_task.Unknown as error:
        if not params["purge"] or params["already"]:
            raise
        return find_task.Start(error.next_attempt)


OPERATION = Operation(
    run=with_readable_log(run),
    argument_spec={**COMMAND_SPEC, **job_count.COUNT_SPEC, **queued.QUEUED_SPEC},
    constraints=CONSTRAINTS,
    recorded=True,
    guarded=True,
    once=True,
    services=("ecs", "logs", "sqs"),
)
