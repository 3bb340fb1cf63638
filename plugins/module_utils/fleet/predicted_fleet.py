# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The spot fleet as a check-mode run predicts it: raised by one step, used and removed by later ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..core.aws import tag_list
from ..core.context import Context
from ..ecs.definitions.revisions import ENVIRONMENT_TAG
from . import group as spot_group
from . import launch_template
from .launch_template import Template

KIND, STANDING = "spot_capacity", "standing_group"
PLAN = "plan/fleet"
# what decides about the fleet; whether it is waited for does not
REQUESTED = (
    "cluster", "environment", "source", "image", "subnets", "instance_types", "count", "disk_gb", "max_price",
    "unattended_hours",
)  # fmt: skip


def read(context: Context, name: str) -> tuple[Template | None, dict[str, Any] | None]:
    """Read launch template and group of a name: as they are, or as earlier steps of a preview leave them."""
    if f"{KIND}/{name}" not in context.preview:
        return launch_template.read(context, name), spot_group.read(context, name)
    known = context.preview.get(f"{KIND}/{name}")
    return (Template(**known["template"]), known["group"]) if known else (None, None)


def read_group(context: Context, name: str) -> dict[str, Any] | None:
    """Give a standing group as earlier steps of a preview leave it; None: they have not touched it."""
    known = context.preview.get(f"{STANDING}/{name}")
    return dict(known) if known else None


def predict_standing(
    context: Context,
    params: Mapping[str, Any],
    group: Mapping[str, Any],
    values: Mapping[str, Any],
    types: Sequence[str],
) -> None:
    """Predict a standing group that is raised.

    Args:
        group: as it would be described.
        values: what spot_capacity returns.
        types: its instance types; empty: not known.
    """
    context.preview.predict(f"{STANDING}/{params['name']}", _of_json(group))
    fleet = {"environment": params["environment"], "types": list(types), "count": params["count"]}
    known = {"fleet": fleet, "requested": requested(params), "values": dict(values)}
    context.preview.predict(f"{KIND}/{params['name']}", known)


def forget_standing(context: Context, name: str, group: Mapping[str, Any]) -> None:
    """Predict that a standing group is scaled back to what it was."""
    context.preview.predict(f"{STANDING}/{name}", _of_json(group))
    context.preview.predict(f"{KIND}/{name}", None)


def _of_json(group: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a description what a preview's file cannot hold, and nothing here reads."""
    return {key: value for key, value in group.items() if key not in ("CreatedTime", "Instances")}


def repeated(context: Context, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give what spot_capacity returned when an earlier step of a check-mode run requested the very same fleet."""
    known = context.preview.get(f"{KIND}/{params['name']}")
    if not known or known["requested"] != requested(params):
        return None
    values: dict[str, Any] = known["values"]
    return values


def unattended_hours(context: Context, name: str) -> int | None:
    """Give after how many hours without a controller a predicted fleet would end; None where none is predicted."""
    known = context.preview.get(f"{KIND}/{name}")
    return int(known["requested"]["unattended_hours"]) if known else None


def requested(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: params.get(name) for name in REQUESTED}


def predict(
    context: Context,
    params: Mapping[str, Any],
    data: dict[str, Any],
    desired: Mapping[str, Any],
    values: Mapping[str, Any],
) -> None:
    """Predict template and group of spot_capacity's parameters.

    Args:
        data: of the launch template.
        desired: the group as CreateAutoScalingGroup takes it.
        values: what spot_capacity returns.
    """
    name, tags = params["name"], {ENVIRONMENT_TAG: params["environment"]}
    version = desired["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"]
    template = Template(id="", name=name, version=version, data=data, tags=tags)
    group = {**spot_group.settled(desired), "AutoScalingGroupName": name, "Tags": tag_list(tags)}
    fleet = {"environment": params["environment"], "types": params["instance_types"], "count": params["count"]}
    known = {"template": asdict(template), "group": group, "fleet": fleet}
    context.preview.predict(f"{KIND}/{name}", known | {"requested": requested(params), "values": dict(values)})


def changes(params: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say for the plan what is done to template and group of spot_capacity's parameters.

    Args:
        before, after: of its result; a part that is not there yet is missing.
    """
    name, launched = params["name"], f"{params['count']} x {' or '.join(params['instance_types'])}"
    parts = {
        f"launch template {name}": ("launch_template",),
        f"Auto Scaling group {name} ({launched})": ("group", "unattended_hours"),
    }
    return [
        ("changed" if keys[0] in before else "created", what)
        for what, keys in parts.items()
        if any(before.get(key) != after.get(key) for key in keys)
    ]


def remove(context: Context, name: str, alive: Sequence[str]) -> dict[str, Any]:
    """Predict that the fleet is removed; give what the module then returns.

    Args:
        alive: instances of it that there are.
    """
    known = context.preview.get(f"{KIND}/{name}")
    context.preview.predict(f"{KIND}/{name}", None)
    return {"terminated": known["fleet"]["count"] if known else len(alive), "predicted": True}


def of_environment(context: Context, environment: str) -> tuple[list[str], int] | None:
    """Give instance types and number of the fleet that an earlier step of a check-mode run predicts."""
    fleets = [known["fleet"] for _name, known in context.preview.below(KIND) if known]
    found = ((each["types"], each["count"]) for each in fleets if each["environment"] == environment and each["types"])
    return next(found, None)


def note(
    context: Context,
    params: Mapping[str, Any],
    prices: Sequence[Mapping[str, Any]],
    image: str = "",
    is_spot: bool = True,
) -> None:
    """Keep for the plan what the fleet is and costs, and which AMI it has in place of the source's."""
    fleet = {"types": params["instance_types"], "count": params["count"], "prices": list(prices)}
    fleet |= ({"image": image} if image else {}) | ({} if is_spot else {"is_spot": False})
    fleet |= {name: params.get(name) for name in ("max_price", "unattended_hours")}
    context.preview.predict(f"{PLAN}/{params['name']}", fleet)
