# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A task definition for one command: a clone whose log can be read, where that of the application's own cannot.

While a run is open its commands use the revision it has prepared, whose log can be read. A command outside one, and the
last one, which runs when the run's revisions are removed, register a clone and remove it when they have ended. One that
a crash leaves is found by its tags: the next command or teardown removes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from ..core.aws import AWS_ERRORS, explain
from ..core.context import Context
from ..core.errors import IngestError
from ..core.result import Result
from ..core.secrets import container_definition
from ..ecs import log_groups
from ..ecs.definitions import revisions, task_definition
from ..record import go_on
from ..record.steps import NOTHING_LEFT

PURPOSE = "command"  # of such a clone

Run = Callable[[Context, Mapping[str, Any]], Result]


def with_readable_log(run: Run) -> Run:
    """Let a command run on a clone of its own where its log could not be read otherwise.

    Args:
        run: runs the command; takes the options of COMMAND_SPEC.
    """

    @wraps(run)
    def run_readable(context: Context, params: Mapping[str, Any]) -> Result:
        if not _needs_clone(context, params):
            return run(context, params)
        clone = task_definition.present(context, _desired(params))
        left: list[str] = []
        try:
            result = run(context, {**params, "task_definition": clone.values["task_definition_arn"]})
        finally:
            left += _remove(context, params)
        result.warnings += [*clone.warnings, *left]
        others = [change for change in clone.all_changes() if change[1] != clone.resource]  # such as the log group
        if others:
            result.changes, result.changed = [*others, *result.all_changes()], True
        return result

    return run_readable


def _needs_clone(context: Context, params: Mapping[str, Any]) -> bool:
    """Say whether a command runs in a definition that is not ours, whose log is to go elsewhere."""
    family, container, environment = params["task_definition"], params["container"], params.get("environment")
    if not environment or ":" in family:  # nothing to tag it with; or just this revision is requested
        return False
    revision = revisions.resolve(context, family, params["purpose"])
    if revision.ours or not container_definition(revision.definition, container):
        return False
    return bool(log_groups.choose(context, revision.definition, container, params.get("log_group"), environment).group)


def _desired(params: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: params.get(name) for name in ("container", "environment", "log_group")}
    return {**kept, "family": params["task_definition"], "purpose": PURPOSE}


def _remove(context: Context, params: Mapping[str, Any]) -> list[str]:
    """Remove the clone, and those that crashes left; give a warning for what cannot be removed.

    What became of the command counts, and must not be hidden.
    """
    family = params["task_definition"]
    tags = {revisions.PURPOSE_TAG: PURPOSE, revisions.ENVIRONMENT_TAG: params["environment"]}
    try:
        found = [each for each in revisions.since_base(context, family) if tags.items() <= each.tags.items()]
        return task_definition.remove(context, family, found)
    except (IngestError, *AWS_ERRORS) as error:
        context.memo.forget(NOTHING_LEFT)
        why = explain(error).message
        how = go_on.playbook(context, go_on.TEARDOWN)
        return [f"A clone of {family} for this command could not be removed: {why}\nTo remove it, run\n  {how}"]
