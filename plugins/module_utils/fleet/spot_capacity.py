# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Spot capacity for a cluster: a launch template copied from what its own instances use, and a group on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..core.aws import tag_dict
from ..core.context import Context
from ..core.errors import Foreign, InvalidInput
from ..core.names import Names
from ..core.operation import Operation
from ..core.result import Result
from ..core.text import count
from ..core.waiting import poll
from ..ecs import capacity_fit
from ..ecs.definitions.revisions import ENVIRONMENT_TAG, RUN_TAG
from ..record import standing
from ..record.steps import STEP_SPEC
from . import group as spot_group
from . import launch_template, predicted_fleet, raised_fleet, spot_prices, unattended, user_data
from .arrival import Departure, await_arrival
from .images import chosen as images
from .launch_copy import check_architecture, template_data
from .launch_source import Source, find
from .standing import group as standing_group


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Raise or remove the spot fleet of an environment; see the module's documentation for the parameters."""
    if params.get("standing_group"):
        return _standing(context, params)
    name = params.get("name") or Names(params["environment"]).fleet
    if params["state"] == "present":
        return present(context, {**params, "name": name})
    where = {"cluster": params["cluster"], "name": name, "environment": params["environment"]}
    return absent(context, **where, wait=params["wait"], timeout=params["timeout"])


def _standing(context: Context, params: Mapping[str, Any]) -> Result:
    """Raise a group that stays, or scale it back; one that was not borrowed is left alone."""
    name, environment = params["standing_group"], params["environment"]
    if params["state"] == "present":
        return standing_group.present(context, params)
    known = standing.find(context, environment, standing.GROUP, name, params["cluster"])
    if known is None:
        return Result(values={"group": name, "terminated": 0}, resource=f"Auto Scaling group {name}")
    return standing_group.put_back(context, environment, known, params["wait"], params["timeout"])


