# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a cluster's own container instances are launched from, read as the data of a launch template.

No API turns a launch configuration into a template or clones a template, and accounts made since 2024-10-01 cannot
create launch configurations: the copy is always a template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..core.aws import ClientError, batches, error_code, tag_dict
from ..core.context import Context
from ..core.errors import NotFound
from ..ecs.container_instances import list_instances
from ..ecs.definitions.revisions import ENVIRONMENT_TAG

# Belongs to the instance type or the purchase option, which the group's policy decides.
NOT_COPIED = (
    "InstanceType",
    "InstanceRequirements",
    "InstanceMarketOptions",
    "CapacityReservationSpecification",
    "CpuOptions",
    "CreditSpecification",
    "ElasticGpuSpecifications",
    "ElasticInferenceAccelerators",
    # spot takes none of these (EC2 User Guide, "Spot Instances", limitations)
    "DisableApiStop",
    "DisableApiTermination",
    "HibernationOptions",
    "InstanceInitiatedShutdownBehavior",
)
DEDICATED_HOST = {"Affinity", "HostId", "HostResourceGroupArn"}  # in Placement; spot knows no dedicated hosts either
# What says where a group launches, and from what.
GROUP_FIELDS = (
    "AutoScalingGroupName",
    "AvailabilityZones",
    "LaunchConfigurationName",
    "LaunchTemplate",
    "MixedInstancesPolicy",
    "Tags",
    "VPCZoneIdentifier",
)


@dataclass(frozen=True)
class Source:
    """What is copied.

    Attributes:
        name: of the launch configuration, or name and version of the launch template.
        data: as CreateLaunchTemplate's LaunchTemplateData takes it, without instance type.
        image: the AMI's id, resolved from its SSM parameter where it is one; empty when it could not be resolved.
        subnets: where the group that uses it launches.
        tags: which that group gives its instances at launch.
    """

    name: str
    data: dict[str, Any]
    image: str
    subnets: list[str]
    tags: dict[str, str] = field(default_factory=dict)


def find(context: Context, cluster: str, source: str | None) -> Source:
    """Find what to copy: what ``source`` names, else the newest the cluster's own Auto Scaling groups use.

    Raises:
        NotFound: nothing of that name; or the cluster has no container instances of a group.
    """
    groups = _groups_of(context, cluster)
    subnets = sorted({subnet for group in groups for subnet in _subnets(group)})
    if source:
        name, data = _named(context, source)
        tags = {key: value for group in groups for key, value in _propagated(group).items()}
        return Source(name, _copyable(context, data), _image(context, name, data), subnets, tags)
    if not groups:
        raise NotFound(
            f"No container instance of cluster {cluster} belongs to an Auto Scaling group: there is nothing to copy. "
            "Name a launch configuration or launch template in source, and give subnets."
        )
    found = [(*_used_by(context, group), group) for group in groups]
    _age, name, data, group = max(found, key=lambda each: each[0])
    return Source(name, _copyable(context, data), _image(context, name, data), _subnets(group), _propagated(group))


def of_group(context: Context, group: Mapping[str, Any]) -> tuple[Source, dict[str, Any]]:
    """Give what a described group launches from, and the data of it with instance type and purchase option.

    Raises:
        NotFound: it was deleted.
    """
    _age, name, data = _used_by(context, group)
    configuration = _configuration(context, name) if group.get("LaunchConfigurationName") else None
    chosen = {key: configuration.get(key) for key in ("InstanceType", "SpotPrice")} if configuration else dict(data)
    source = Source(name, _copyable(context, data), _image(context, name, data), _subnets(group), _propagated(group))
    return source, chosen


def zones(context: Context, cluster: str) -> list[str]:
    """Name the zones in which the cluster's own Auto Scaling groups launch; a fleet copied from them is there, too."""
    return sorted({zone for group in _groups_of(context, cluster) for zone in group["AvailabilityZones"]})


def _groups_of(context: Context, cluster: str) -> list[dict[str, Any]]:
    """Find the Auto Scaling groups behind the cluster, without those that runs made; read once in a play."""
    return context.memo.once(f"cluster_groups/{cluster}", partial(_read_groups, context, cluster))


def _read_groups(context: Context, cluster: str) -> list[dict[str, Any]]:
    instances = [each["ec2InstanceId"] for each in list_instances(context, cluster) if each.get("ec2InstanceId")]
    client = context.client("autoscaling")
    names = set()
    for part in batches(instances, 50):
        answer = client.describe_auto_scaling_instances(InstanceIds=list(part))
        names |= {each["AutoScalingGroupName"] for each in answer["AutoScalingInstances"]}
    if not names:
        return []
    groups = client.describe_auto_scaling_groups(AutoScalingGroupNames=sorted(names))["AutoScalingGroups"]
    own = [each for each in groups if ENVIRONMENT_TAG not in tag_dict(each.get("Tags"))]
    return [{key: each[key] for key in GROUP_FIELDS if key in each} for each in own]


def _subnets(group: Mapping[str, Any]) -> list[str]:
    return [each for each in group.get("VPCZoneIdentifier", "").split(",") if each]


