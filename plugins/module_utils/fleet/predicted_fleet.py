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

KIND = "spot_capacity"
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
    return next(((each["types"], each["count"]) for each in fleets if each["environment"] == environment), None)


def note(context: Context, params: Mapping[str, Any], prices: Sequence[Mapping[str, Any]], image: str = "") -> None:
    """Keep for the plan what the fleet is and costs, and which AMI it has in place of the source's."""
    fleet = {"types": params["instance_types"], "count": params["count"], "prices": list(prices)}
    fleet |= {"image": image} if image else {}
    fleet |= {name: params.get(name) for name in ("max_price", "unattended_hours")}
    context.preview.predict(f"{PLAN}/{params['name']}", fleet)