def present(context: Context, params: Mapping[str, Any]) -> Result:
    """Bring launch template and group to what is wanted, then wait for the instances to join the cluster.

    Raises:
        InvalidInput: a value no account could take: a type that does not exist, a disk smaller than the AMI's.
        NotFound: there is nothing to copy.
        Foreign: the name is taken by something that is not ours, or the user data names another cluster.
        DeadlineExceeded: fewer than ``minimum`` instances came.
    """
    _check(params)
    unchanged = _unchanged(context, params)
    if unchanged is not None:
        if params["wait"] and not context.check_mode:
            await_arrival(context, params, unchanged, params["instance_types"])
        return unchanged
    template, group = _ours(context, params["name"], params["environment"])
    switch = unattended.read(context, params["environment"])
    chosen = images.choose(context, find(context, params["cluster"], params.get("source")), params["image"])
    source, image = chosen.source, chosen.image
    _check_types(context, params["instance_types"], image)
    subnets = params.get("subnets") or source.subnets
    prices = _prices(context, params["instance_types"], subnets)
    bid = spot_prices.bid(params.get("max_price"), prices, spot_group.current_bid(group))
    data, warnings = template_data(
        source,
        image,
        cluster=params["cluster"],
        disk_gb=params["disk_gb"],
        tags=_tags(context, params) | {"Name": params["name"]},
    )
    warnings += spot_prices.remarks(params["instance_types"], prices, bid)
    version = _next_version(template, data)
    desired = spot_group.wanted(
        template_id=template.id if template else "",
        version=version,
        types=params["instance_types"],
        count=params["count"],
        subnets=subnets,
        bid=bid,
    )
    fired = unattended.look_fired(context, group, switch)
    if fired:
        warnings.append(unattended.fired_sentence(params["name"], fired))
    result = Result(
        before=_snapshot(template, group, _unattended_hours(context, params, switch)),
        after={
            "launch_template": _readable(data),
            "group": spot_group.summary(spot_group.settled(desired)),
            "unattended_hours": params["unattended_hours"],
        },
        warnings=warnings,
    )
    result.changed = result.before != result.after
    result.values = _values(params, source, prices, bid) | ({"image": chosen.sentence} if chosen.sentence else {})
    result.resource = f"Auto Scaling group {params['name']}"
    result.changes = predicted_fleet.changes(params, result.before, result.after)
    if chosen.sentence:
        context.progress.line(f"AMI: {chosen.sentence}")
    if context.check_mode:
        result.values["predicted"] = True
        predicted_fleet.predict(context, params, data, desired, result.values)
        predicted_fleet.note(context, params, prices, chosen.sentence)
        return result
    if group and spot_group.is_being_deleted(group):
        _await_deletion(context, params)
        group = None
    if result.changed:
        template_id, version = launch_template.ensure(context, params["name"], data, _tags(context, params), template)
        specification = desired["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
        specification.update(LaunchTemplateId=template_id, Version=version)
        arm = partial(unattended.begin, context, params, switch, fired)
        spot_group.ensure(context, params["name"], desired, _tags(context, params), group, before_raise=arm)
    raised_fleet.remember(context, params, result)
    result.done = f"{count(params['count'], 'instance')} requested"
    if params["wait"]:
        await_arrival(context, params, result, params["instance_types"])
    return result


def _unchanged(context: Context, params: Mapping[str, Any]) -> Result | None:
    """Give the result where an earlier task of this play raised the very same fleet, or would have."""
    if not context.check_mode:
        return raised_fleet.unchanged(context, params)
    predicted = predicted_fleet.repeated(context, params)
    if predicted is None:
        return None
    snapshot = _snapshot(*_ours(context, params["name"], params["environment"]), params["unattended_hours"])
    return Result(before=snapshot, after=snapshot, values=predicted)


def absent(context: Context, cluster: str, name: str, environment: str, wait: bool, timeout: float) -> Result:
    """Remove group, instances, registrations and template; each may be removed already.

    Raises:
        Foreign: what has the name is not ours.
        DeadlineExceeded: something is left.
    """
    template, group = _ours(context, name, environment)
    departure = Departure(context, name, cluster)
    alive = [name for name, state in departure.find().items() if state != "terminated"]
    stale = [] if alive else departure.left_in_cluster()
    remaining = group if group and not spot_group.is_being_deleted(group) else None
    result = Result(
        changed=bool(remaining or template),  # what is being deleted already is only waited for
        before=_snapshot(template, group),
        values={"group": name, "terminated": len(alive)},
        resource=f"Auto Scaling group {name}",
    )
    if context.check_mode:
        result.values |= predicted_fleet.remove(context, name, alive)
        return result
    raised_fleet.forget(context, name)
    unattended.forget(context, environment)
    if remaining:
        spot_group.delete(context, name, timeout)
    if wait and (group or alive or stale):
        departure.wait(timeout)
    if template:
        launch_template.delete(context, template)
    return result


def _check(params: Mapping[str, Any]) -> None:
    for name, least in (("count", 1), ("disk_gb", 1), ("minimum", 0)):
        if params[name] < least:
            raise InvalidInput(f"{name} is {params[name]}; it must be {least} or more.")
    if params["minimum"] > params["count"]:
        raise InvalidInput(f"minimum is {params['minimum']}, more than count, which is {params['count']}.")
    spot_prices.parse_bid(params.get("max_price"))
    images.parse(params["image"])
    unattended.check_hours(params["unattended_hours"])


def _tags(context: Context, params: Mapping[str, Any]) -> dict[str, str]:
    return {RUN_TAG: context.run_id, ENVIRONMENT_TAG: params["environment"]}


def _ours(
    context: Context, name: str, environment: str
) -> tuple[launch_template.Template | None, dict[str, Any] | None]:
    """Read template and group of the name, and make sure they are of this environment's runs."""
    template, group = predicted_fleet.read(context, name)
    tags = {"launch template": template.tags} if template else {}
    tags |= {"Auto Scaling group": tag_dict(group.get("Tags"))} if group else {}
    for kind, found in tags.items():
        if found.get(ENVIRONMENT_TAG) != environment:
            raise Foreign(
                f"The {kind} {name} exists and carries no tag {ENVIRONMENT_TAG}={environment}: "
                "no run made it, so it is left alone. Choose another name."
            )
    return template, group


def _check_types(context: Context, types: Sequence[str], image: Mapping[str, Any]) -> None:
    """Make sure the types exist here and can run the AMI: the group would only fail to launch, again and again."""
    for name, each in capacity_fit.describe_types(context, types).items():
        check_architecture(name, each, image)


def _prices(context: Context, types: Sequence[str], subnets: Sequence[str]) -> list[dict[str, Any]]:
    if not subnets:
        raise InvalidInput("subnets is empty and the source's group has none; give the subnets to launch in.")
    ec2 = context.client("ec2")

    def read() -> list[str]:
        found = ec2.describe_subnets(SubnetIds=list(subnets))["Subnets"]
        return sorted({each["AvailabilityZone"] for each in found})

    zones = context.memo.once(f"zones/{','.join(sorted(subnets))}", read)
    return spot_prices.current_prices(ec2, types, zones)


def _next_version(template: launch_template.Template | None, data: Mapping[str, Any]) -> str:
    if template is None:
        return "1"
    return template.version if launch_template.same(template.data, data) else str(int(template.version) + 1)


def _readable(data: Mapping[str, Any]) -> dict[str, Any]:
    """Show template data in a diff: of user data what configures the agent; tags are left out as in the comparison."""
    shown = {key: value for key, value in data.items() if key not in ("TagSpecifications", "UserData")}
    return shown | {"UserData": user_data.shown(data.get("UserData", ""))}


def _snapshot(
    template: launch_template.Template | None, group: Mapping[str, Any] | None, unattended_hours: int | None = None
) -> dict[str, Any]:
    shown: dict[str, Any] = {"launch_template": _readable(template.data)} if template else {}
    if group and not spot_group.is_being_deleted(group):
        shown["group"] = spot_group.summary(group)
        shown |= {} if unattended_hours is None else {"unattended_hours": unattended_hours}
    return shown


def _unattended_hours(context: Context, params: Mapping[str, Any], switch: unattended.Switch | None) -> int:
    predicted = predicted_fleet.unattended_hours(context, params["name"])
    return unattended.hours_in_force(context, switch, params["name"]) if predicted is None else predicted


def _values(params: Mapping[str, Any], source: Source, prices: list[dict[str, Any]], bid: str | None) -> dict[str, Any]:
    return {
        "group": params["name"],
        "source": source.name,
        "spot_prices": prices,
        "max_price": bid or "on-demand price",
        "instances": [],
        "message": f"{params['count']} instances of {' or '.join(params['instance_types'])}",
    }


def _await_deletion(context: Context, params: Mapping[str, Any]) -> None:
    def deleted() -> bool | None:
        return True if spot_group.read(context, params["name"]) is None else None

    poll(
        context,
        deleted,
        what=f"the former group {params['name']} to be deleted",
        timeout=params["timeout"],
        interval=1.0,
    )


OPERATION = Operation(
    run=run,
    argument_spec={
        **STEP_SPEC,
        "environment": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "name": {"type": "str"},
        "standing_group": {"type": "str"},
        "cluster": {"type": "str", "required": True},
        "instance_types": {"type": "list", "elements": "str", "default": ["m4.2xlarge"]},
        "count": {"type": "int", "default": 20},
        "minimum": {"type": "int", "default": 1},
        "disk_gb": {"type": "int", "default": 100},
        "source": {"type": "str"},
        "image": {"type": "str", "default": images.SOURCE},
        "max_price": {"type": "str"},
        "subnets": {"type": "list", "elements": "str"},
        "unattended_hours": {"type": "int", "default": 12},
        "wait": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 900},
    },
    recorded=True,
    services=("autoscaling", "ec2", "ecs", "ssm"),
)
