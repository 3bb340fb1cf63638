# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clones the newest revision of a task definition for a run, and removes what runs cloned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ...core.aws import batches, tag_list
from ...core.context import Context
from ...core.errors import InvalidInput
from ...core.operation import Operation
from ...core.result import Result
from ...record.steps import STEP_SPEC
from .. import log_groups
from . import revisions, task_size
from .clone import normalised, register_input, reshape, shape
from .revisions import PredictedRevisions, Revision

DELETE_BATCH = 10  # DeleteTaskDefinitions
NARROWING = {"environment": revisions.ENVIRONMENT_TAG, "purpose": revisions.PURPOSE_TAG}

ARGUMENT_SPEC: dict[str, Any] = {
    **STEP_SPEC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "family": {"type": "str", "required": True},
    "container": {"type": "str"},
    "purpose": {"type": "str"},
    "task_memory": {"type": "int"},
    "task_cpu": {"type": "int"},
    "memory": {"type": "int"},
    "memory_reservation": {"type": "int"},
    "env": {"type": "dict"},
    "command": {"type": "raw"},
    "log_group": {"type": "str"},
}


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Make the clone present, or the clones absent; the parameters are the module's."""
    if params["state"] == "absent":
        tags = {tag: params[name] for name, tag in NARROWING.items() if params.get(name)}
        return absent(context, params["family"], tags)
    _check(params)
    return present(context, params)


def _check(params: Mapping[str, Any]) -> None:
    for name in ("task_memory", "task_cpu", "memory", "memory_reservation"):
        if (params.get(name) or 0) < 0:
            unit = "CPU units" if name == "task_cpu" else "MiB"
            raise InvalidInput(f"{name} is {params[name]}; give {unit}, or 0 to remove the limit.")


def present(context: Context, params: Mapping[str, Any]) -> Result:
    """Make sure that there is a clone as desired, and the log group it logs to.

    Args:
        params: the module's; a size that is missing is kept.

    Raises:
        InvalidInput: ECS would refuse it.
        Refused: its log group may not be made.
    """
    ecs = context.client("ecs")
    newer = list(revisions.since_base(context, params["family"]))
    base = newer.pop()
    destination = log_groups.choose(
        context, base.definition, params["container"], params.get("log_group"), params["environment"]
    )
    desired = {**params, "log_group": destination.group}
    wanted = reshape(register_input(ecs, base.definition), desired, ecs.meta.region_name)
    wrong = [*task_size.problems(wanted), *log_groups.problems(wanted, params["container"])]
    if wrong:
        raise InvalidInput(f"ECS would refuse the clone of {base.arn.rsplit('/', 1)[1]}. {' '.join(wrong)}")
    made, warnings = log_groups.ensure(context, destination, _own_tags(context, params))
    tags = _tags(context, base, params)
    same = _same(ecs, newer, wanted, params)
    before, after = shape(base.definition, params["container"]), shape(wanted, params["container"])
    result = Result(values={"family": params["family"], "cloned_from": base.arn, "predicted": False}, warnings=warnings)
    if destination.group:
        result.facts = {log_groups.FACT: destination.group}
        result.values["log_group"] = destination.group
    if same is not None:
        result.before = {**after, "tags": same.tags}
        result.changed = same.tags != {**same.tags, **tags}
        if result.changed:
            _tag(context, same, tags)
            revisions.forget(context, params["family"])
        arn, tags = same.arn, {**same.tags, **tags}
    else:
        result.before = {**before, "tags": base.tags}
        result.changed = True
        arn = _predict(context, base, wanted, tags) if context.check_mode else _register(context, wanted, tags)
        revisions.registered(context, params["family"], params["purpose"], arn)
        result.values["predicted"] = context.check_mode
        result.verb = "created"
    predicted = " (predicted)" if result.values["predicted"] else ""
    result.resource = f"task definition {arn.rsplit('/', 1)[1]}{predicted}"
    result.after = {**after, "tags": tags}
    if not context.check_mode:
        result.done = result.resource + (" registered" if same is None else ", as it was")
    result.values |= {"task_definition_arn": arn, "revision": revisions.number_of(arn)}
    if made:
        result.changes = [("created", log_groups.title(destination.group)), *result.all_changes()]
        result.changed = True
    return result


def _same(
    ecs: Any, candidates: Iterable[Revision], wanted: dict[str, Any], params: Mapping[str, Any]
) -> Revision | None:
    """Find our clone of the same purpose that equals the desired definition."""
    for revision in candidates:
        if revision.tags.get(revisions.PURPOSE_TAG) == params["purpose"] and _means(ecs, revision, wanted):
            return revision
    return None


def _means(ecs: Any, revision: Revision, wanted: dict[str, Any]) -> bool:
    """Say whether a revision means what is desired."""
    return normalised(register_input(ecs, revision.definition)) == normalised(wanted)


def _tags(context: Context, base: Revision, params: Mapping[str, Any]) -> dict[str, str]:
    """Keep the base's tags, but those only AWS may set, and add ours."""
    kept = {name: text for name, text in base.tags.items() if not name.startswith("aws:")}
    purpose = {revisions.PURPOSE_TAG: params["purpose"]}
    return {**kept, **_own_tags(context, params), **purpose, revisions.CLONED_FROM_TAG: base.arn}


