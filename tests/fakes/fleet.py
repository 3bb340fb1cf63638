from __future__ import annotations

import base64
import email
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.fleet.spot_capacity import OPERATION
from tests.fakes.aws import Recorder

CLUSTER = "ecsStagingCluster"


NAME = "ingest-staging-spot"


USER_DATA = f"#!/bin/bash\necho ECS_CLUSTER={CLUSTER} >> /etc/ecs/ecs.config\n"


IMAGE = "ami-0d75e18107f482a72"  # an ECS-optimized one of moto's


CALLS: list[str] = []


@cache
def client(service: str) -> Any:
    """Make a client that records its calls; once, as making one takes longer than a test."""
    made = boto3.client(service, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
    made.meta.events.register("before-call", lambda model, **event: CALLS.append(model.name))
    return made


class FleetAccount:
    """What terraform made: a cluster whose two instances come from a group with a launch configuration."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls = CALLS
        self.client = client
        self.progress = Recorder()
        self.boots: Callable[[], Any] = lambda: self.register(NAME)
        self.subnets = [each["SubnetId"] for each in self.client("ec2").describe_subnets()["Subnets"]][:2]
        self.client("ecs").create_cluster(clusterName=CLUSTER)
        self.group("asgStaging", launch_configuration="lcStaging-1")
        self.calls.clear()

    def context(self, check_mode: bool = False, preview: Preview | None = None) -> Context:
        kept = preview or Preview()
        return Context(self.client, check_mode, lambda: self.now, self._sleep, self.progress, preview=kept)

    def _sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.boots()

    def configuration(self, name: str, **more: Any) -> None:
        wanted = {"ImageId": IMAGE, "InstanceType": "t2.large", "UserData": USER_DATA, "IamInstanceProfile": "ecs"}
        self.client("autoscaling").create_launch_configuration(LaunchConfigurationName=name, **wanted | more)

    def group(self, name: str, launch_configuration: str = "", **launch: Any) -> None:
        if launch_configuration:
            self.configuration(launch_configuration)
            launch = {"LaunchConfigurationName": launch_configuration}
        self.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=name, MinSize=2, MaxSize=2, VPCZoneIdentifier=",".join(self.subnets), **launch
        )
        self.register(name)

    def describe(self, name: str = NAME) -> dict[str, Any]:
        answer = self.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return next(iter(answer["AutoScalingGroups"]), {})

    def members(self) -> dict[str, str]:
        ecs = self.client("ecs")
        arns = ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
        if not arns:
            return {}
        found = ecs.describe_container_instances(cluster=CLUSTER, containerInstances=arns)["containerInstances"]
        return {each["ec2InstanceId"]: each["containerInstanceArn"] for each in found}

    def register(self, group: str, most: int = 100) -> None:
        """Let the group's instances join the cluster, and those that are gone leave it."""
        wanted = [each["InstanceId"] for each in self.describe(group).get("Instances", [])]
        joined = self.members()
        for instance in [each for each in wanted if each not in joined][:most]:
            document = json.dumps({"instanceId": instance})
            self.client("ecs").register_container_instance(cluster=CLUSTER, instanceIdentityDocument=document)

    def leave(self, group: str = NAME) -> None:
        query = [{"Name": "tag:aws:autoscaling:groupName", "Values": [group]}]
        found = self.client("ec2").describe_instances(Filters=query)["Reservations"]
        gone = {
            each["InstanceId"] for part in found for each in part["Instances"] if each["State"]["Name"] == "terminated"
        }
        for instance, arn in self.members().items():
            if instance in gone:
                self.client("ecs").deregister_container_instance(cluster=CLUSTER, containerInstance=arn, force=True)

    def data(self) -> dict[str, Any]:
        answer = self.client("ec2").describe_launch_template_versions(LaunchTemplateName=NAME, Versions=["$Latest"])
        return answer["LaunchTemplateVersions"][0]["LaunchTemplateData"]

    def changes(self) -> list[str]:
        reads = ("Describe", "List", "Get")
        return [name for name in self.calls if not name.startswith((*reads, "RegisterContainerInstance"))]

    def fleet(
        self, check_mode: bool = False, preview: Preview | None = None, run_id: str = "r1", **params: Any
    ) -> Result:
        """Raise or remove the spot fleet, of three instances unless ``params`` say otherwise."""
        defaults = {name: option.get("default") for name, option in OPERATION.argument_spec.items()}
        desired = {"name": NAME, "cluster": CLUSTER, "environment": "staging", "count": 3}
        return OPERATION.run(replace(self.context(check_mode, preview), run_id=run_id), defaults | desired | params)

    def template(self, **data: Any) -> str:
        """Make a launch template of terraform's; give its id."""
        user_data = base64.b64encode(USER_DATA.encode()).decode()
        desired = {"ImageId": IMAGE, "InstanceType": "t2.large", "UserData": user_data}
        answer = self.client("ec2").create_launch_template(
            LaunchTemplateName="ltStaging", LaunchTemplateData=desired | data
        )
        return str(answer["LaunchTemplate"]["LaunchTemplateId"])


def prices(account: FleetAccount, monkeypatch: pytest.MonkeyPatch, *found: float) -> None:
    history = [
        {"InstanceType": "m4.2xlarge", "AvailabilityZone": f"us-east-1{zone}", "SpotPrice": str(price), "Timestamp": 1}
        for zone, price in zip("abc", found, strict=False)
    ]
    answer = {"SpotPriceHistory": history}
    monkeypatch.setattr(account.client("ec2"), "describe_spot_price_history", lambda **query: answer)


def due(account: FleetAccount) -> Any:
    """When the account ends the fleet by itself."""
    answer = account.client("autoscaling").describe_scheduled_actions(AutoScalingGroupName=NAME)
    return next((each["StartTime"] for each in answer["ScheduledUpdateGroupActions"]), None)


# what user data calls of AWS: it answers with the name of a cluster, and copies a configuration from S3
AWS = '#!/bin/sh\nif [ "$1" = s3 ]; then echo ECS_CLUSTER=web-staging > "$4"; else echo web-staging; fi\n'


def scripts_run(text: str, folder: Path) -> str:
    """Run the shell scripts of user data in the order cloud-init does, and give the agent's configuration.

    Args:
        folder: stands for /etc/ecs; nothing is called but a few harmless programs.
    """
    programs, config = folder / "bin", folder / "ecs.config"
    programs.mkdir(exist_ok=True)
    for name in ("cat", "mkdir", "sh", "tee"):
        (programs / name).unlink(missing_ok=True)
        (programs / name).symlink_to(str(shutil.which(name)))
    for name, script in (("aws", AWS), ("curl", "#!/bin/sh\necho i-1\n"), ("yum", "#!/bin/sh\n")):
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    config.write_text("")
    message = email.message_from_string(text)
    parts = [part.get_payload(decode=True) for part in message.walk()] if message.is_multipart() else [text.encode()]
    for part in filter(None, parts):
        assert isinstance(part, bytes)
        if part.lstrip().startswith(b"#!"):
            script_file = folder / "script"
            script_file.write_bytes(part.lstrip().replace(b"/etc/ecs", str(folder).encode()))
            subprocess.run(["/bin/bash", script_file], check=False, env={"PATH": str(programs)})
    return config.read_text()
