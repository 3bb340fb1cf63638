# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A management command of the application, checked and ready to run as an ECS task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.aws import tag_list
from ..core.context import Context
from ..core.errors import InvalidInput, NotFound
from ..core.secrets import Mask, container_definition, variables_of
from ..ecs import launch
from ..ecs.definitions import overrides, revisions
from ..record.steps import STEP_SPEC

LONGEST_NAME = 40
LONGEST_TEXT = 120

COMMAND_SPEC: dict[str, Any] = {
    "cluster": {"type": "str", "required": True},
    "task_definition": {"type": "str", "required": True},
    "purpose": {"type": "str", "default": "management"},
    "container": {"type": "str", "required": True},
    "command": {"type": "raw", "required": True},
    "env": {"type": "dict"},
    "log_group": {"type": "str"},
    **STEP_SPEC,
    "repeatable": {"type": "bool", "default": False},
    "started_by": {"type": "str"},
    "client_token": {"type": "str", "no_log": False},
    "timeout": {"type": "int"},
    "stop_on_timeout": {"type": "bool", "default": False},
    "capacity_timeout": {"type": "int", "default": 600},
    **launch.LAUNCH_SPEC,
}
CONSTRAINTS: dict[str, Any] = {"mutually_exclusive": [("launch_type", "capacity_provider_strategy")]}


@dataclass
class Command:
    """A management command, checked and ready to run.

    Attributes:
        arguments: what follows the container's entry point, without secrets.
        revision: the task definition it runs in.
        request: RunTask's arguments, but the client token.
        name: what to call it: the command, or its first argument where that would be long.
        mask: takes the secrets of the container out of a line.
    """

    arguments: list[str]
    revision: revisions.Revision
    request: dict[str, Any]
    name: str
    mask: Mask

    @property
    def text(self) -> str:
        """The command as the runbook writes it, without secrets, for the record."""
        text = overrides.format_command(self.arguments)
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}..."


def prepare(context: Context, params: Mapping[str, Any]) -> Command:
    """Check everything that can be checked before anything is started.

    Args:
        params: the options of COMMAND_SPEC.

    Raises:
        InvalidInput: the command or a name is malformed.
        NotFound: no such definition, container or cluster.
    """
    arguments = overrides.parse_command(params["command"])
    variables = {name: str(value) for name, value in (params.get("env") or {}).items()}
    override = overrides.container_override(params["container"], arguments, variables)
    launch.check_names(params.get("started_by"), params.get("client_token"))
    if params.get("timeout") is not None and params["timeout"] <= 0:
        raise InvalidInput(f"timeout is {params['timeout']}; give seconds, or leave it out for no limit.")
    revision = revisions.resolve(context, params["task_definition"], params["purpose"])
    definition = container_definition(revision.definition, params["container"])
    if not definition:
        names = ", ".join(entry["name"] for entry in revision.definition["containerDefinitions"])
        raise NotFound(f"{revision.arn} has no container {params['container']!r}; it has: {names}.")
    overrides.check_entry_point(arguments, definition)
    if context.check_mode:
        _check_cluster(context, params["cluster"])
    mask = Mask({**variables_of(definition), **variables})
    return Command(
        arguments=[mask(argument) for argument in arguments],
        revision=revision,
        request=_request(context, params, revision, override),
        name=mask(_name(arguments)),
        mask=mask,
    )


def _request(
    context: Context, params: Mapping[str, Any], revision: revisions.Revision, override: dict[str, Any]
) -> dict[str, Any]:
    environment = params.get("environment")
    tags = {revisions.RUN_TAG: context.run_id, revisions.ENVIRONMENT_TAG: environment} if environment else {}
    request = {
        "cluster": params["cluster"],
        "taskDefinition": revision.arn,
        "count": 1,
        "overrides": override,
        "startedBy": params.get("started_by"),
        "tags": tag_list(tags, lower=True),
        **launch.launch_arguments(params),
    }
    return {name: value for name, value in request.items() if value}


def _check_cluster(context: Context, cluster: str) -> None:
    def read() -> bool | None:
        found = context.client("ecs").describe_clusters(clusters=[cluster])["clusters"]
        return True if found and found[0]["status"] == "ACTIVE" else None

    if not context.memo.once(f"cluster/{cluster}", read):
        raise NotFound(f"There is no ACTIVE cluster {cluster!r} in this account and region.")


def _name(arguments: Sequence[str]) -> str:
    text = overrides.format_command(arguments)
    return text if len(text) <= LONGEST_NAME and "\n" not in text else arguments[0]