def _own_tags(context: Context, params: Mapping[str, Any]) -> dict[str, str]:
    return {revisions.RUN_TAG: context.run_id, revisions.ENVIRONMENT_TAG: params["environment"]}


def _register(context: Context, wanted: dict[str, Any], tags: dict[str, str]) -> str:
    ecs, family = context.client("ecs"), wanted["family"]

    def registered() -> dict[str, Any] | None:
        revisions.forget(context, family)
        ours = (each for each in revisions.since_base(context, family) if each.tags == tags)
        found = next((each for each in ours if _means(ecs, each, wanted)), None)
        return {"taskDefinition": found.definition} if found else None

    answer = ecs.unless(registered).register_task_definition(**wanted, tags=tag_list(tags, lower=True))
    revisions.remember(context, answer)
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def _tag(context: Context, revision: Revision, tags: dict[str, str]) -> None:
    if context.check_mode:
        PredictedRevisions(context, revision.definition["family"]).tag(revision.arn, {**revision.tags, **tags})
    else:
        context.client("ecs").tag_resource(resourceArn=revision.arn, tags=tag_list(tags, lower=True))


def _predict(context: Context, base: Revision, wanted: dict[str, Any], tags: dict[str, str]) -> str:
    """Predict the next revision; numbers of deregistered revisions are not given again."""
    family = base.definition["family"]
    predicted = PredictedRevisions(context, family)
    numbers = [
        revisions.number_of(arn) for status in revisions.STATUSES for arn in revisions.arns(context, family, status)
    ]
    number = max([*numbers, predicted.highest]) + 1
    arn = f"{base.arn.rsplit(':', 1)[0]}:{number}"
    predicted.make({**wanted, "taskDefinitionArn": arn, "revision": number}, tags)
    return arn


def absent(context: Context, family: str, tags: Mapping[str, str]) -> Result:
    """Deregister and delete the clones of a family that carry these tags."""
    revisions.forget(context, family)
    active, inactive = _ours(context, family, tags)
    arns = [revision.arn for revision in [*active, *inactive]]
    result = Result(changed=bool(arns), values={"family": family, "removed": arns})
    result.before = {
        "revisions": {arn: "ACTIVE" for arn in arns[: len(active)]} | dict.fromkeys(arns[len(active) :], "INACTIVE")
    }
    result.after = {"revisions": {}}
    result.resource = f"task definitions {', '.join(arn.rsplit('/', 1)[1] for arn in arns)}"
    result.verb = "removed"
    result.warnings = remove(context, family, active, inactive)
    return result


def remove(context: Context, family: str, active: Sequence[Revision], inactive: Sequence[Revision] = ()) -> list[str]:
    """Deregister revisions that are ACTIVE, and delete them and others that are INACTIVE; give warnings."""
    ecs, arns = context.client("ecs"), [revision.arn for revision in [*active, *inactive]]
    warnings: list[str] = []
    if arns:
        revisions.forget(context, family)
    if context.check_mode:
        PredictedRevisions(context, family).remove(arns)
        return warnings
    for revision in active:
        gone = partial(_is_deregistered, context, revision.arn)
        ecs.unless(gone).deregister_task_definition(taskDefinition=revision.arn)
    for batch in batches(arns, DELETE_BATCH):
        for failure in ecs.delete_task_definitions(taskDefinitions=list(batch))["failures"]:
            warnings.append(
                f"{failure.get('arn')} is deregistered but not deleted: {failure.get('reason')}"
                f" {failure.get('detail', '')}".rstrip()
            )
    return warnings


def _is_deregistered(context: Context, arn: str) -> dict[str, Any] | None:
    found = context.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return None if found.get("status") == "ACTIVE" else {}


def _ours(context: Context, family: str, tags: Mapping[str, str]) -> tuple[list[Revision], list[Revision]]:
    """Find the revisions of ours that are to go: ACTIVE ones, and INACTIVE ones somebody forgot to delete.

    Ours are always newer than the revision they were cloned from, so INACTIVE ones are looked at only down to the
    newest ACTIVE one that is not ours: a family may have hundreds of old ones.
    """
    active = [revisions.describe(context, arn) for arn in revisions.arns(context, family)]
    oldest = max((revisions.number_of(each.arn) for each in active if not each.ours), default=0)
    inactive = [
        revisions.describe(context, arn)
        for arn in revisions.arns(context, family, "INACTIVE")
        if revisions.number_of(arn) > oldest
    ]
    return _matching(active, tags), _matching(inactive, tags)


def _matching(candidates: Iterable[Revision], tags: Mapping[str, str]) -> list[Revision]:
    return [each for each in candidates if each.ours and tags.items() <= each.tags.items()]


OPERATION = Operation(
    run=run,
    argument_spec=ARGUMENT_SPEC,
    constraints={"required_if": [("state", "present", ("container", "purpose", "environment"))]},
    recorded=True,
    services=("ecs", "logs"),
)