def _propagated(group: Mapping[str, Any]) -> dict[str, str]:
    """Give the tags a group's instances get at launch; those that only AWS may set are not among them."""
    tags = tag_dict([each for each in group.get("Tags", []) if each.get("PropagateAtLaunch")])
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def _used_by(context: Context, group: Mapping[str, Any]) -> tuple[Any, str, dict[str, Any]]:
    """Give (time it was made, name, template data) of what a group launches from."""
    if group.get("LaunchConfigurationName"):
        found = _configuration(context, group["LaunchConfigurationName"])
        if not found:
            raise NotFound(
                f"Launch configuration {group['LaunchConfigurationName']} was deleted; name another in source."
            )
        return found["CreatedTime"], found["LaunchConfigurationName"], from_configuration(found)
    mixed = group.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    used = group.get("LaunchTemplate") or mixed
    if not used:
        raise NotFound(f"Group {group['AutoScalingGroupName']} names no launch template; name one in source.")
    version = _version(context, used["LaunchTemplateId"], used.get("Version") or "$Default")
    return version["CreateTime"], _title(version), version["LaunchTemplateData"]


def _named(context: Context, source: str) -> tuple[str, dict[str, Any]]:
    """Read what the operator named: a template by its id, a launch configuration, or a template by its name."""
    configuration = None if source.startswith("lt-") else _configuration(context, source)
    if configuration:
        return source, from_configuration(configuration)
    try:
        version = _version(context, source, "$Latest")
    except ClientError as error:
        if "NotFound" not in error_code(error) and "Malformed" not in error_code(error):
            raise
        raise NotFound(f"source: there is no launch configuration or launch template {source!r}.") from error
    return _title(version), version["LaunchTemplateData"]


def _configuration(context: Context, name: str) -> dict[str, Any] | None:
    def read() -> dict[str, Any] | None:
        client = context.client("autoscaling")
        answer = client.describe_launch_configurations(LaunchConfigurationNames=[name])
        return next(iter(answer["LaunchConfigurations"]), None)

    return context.memo.once(f"launch_configuration/{name}", read)  # it cannot be changed


def _version(context: Context, template: str, version: str, **options: Any) -> dict[str, Any]:
    key = "LaunchTemplateId" if template.startswith("lt-") else "LaunchTemplateName"
    client = context.client("ec2")
    answer = client.describe_launch_template_versions(**{key: template}, Versions=[version], **options)
    versions: list[dict[str, Any]] = answer["LaunchTemplateVersions"]
    if not versions:
        raise NotFound(f"Launch template {template} has no version {version}.")
    return versions[0]


def _title(version: Mapping[str, Any]) -> str:
    return f"{version['LaunchTemplateName']}:{version['VersionNumber']}"


def _image(context: Context, title: str, data: Mapping[str, Any]) -> str:
    """Give the AMI's id; a template may name an SSM parameter instead, which EC2 looks up when asked to."""
    image = str(data.get("ImageId", ""))
    if not image.startswith("resolve:ssm:"):
        return image
    name, number = title.rsplit(":", 1)
    resolved = str(_version(context, name, number, ResolveAlias=True)["LaunchTemplateData"].get("ImageId", ""))
    return resolved if resolved.startswith("ami-") else ""


def _copyable(context: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    model = context.client("ec2").meta.service_model
    copied: dict[str, Any] = trim(data, model.shape_for("RequestLaunchTemplateData"))
    placement = {key: value for key, value in copied.pop("Placement", {}).items() if key not in DEDICATED_HOST}
    if placement and placement.get("Tenancy") != "host":
        copied["Placement"] = placement
    return {key: value for key, value in copied.items() if key not in NOT_COPIED}


def trim(value: Any, shape: Any) -> Any:
    """Keep of an answer what a request takes, by botocore's own model, so that new fields come along."""
    if shape.type_name == "structure":
        return {key: trim(each, shape.members[key]) for key, each in value.items() if key in shape.members}
    if shape.type_name == "list":
        return [trim(each, shape.member) for each in value]
    return value


def from_configuration(found: Mapping[str, Any]) -> dict[str, Any]:
    """Write a launch configuration (an element of DescribeLaunchConfigurations) as launch template data.

    The API gives empty strings for what is not set; a template refuses those.
    """
    data: dict[str, Any] = {
        "ImageId": found["ImageId"],
        "KeyName": found.get("KeyName"),
        "KernelId": found.get("KernelId"),
        "RamDiskId": found.get("RamdiskId"),
        "UserData": found.get("UserData"),
        "EbsOptimized": found.get("EbsOptimized"),
        "BlockDeviceMappings": [_mapping(each) for each in found.get("BlockDeviceMappings", [])],
        "Monitoring": found.get("InstanceMonitoring"),
        "MetadataOptions": found.get("MetadataOptions"),
    }
    profile = found.get("IamInstanceProfile")
    if profile:
        data["IamInstanceProfile"] = {"Arn" if profile.startswith("arn:") else "Name": profile}
    if found.get("PlacementTenancy"):
        data["Placement"] = {"Tenancy": found["PlacementTenancy"]}
    data.update(_network(found.get("SecurityGroups", []), found.get("AssociatePublicIpAddress")))
    return {key: value for key, value in data.items() if value not in (None, "", [], {}, False)}


def _network(groups: Sequence[str], public: bool | None) -> dict[str, Any]:
    ids = [each for each in groups if each.startswith("sg-")]
    if public is None:
        return {"SecurityGroupIds": ids, "SecurityGroups": [each for each in groups if each not in ids]}
    # a template takes the public address on an interface only, and the groups then belong there, too
    interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": public} | ({"Groups": ids} if ids else {})
    return {"NetworkInterfaces": [interface]}


def _mapping(mapping: Mapping[str, Any]) -> dict[str, Any]:
    copied = {key: value for key, value in mapping.items() if key != "NoDevice" and value not in ("", {})}
    if mapping.get("NoDevice"):
        copied["NoDevice"] = ""  # a template says it with an empty text, a launch configuration with true
    if "Ebs" in copied:
        copied["Ebs"] = {key: value for key, value in copied["Ebs"].items() if value not in ("", None)}
    return copied
