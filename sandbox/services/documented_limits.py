"""Limits that AWS's API references and guides give and botocore's models do not have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Limit:
    """What a member's value may be.

    Attributes:
        least, most: of a number; of a text, list or map its length.
        pattern: a text must match it whole.
        choices: the texts or numbers there are; empty: any.
        code: AWS's error code where it is not the service's usual one.
        numeric: a text that must be a number.
    """

    least: float | None = None
    most: float | None = None
    pattern: re.Pattern[str] | None = None
    choices: tuple[str | int, ...] = ()
    code: str = ""
    numeric: bool = False

    def broken_by(self, value: Any) -> str | None:
        """Give the constraint that a value does not satisfy, None if it satisfies all."""
        if self.numeric and str(value).isdigit():
            value = int(value)
        elif self.numeric:
            return "Member must be a number"
        number = isinstance(value, int | float)
        size = value if number else len(value) if hasattr(value, "__len__") else None
        what = "value" if number else "length"
        if size is not None and self.least is not None and size < self.least:
            return f"Member must have {what} greater than or equal to {self.least}"
        if size is not None and self.most is not None and size > self.most:
            return f"Member must have {what} less than or equal to {self.most}"
        if self.pattern and isinstance(value, str) and not self.pattern.fullmatch(value):
            return f"Member must satisfy regular expression pattern: {self.pattern.pattern}"
        if self.choices and value not in self.choices:
            return f"Member must satisfy enum value set: [{', '.join(map(str, self.choices))}]"
        return None


def _page(name: str, least: int = 1, most: int = 100) -> dict[str, Limit]:
    return {name: Limit(least, most)}


def _text(pattern: str, code: str = "") -> Limit:
    return Limit(pattern=re.compile(pattern, re.ASCII | re.DOTALL), code=code)


# what may be tagged and by whom: "Tags on Amazon ECS resources", "Tag your Amazon EC2 resources"
_OWN_TAG = _text(r"(?!(?i:aws:)).*")
_NAME = _text(r"[\w-]{1,255}")
_ECS_TAGS = {"tags[].key": _OWN_TAG}
_PLACEMENT = {"placementConstraints": Limit(most=10), "placementStrategy": Limit(most=5)}
_SERVICE = {
    **_PLACEMENT,
    "desiredCount": Limit(0),
    "deploymentConfiguration.minimumHealthyPercent": Limit(0, 100),
    "deploymentConfiguration.maximumPercent": Limit(100),
    "healthCheckGracePeriodSeconds": Limit(0, 2_147_483_647),
    "networkConfiguration.awsvpcConfiguration.subnets": Limit(1, 16),
    "networkConfiguration.awsvpcConfiguration.securityGroups": Limit(most=5),
}
_CLIENT_TOKEN = {"clientToken": _text(r"[!-~]{0,64}")}
_ECS: dict[str, dict[str, Limit]] = {
    "RegisterTaskDefinition": {
        **_ECS_TAGS,
        "family": _NAME,
        "containerDefinitions": Limit(1),
        "containerDefinitions[].name": _NAME,
        "containerDefinitions[].memory": Limit(4),
        "containerDefinitions[].memoryReservation": Limit(4),
        "containerDefinitions[].cpu": Limit(0),
        "containerDefinitions[].stopTimeout": Limit(0),
        "containerDefinitions[].portMappings[].containerPort": Limit(0, 65_535),
        "containerDefinitions[].portMappings[].hostPort": Limit(0, 65_535),
        "containerDefinitions[].healthCheck.interval": Limit(5, 300),
        "containerDefinitions[].healthCheck.timeout": Limit(2, 120),
        "containerDefinitions[].healthCheck.retries": Limit(1, 10),
        "containerDefinitions[].healthCheck.startPeriod": Limit(0, 300),
        "placementConstraints": Limit(most=10),
        "ephemeralStorage.sizeInGiB": Limit(20, 200),
    },
    "RunTask": {
        **_ECS_TAGS,
        **_PLACEMENT,
        **_CLIENT_TOKEN,
        "count": Limit(1, 10),
        "startedBy": _text(r"[\w/-]{1,128}"),
        "networkConfiguration.awsvpcConfiguration.subnets": Limit(1, 16),
        "networkConfiguration.awsvpcConfiguration.securityGroups": Limit(most=5),
    },
    "CreateService": {**_ECS_TAGS, **_SERVICE, **_CLIENT_TOKEN, "serviceName": _NAME},
    "UpdateService": _SERVICE,
    "CreateCluster": {**_ECS_TAGS, "clusterName": _NAME},
    "TagResource": _ECS_TAGS,
    "DescribeClusters": {"clusters": Limit(most=100)},
    "DescribeServices": {"services": Limit(1, 10)},
    "DescribeTasks": {"tasks": Limit(1, 100)},
    "DescribeContainerInstances": {"containerInstances": Limit(1, 100)},
    "UpdateContainerInstancesState": {"containerInstances": Limit(1, 10)},
    "DeleteTaskDefinitions": {"taskDefinitions": Limit(1, 10)},
    "UpdateTaskProtection": {"tasks": Limit(1, 10), "expiresInMinutes": Limit(1, 2880)},
    "GetTaskProtection": {"tasks": Limit(most=100)},
    **{
        f"List{what}": _page("maxResults")
        for what in ("Tasks", "Services", "Clusters", "ContainerInstances", "TaskDefinitions", "TaskDefinitionFamilies")
    },
}
_DISTRIBUTION = "MixedInstancesPolicy.InstancesDistribution."
_GROUP = {
    "MinSize": Limit(0),
    "MaxSize": Limit(0),
    "DesiredCapacity": Limit(0),
    "DefaultCooldown": Limit(0),
    "DefaultInstanceWarmup": Limit(-1),
    "HealthCheckGracePeriod": Limit(0),
    "HealthCheckType": _text(r"(EC2|EBS|ELB|VPC_LATTICE)(,(EC2|EBS|ELB|VPC_LATTICE))*"),
    "MixedInstancesPolicy.LaunchTemplate.Overrides": Limit(most=40),
    "MixedInstancesPolicy.LaunchTemplate.Overrides[].WeightedCapacity": _text(r"[1-9]\d{0,2}"),
    f"{_DISTRIBUTION}OnDemandAllocationStrategy": Limit(choices=("lowest-price", "prioritized")),
    f"{_DISTRIBUTION}OnDemandBaseCapacity": Limit(0),
    f"{_DISTRIBUTION}OnDemandPercentageAboveBaseCapacity": Limit(0, 100),
    f"{_DISTRIBUTION}SpotAllocationStrategy": Limit(
        choices=("lowest-price", "capacity-optimized", "capacity-optimized-prioritized", "price-capacity-optimized")
    ),
    f"{_DISTRIBUTION}SpotInstancePools": Limit(1, 20),
    f"{_DISTRIBUTION}SpotMaxPrice": _text(r"|\d*\.?\d+"),
}
_GROUP_TAGS = {"Tags": Limit(most=50), "Tags[].Key": _OWN_TAG}
_AUTO_SCALING: dict[str, dict[str, Limit]] = {
    "CreateAutoScalingGroup": {**_GROUP, **_GROUP_TAGS, "AutoScalingGroupName": _text(r"[^:]*")},
    "UpdateAutoScalingGroup": _GROUP,
    "CreateOrUpdateTags": {"Tags[].Key": _OWN_TAG, "Tags[].ResourceType": Limit(choices=("auto-scaling-group",))},
    "SetDesiredCapacity": {"DesiredCapacity": Limit(0)},
    "DescribeAutoScalingInstances": {**_page("MaxRecords", most=50), "InstanceIds": Limit(most=50)},
    "DescribeScheduledActions": {**_page("MaxRecords"), "ScheduledActionNames": Limit(most=50)},
    "PutScheduledUpdateGroupAction": {name: Limit(0) for name in ("MinSize", "MaxSize", "DesiredCapacity")},
    **{
        f"Describe{what}": _page("MaxRecords")
        for what in ("AutoScalingGroups", "LaunchConfigurations", "ScalingActivities", "Tags", "Policies")
    },
}
_TEMPLATE = {
    "LaunchTemplateName": Limit(3, 128, re.compile(r"[a-zA-Z0-9().\-/_]+")),
    "LaunchTemplateData.BlockDeviceMappings[].Ebs.VolumeSize": Limit(1, 65_536),
    "LaunchTemplateData.BlockDeviceMappings[].Ebs.Iops": Limit(100, 256_000),
    "LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit": Limit(1, 64),
    "LaunchTemplateData.TagSpecifications[].Tags": Limit(most=50),
    "LaunchTemplateData.TagSpecifications[].Tags[].Key": Limit(1, 127, _OWN_TAG.pattern),
    "LaunchTemplateData.TagSpecifications[].Tags[].Value": Limit(0, 255),
    "TagSpecifications[].Tags": Limit(most=50),
    "TagSpecifications[].Tags[].Key": Limit(1, 127, _OWN_TAG.pattern),
    "TagSpecifications[].Tags[].Value": Limit(0, 255),
    "VersionDescription": Limit(0, 255),
}
_EC2: dict[str, dict[str, Limit]] = {
    "CreateLaunchTemplate": _TEMPLATE,
    "CreateLaunchTemplateVersion": _TEMPLATE,
    "CreateTags": {
        "Resources": Limit(1, 1000),
        "Tags": Limit(1, 50),
        "Tags[].Key": Limit(1, 127, _OWN_TAG.pattern),
        "Tags[].Value": Limit(0, 255),
    },
    "DescribeInstances": {
        **_page("MaxResults", 5, 1000),
        "Filters[].Values": Limit(most=200),
    },
    "DescribeImages": {**_page("MaxResults", 1, 1000), "Filters[].Values": Limit(most=200)},
    "DescribeLaunchTemplateVersions": _page("MaxResults", 1, 200),
    "DescribeLaunchTemplates": _page("MaxResults", 1, 200),
    "DescribeSpotPriceHistory": _page("MaxResults", 1, 1000),
    "RunInstances": {"MaxCount": Limit(1), "MinCount": Limit(1), "ClientToken": Limit(0, 64)},
}
_RECORDS = _page("MaxRecords", 20, 100)
_RDS_TAGS = {"Tags": Limit(most=50), "Tags[].Key": Limit(1, 128, _OWN_TAG.pattern), "Tags[].Value": Limit(0, 256)}
_RDS: dict[str, dict[str, Limit]] = {
    "AddTagsToResource": _RDS_TAGS,
    "CreateDBInstance": {**_RDS_TAGS, "BackupRetentionPeriod": Limit(0, 35)},
    "ModifyDBInstance": {
        "BackupRetentionPeriod": Limit(0, 35),
        "MonitoringInterval": Limit(choices=(0, 1, 5, 10, 15, 30, 60)),
        "PromotionTier": Limit(0, 15),
        "AllocatedStorage": Limit(1),
    },
    "DescribeDBInstances": _RECORDS,
    "DescribeEvents": {**_RECORDS, "Duration": Limit(1, 20_160)},
    "CreateDBSnapshot": _RDS_TAGS,
    "DescribeDBSnapshots": _RECORDS,
    "CreateDBParameterGroup": _RDS_TAGS,
    "DescribeDBParameterGroups": _RECORDS,
    "DescribeDBParameters": _RECORDS,
    "ModifyDBParameterGroup": {"Parameters[].ApplyMethod": Limit(choices=("immediate", "pending-reboot"))},
    "DescribeOrderableDBInstanceOptions": _page("MaxRecords", 20, 1000),
}
_BODY = _text(r"[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+", "InvalidMessageContents")
_RECEIPT = {"VisibilityTimeout": Limit(0, 43_200)}
_SEND = {"DelaySeconds": Limit(0, 900), "MessageBody": _BODY}
_QUEUE = {
    f"Attributes.{name}": Limit(least, most, code="InvalidAttributeValue", numeric=True)
    for name, (least, most) in {
        "DelaySeconds": (0, 900),
        "MaximumMessageSize": (1024, 1_048_576),
        "MessageRetentionPeriod": (60, 1_209_600),
        "ReceiveMessageWaitTimeSeconds": (0, 20),
        "VisibilityTimeout": (0, 43_200),
    }.items()
}
_MESSAGE = (
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
)
_SQS: dict[str, dict[str, Limit]] = {
    "CreateQueue": {**_QUEUE, "QueueName": _text(r"[\w-]{1,80}|[\w-]{1,75}\.fifo")},
    "SetQueueAttributes": _QUEUE,
    "ReceiveMessage": {
        "AttributeNames[]": Limit(choices=("All", *_MESSAGE), code="InvalidAttributeName"),  # not the queue's
        **_RECEIPT,
        "MaxNumberOfMessages": Limit(1, 10),
        "WaitTimeSeconds": Limit(0, 20),
    },
    "ChangeMessageVisibility": _RECEIPT,
    "SendMessage": _SEND,
    "SendMessageBatch": {"Entries[].DelaySeconds": Limit(0, 900), "Entries[].MessageBody": _BODY},
    "ListQueues": _page("MaxResults", most=1000),
}
_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_LOGS: dict[str, dict[str, Limit]] = {
    "PutRetentionPolicy": {"retentionInDays": Limit(choices=_DAYS)},
    "CreateLogGroup": {"tags.key": _OWN_TAG},
}
_SNS: dict[str, dict[str, Limit]] = {
    "Publish": {"Subject": _text(r"[!-~][ -~]{0,99}"), "Message": Limit(1, 262_144)},
}
_SSM: dict[str, dict[str, Limit]] = {"GetParametersByPath": {"Path": _text(r"/.*")}}

# service -> operation -> path of a member -> what it may be
DOCUMENTED: Mapping[str, Mapping[str, Mapping[str, Limit]]] = {
    "autoscaling": _AUTO_SCALING,
    "ec2": _EC2,
    "ecs": _ECS,
    "logs": _LOGS,
    "rds": _RDS,
    "sns": _SNS,
    "sqs": _SQS,
    "ssm": _SSM,
}

# service -> operation -> members of which only one may be given
EXCLUSIVE: Mapping[str, Mapping[str, Sequence[tuple[str, str]]]] = {
    "ec2": {
        "DescribeImages": [("ImageIds", "MaxResults")],
        "DescribeInstances": [("InstanceIds", "MaxResults")],
        "DescribeInstanceTypes": [("InstanceTypes", "MaxResults")],
        "DescribeLaunchTemplates": [("LaunchTemplateIds", "LaunchTemplateNames")],
        "DescribeSubnets": [("SubnetIds", "MaxResults")],
    },
    "logs": {
        "FilterLogEvents": [("logStreamNames", "logStreamNamePrefix"), ("logGroupName", "logGroupIdentifier")],
        "GetLogEvents": [("logGroupName", "logGroupIdentifier")],
    },
}
