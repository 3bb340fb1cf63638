# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verifies by a command in the application that everything asked for is imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils import record
from ansible_collections.climate.ingest.plugins.module_utils.asked import ASKED_SPEC, Asked, compress, read_asked
from ansible_collections.climate.ingest.plugins.module_utils.command_run import Watch, run_command
from ansible_collections.climate.ingest.plugins.module_utils.commands import COMMAND_SPEC, CONSTRAINTS, prepare
from ansible_collections.climate.ingest.plugins.module_utils.errors import Incomplete, InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.management_command import describe_run, ended
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context, Operation, Result

# A report line may come later than the end of the task; without it the year would count as missing.
LATE_SECONDS = 10
YEAR = re.compile(r"\d{4}")

ARGUMENT_SPEC: dict[str, Any] = {
    **COMMAND_SPEC,
    **ASKED_SPEC,
    "scenario": {"type": "str", "required": True},
    "marker": {"type": "str", "default": "INGEST_COMPLETED"},
}


class Report:
    """What the command says is imported, gathered from its log.

    Attributes:
        completed: years by model.
    """

    def __init__(self, marker: str) -> None:
        self._marker = marker
        self.completed: dict[str, set[int]] = {}

    def hear(self, line: str) -> bool:
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
    """Run the command and compare its report with what was asked for; the parameters are the module's."""
    asked = read_asked(params)
    command = prepare(context, params)
    result = describe_run(command, params)
    result.changed = False  # a look, whatever the command is
    result.after = {}
    result.values |= {"scenario": params["scenario"], "asked": asked.jobs}
    if context.check_mode:
        result.values["predicted"] = True
        return result
    report = Report(params["marker"])
    task, watch = run_command(context, command, params, hear=report.hear)
    _await_late_lines(context, watch, task, report, asked)
    _check(asked, report, params, task, context)
    result.values |= ended(task, params["container"])
    result.values |= {"completed": asked.jobs, "missing": {}}
    return result


def _await_late_lines(context: Context, watch: Watch, task: dict[str, Any], report: Report, asked: Asked) -> None:
    until = context.clock() + LATE_SECONDS
    while asked.missing(report.completed) and watch.tail and context.clock() < until:
        context.sleep(1.0)
        watch.read(context, task)


def _check(asked: Asked, report: Report, params: Mapping[str, Any], task: dict[str, Any], context: Context) -> None:
    missing = asked.missing(report.completed)
    if not missing:
        return
    count = sum(len(years) for years in missing.values())
    facts: dict[str, Any] = {
        "scenario": params["scenario"],
        "asked": asked.jobs,
        "completed": asked.jobs - count,
        "missing": {model: compress(years) for model, years in missing.items()},
        "task_arn": task["taskArn"],
    }
    listing = "\n".join(f"  {model}: {years}" for model, years in facts["missing"].items())
    silent = f"\nIt printed no line that begins with {params['marker']}: nothing is imported, or its log is not read."
    if context.step is not None:  # the jobs are gone from the queue: only a new run creates them again
        facts["go_on"] = f"-e ingest_new_run_after={context.step.run.id}"
        context.step.write(record.FAILED, context.step.attempt, task["taskArn"], 0, f"{count} not imported")
    raise Incomplete(
        f"{count} of the {asked.jobs} data sources asked for {params['scenario']} are not imported:\n{listing}"
        + ("" if report.completed else silent),
        **facts,
    )


OPERATION = Operation(
    run=run, argument_spec=ARGUMENT_SPEC, constraints=CONSTRAINTS, recorded=True, once=True, services=("ecs", "logs")
)
