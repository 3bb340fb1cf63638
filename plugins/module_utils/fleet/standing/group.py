# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A standing group raised for a run, and scaled back to what it was: one that terraform keeps at zero.

It keeps its name, tags, launch template, instance types and subnets, and is never deleted. What the run changes is its
sizes, AZRebalance, and the protection of new instances from scale-in, which would keep them from ending.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.context import Context
from ...core.errors import InvalidInput
from ...core.result import Result
from ...core.text import count
from ...record import standing
from ...record.standing import Borrowed
from .. import arrival, launch_copy, predicted_fleet, unattended
from .. import group as spot_group
from . import launches, rest

SIZES = ("DesiredCapacity", "MaxSize", "MinSize", "NewInstancesProtectedFromScaleIn")
PROCESSES = "SuspendedProcesses"


def summary(group: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a run changes of a described group, in one shape for comparing, the diff and the memory."""
    suspended = sorted(each["ProcessName"] for each in group.get(PROCESSES, []))
    return {
        **{name: group.get(name) or 0 for name in SIZES[:3]},
        SIZES[3]: bool(group.get(SIZES[3])),
        PROCESSES: suspended,
    }


def desired(original: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Give the summary of the group while a run uses it; its limits are raised only where they are too small."""
    return {
        "DesiredCapacity": count,
        "MaxSize": max(count, original["MaxSize"]),
        "MinSize": original["MinSize"],
        "NewInstancesProtectedFromScaleIn": False,
        PROCESSES: sorted({*original[PROCESSES], spot_group.SUSPENDED}),
    }


def present(context: Context, params: Mapping[str, Any]) -> Result:
    """Raise the group to what the run wants, then wait for its instances to join the cluster.

    Args:
        params: of spot_capacity, with ``standing_group``; what decides about a group of our own has no effect.

    Raises:
        NotFound: there is no such group.
        Foreign: a run made it, or its user data names another cluster.
        Refused: it is not at rest, or somebody else uses it.
        DeadlineExceeded: fewer than ``minimum`` instances came.
    """
    name, environment = params["standing_group"], params["environment"]
    params = {**params, "name": name}
    _check(params)
    known = standing.find(context, environment, standing.GROUP, name, params["cluster"])
    predicted = predicted_fleet.read_group(context, name)
    described = predicted or rest.existing(context, name)
    if known is None and not predicted:  # that was checked before it was predicted
        rest.check(context, described, params["unattended_hours"])
        standing.check_free(context, environment, standing.GROUP, name, params["cluster"])
    borrowed = known or Borrowed(standing.GROUP, name, params["cluster"], summary(described), context.run_id)
    launch = launches.of_group(context, described)
    warnings = launch_copy.check_cluster(launch.source, params["cluster"])
    switch = unattended.read(context, environment)
    fired = unattended.look_fired(context, described, switch) if known else None
    warnings += [unattended.fired_sentence(name, fired)] if fired else []
    hours = _hours(context, params, switch)
    after = desired(borrowed.original, params["count"])
    result = Result(
        before={"group": summary(described), "unattended_hours": hours},
        after={"group": after, "unattended_hours": params["unattended_hours"]},
        warnings=warnings,
        resource=f"{borrowed.title} ({summary(described)['DesiredCapacity']} to {count(params['count'], 'instance')})",
        verb="scaled up",
    )
    result.changed = result.before != result.after
    what = f"{count(params['count'], 'instance')} of {' or '.join(launch.types) or 'the types it chooses'}"
    result.values = {"group": name, "source": launch.source.name, "instances": [], "message": what}
    standing.borrow(context, environment, borrowed)
    if context.check_mode:
        result.values["predicted"] = True
        predicted_fleet.predict_standing(
            context, params, {**described, **_described(after)}, result.values, launch.types
        )
        predicted_fleet.note(
            context, {**params, "instance_types": launch.types}, launch.prices(context), is_spot=launch.is_spot
        )
        return result
    if result.changed:
        _suspend(context, name, described)
        unattended.begin(context, params, switch, fired, limit=borrowed.original["MaxSize"])
        _update(context, name, after)
    result.done = f"{count(params['count'], 'instance')} requested"
    if params["wait"]:
        arrival.await_arrival(context, params, result, launch.types)
    return result


def put_back(context: Context, environment: str, borrowed: Borrowed, wait: bool, timeout: float) -> Result:
    """Scale the group back to exactly what it was; it is forgotten once its instances have ended.

    Raises:
        DeadlineExceeded: some have not, and may still be billed.
    """
    name, original = borrowed.name, borrowed.original
    described = predicted_fleet.read_group(context, name) or spot_group.read(context, name)
    result = Result(resource=borrowed.title, verb="scaled back", values={"group": name, "terminated": 0})
    if not standing.is_ours(context, environment, borrowed):
        described = None  # another environment has it by now: only our memory is left
    if described is None or spot_group.is_being_deleted(described):
        standing.give_back(context, environment, borrowed)
        return result
    departure = arrival.Departure(context, name, borrowed.cluster, stays=True)
    alive = [each for each, state in departure.find().items() if state != "terminated"]
    before = summary(described)
    result.before, result.after, result.changed = before, dict(original), before != original
    result.values["terminated"] = before["DesiredCapacity"] if context.check_mode else len(alive)
    if context.check_mode:
        predicted_fleet.forget_standing(context, name, {**described, **_described(original)})
        standing.give_back(context, environment, borrowed)
        return result
    if before != original:
        _update(context, name, original)
        resumed = [
            each for each in before[PROCESSES] if each == spot_group.SUSPENDED and each not in original[PROCESSES]
        ]
        if resumed:
            client = context.client("autoscaling")
            client.resume_processes(AutoScalingGroupName=name, ScalingProcesses=resumed)
    unattended.stand_down(context, environment, name)
    if wait:
        if alive or described.get("Instances"):
            departure.wait(timeout)
        standing.give_back(context, environment, borrowed)
    return result


def _check(params: Mapping[str, Any]) -> None:
    if params["count"] < 1:
        raise InvalidInput(f"count is {params['count']}; it must be 1 or more.")
    if not 0 <= params["minimum"] <= params["count"]:
        raise InvalidInput(
            f"minimum is {params['minimum']}; it must be between 0 and count, which is {params['count']}."
        )
    unattended.check_hours(params["unattended_hours"])


def _hours(context: Context, params: Mapping[str, Any], switch: unattended.Switch | None) -> int:
    predicted = predicted_fleet.unattended_hours(context, params["name"])
    return unattended.hours_in_force(context, switch, params["name"]) if predicted is None else predicted


def _described(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Write a summary as DescribeAutoScalingGroups would."""
    return {**shown, PROCESSES: [{"ProcessName": each} for each in shown[PROCESSES]]}


def _suspend(context: Context, name: str, described: Mapping[str, Any]) -> None:
    if spot_group.SUSPENDED not in summary(described)[PROCESSES]:
        client = context.client("autoscaling")
        client.suspend_processes(AutoScalingGroupName=name, ScalingProcesses=[spot_group.SUSPENDED])


def _update(context: Context, name: str, shown: Mapping[str, Any]) -> None:
    sizes = {each: shown[each] for each in SIZES}
    context.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=name, **sizes)
