"""What production's terraform keeps for imports: a group and a service at zero, and a DB parameter group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

GROUP, TEMPLATE = "asgStagingDataImport", "ltStagingDataImport"
SERVICE = FAMILY = "StagingManagementRunJobs"
PARAMETER_GROUP = "db-imports"
IMPORT_TYPE = "m4.2xlarge"


def group(client: Callable[[str], Any], launch: Mapping[str, Any], subnets: list[str], tags: Mapping[str, str]) -> None:
    """Make the group with its launch template, of spot instances.

    Args:
        client: gives a boto3 client for a service.
        launch: of the launch template, without instance type.
        subnets: ids.
        tags: of both, beside a name.
    """
    marks = [{"Key": name, "Value": text} for name, text in tags.items()]
    client("ec2").create_launch_template(
        LaunchTemplateName=TEMPLATE,
        LaunchTemplateData={
            **launch,
            "InstanceType": IMPORT_TYPE,
            "InstanceMarketOptions": {"MarketType": "spot"},
        },
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [*marks, {"Key": "Name", "Value": TEMPLATE}]}],
    )
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        MinSize=0,
        MaxSize=2,
        DesiredCapacity=0,
        VPCZoneIdentifier=",".join(subnets),
        Tags=[{**each, "PropagateAtLaunch": True} for each in [*marks, {"Key": "Name", "Value": "DataImport"}]],
        LaunchTemplate={"LaunchTemplateName": TEMPLATE, "Version": "$Latest"},
    )


def service(ecs: Any, cluster: str, family: str, tags: Mapping[str, str]) -> None:
    """Make the service with a family of its own, the commands' with more memory, on the group's instances."""
    marks = [{"key": name, "value": text} for name, text in tags.items()]
    known = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    here = [{"type": "memberOf", "expression": f"attribute:ecs.instance-type == {IMPORT_TYPE}"}]
    [container] = known["containerDefinitions"]
    ecs.register_task_definition(
        family=FAMILY,
        volumes=known["volumes"],
        containerDefinitions=[container | {"command": ["run_jobs"], "memory": 8192}],
        memory="8192",
        cpu="1024",
        placementConstraints=here,
        tags=marks,
    )
    ecs.create_service(
        cluster=cluster,
        serviceName=SERVICE,
        taskDefinition=FAMILY,
        desiredCount=0,
        placementConstraints=here,
        tags=marks,
    )


def parameter_group(rds: Any, family: str, tags: Mapping[str, str]) -> None:
    """Make a parameter group for imports: one with a parameter that an instance takes only when it is rebooted.

    Args:
        rds: a boto3 client.
        family: of the engine, ``postgres12``.
        tags: of the group.
    """
    rds.create_db_parameter_group(
        DBParameterGroupName=PARAMETER_GROUP,
        DBParameterGroupFamily=family,
        Description="While data is imported",
        Tags=[{"Key": name, "Value": text} for name, text in tags.items()],
    )
    rds.modify_db_parameter_group(
        DBParameterGroupName=PARAMETER_GROUP,
        Parameters=[{"ParameterName": "max_connections", "ParameterValue": "300", "ApplyMethod": "pending-reboot"}],
    )
