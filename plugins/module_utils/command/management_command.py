# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a management command of the application on ECS and waits for its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.context import Context
from ..core.operation import Operation
from ..core.result import Result
from ..core.text import duration
from ..ecs.tasks import exit_code
from .execution import run_command
from .own_clone import with_readable_log
from .prepare import COMMAND_SPEC, CONSTRAINTS, Command, prepare


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Run the command once; the parameters are the module's."""
    command = prepare(context, params)
    result = describe_run(command, params)
    if context.check_mode:
        result.values["predicted"] = True
        return result
    since = context.clock()
    task, watch = run_command(context, command, params)
    result.done = f"{command.name}: done in {duration(context.clock() - since)}"
    result.values |= ended(task, params["container"]) | {"log": list(watch.log)}
    return result


def describe_run(command: Command, params: Mapping[str, Any]) -> Result:
    """Give the result of a command before it ran."""
    return Result(
        changed=True,
        after={
            "cluster": params["cluster"],
            "taskDefinition": command.revision.arn,
            "container": params["container"],
            "command": command.arguments,
        },
        values={
            "command": command.arguments,
            "task_definition_arn": command.revision.arn,
            "predicted": False,
        },
        resource=f"command {command.name}",
        verb="run",
    )


def ended(task: dict[str, Any], container: str) -> dict[str, Any]:
    """Give the facts of a stopped task that a playbook may want."""
    return {
        "task_arn": task["taskArn"],
        "exit_code": exit_code(task, container),
        "started_at": task.get("startedAt"),
        "stopped_at": task.get("stoppedAt"),
    }


OPERATION = Operation(
    run=with_readable_log(run),
    argument_spec=COMMAND_SPEC,
    constraints=CONSTRAINTS,
    recorded=True,
    once=True,
    services=("ecs", "logs"),
)
