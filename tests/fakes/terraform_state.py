"""What terraform made of an account, to be compared with what a run leaves of it."""

from __future__ import annotations

import json
from typing import Any, Protocol


class Account(Protocol):
    """Where a client of a service can be had."""

    def client(self, service: str) -> Any: ...


def terraform_state(account: Account) -> dict[str, Any]:
    """Everything terraform made, in full; what a run may change about the database is left out."""
    ecs, autoscaling, ec2, rds, sqs = (account.client(s) for s in ("ecs", "autoscaling", "ec2", "rds", "sqs"))
    database = rds.describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"][0]
    for volatile in ("AllocatedStorage", "LatestRestorableTime"):
        database.pop(volatile, None)
    queue = sqs.get_queue_url(QueueName="cc-api-staging")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    definitions = ecs.list_task_definitions(familyPrefix="StagingManagement")["taskDefinitionArns"]
    instances = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}])
    state = {
        "clusters": ecs.describe_clusters(clusters=["ecsStagingCluster"], include=["TAGS", "SETTINGS"])["clusters"],
        "services": ecs.list_services(cluster="ecsStagingCluster")["serviceArns"],
        "definitions": [ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"]) for arn in definitions],
        "configurations": autoscaling.describe_launch_configurations()["LaunchConfigurations"],
        "groups": autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"],
        "templates": ec2.describe_launch_templates()["LaunchTemplates"],
        "instances": [i["InstanceId"] for r in instances["Reservations"] for i in r["Instances"]],
        "networks": ec2.describe_security_groups()["SecurityGroups"] + ec2.describe_subnets()["Subnets"],
        "database": database,
        "queue": {name: text for name, text in attributes.items() if "Timestamp" not in name},
    }
    return json.loads(json.dumps(strip_metadata(state), default=str, sort_keys=True))


def strip_metadata(value: Any) -> Any:
    """Leave out what describes the answer rather than the resource; moto never gives an address back to its subnet."""
    if isinstance(value, dict):
        left_out = ("ResponseMetadata", "AvailableIpAddressCount")
        return {key: strip_metadata(inner) for key, inner in value.items() if key not in left_out}
    return [strip_metadata(inner) for inner in value] if isinstance(value, list) else value
