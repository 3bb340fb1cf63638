"""What the account tells of what a call names, asked through the API as the sandbox itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from sandbox.policy.needs import Params, arn

Client = Callable[[str], Any]


def _tags(found: list[dict[str, Any]]) -> dict[str, str]:
    return {str(each.get("Key", each.get("key"))): str(each.get("Value", each.get("value", ""))) for each in found}


class LiveAccount:
    """The account of a sandbox.

    Args:
        client: gives a boto3 client of the sandbox itself for a service.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def tags(self, arn: str) -> Mapping[str, str]:
        """Give the tags of a resource; none of one that is not there."""
        service, resource = arn.split(":", 5)[2::3]
        look_up = {"ecs": self._ecs_tags, "ec2": self._ec2_tags, "autoscaling": self._group_tags}.get(service)
        if "*" in resource.rpartition("/")[2]:
            return {}
        with contextlib.suppress(ClientError):
            return look_up(arn, resource) if look_up else {}
        return {}

    def _ecs_tags(self, arn: str, _resource: str) -> dict[str, str]:
        return _tags(self._client("ecs").list_tags_for_resource(resourceArn=arn)["tags"])

    def _ec2_tags(self, _arn: str, resource: str) -> dict[str, str]:
        by_id = [{"Name": "resource-id", "Values": [resource.rpartition("/")[2]]}]
        return _tags(self._client("ec2").describe_tags(Filters=by_id)["Tags"])

    def _group_tags(self, _arn: str, resource: str) -> dict[str, str]:
        found = self._group(resource.rpartition("/")[2])
        return _tags(found["Tags"]) if found else {}

    def _group(self, name: str) -> dict[str, Any] | None:
        answer = self._client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return next(iter(answer["AutoScalingGroups"]), None)

    def group(self, name: str) -> str:
        """Give the ARN of an Auto Scaling group; with ``*`` for its id where there is none yet."""
        found = self._group(name)
        missing = arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{name}")
        return str(found["AutoScalingGroupARN"]) if found else missing

    def roles(self, definition: str) -> list[str]:
        """Give the roles (ARNs) of a task definition."""
        with contextlib.suppress(ClientError):
            found = self._client("ecs").describe_task_definition(taskDefinition=definition)["taskDefinition"]
            return [found[key] for key in ("taskRoleArn", "executionRoleArn") if found.get(key)]
        return []

    def template(self, specification: Params) -> Mapping[str, Any]:
        """Give the data of a launch template's version, and its id as ``LaunchTemplateId``."""
        which = {key: specification[key] for key in ("LaunchTemplateId", "LaunchTemplateName") if key in specification}
        version = str(specification.get("Version") or "$Default")
        with contextlib.suppress(ClientError):
            answer = self._client("ec2").describe_launch_template_versions(**which, Versions=[version])
            found = answer["LaunchTemplateVersions"][0]
            return {**found["LaunchTemplateData"], "LaunchTemplateId": found["LaunchTemplateId"]}
        return {}

    def role(self, profile: Params) -> str:
        """Give the role (ARN) of an instance profile, by its ``Name`` or ``Arn``; ``*`` where there is none."""
        name = str(profile.get("Name") or str(profile.get("Arn")).rpartition("/")[2])
        with contextlib.suppress(ClientError):
            roles = self._client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
            return str(roles[0]["Arn"]) if roles else "*"
        return "*"
