"""Requests that are accepted; the rows of the tables break one limit each in one of them."""

from __future__ import annotations

from typing import Any

from sandbox import seed

# operation, what is changed in the accepted request (None takes a member away), AWS's code, part of the message
Row = tuple[str, dict[str, Any], str, str]

CLUSTER = {"cluster": seed.CLUSTER}
CONTAINER: dict[str, Any] = {"name": "main", "image": "app:1", "memory": 128}
GROUP = {"AutoScalingGroupName": seed.GROUP}
TEMPLATE = {"ImageId": "ami-03cf127a", "InstanceType": "t2.large"}
LOGS = {"logGroupName": "walk"}
TAGS = [{"key": f"k{number}", "value": "v"} for number in range(51)]
UPPER_TAGS = [{"Key": f"k{number}", "Value": "v"} for number in range(51)]
LONG = "x" * 256
SPOT = {"InstanceMarketOptions": {"MarketType": "spot"}}

# operation -> a request that is accepted; QUEUE stands for the queue's URL, SUBNET for a subnet, DATABASE for its ARN
ACCEPTED: dict[str, dict[str, Any]] = {
    "ecs.RegisterTaskDefinition": {"family": "walk", "containerDefinitions": [CONTAINER]},
    "ecs.RunTask": {**CLUSTER, "taskDefinition": "walk"},
    "ecs.CreateService": {**CLUSTER, "serviceName": "walk", "taskDefinition": "walk", "desiredCount": 0},
    "ecs.UpdateService": {**CLUSTER, "service": "walk", "desiredCount": 0},
    "ecs.DescribeClusters": {"clusters": [seed.CLUSTER]},
    "ecs.DescribeServices": {**CLUSTER, "services": ["walk"]},
    "ecs.DescribeTasks": {**CLUSTER, "tasks": ["0" * 32]},
    "ecs.DescribeTaskDefinition": {"taskDefinition": "walk"},
    "ecs.DescribeContainerInstances": {**CLUSTER, "containerInstances": ["0" * 32]},
    "ecs.UpdateContainerInstancesState": {**CLUSTER, "containerInstances": ["0" * 32], "status": "DRAINING"},
    "ecs.ListTasks": CLUSTER,
    "ecs.ListServices": CLUSTER,
    "ecs.ListContainerInstances": CLUSTER,
    "ecs.ListTaskDefinitions": {"familyPrefix": "walk"},
    "ecs.DeleteTaskDefinitions": {"taskDefinitions": ["walk:1"]},
    "autoscaling.CreateAutoScalingGroup": {
        "AutoScalingGroupName": "walk",
        "LaunchTemplate": {"LaunchTemplateName": "walk"},
        "MinSize": 0,
        "MaxSize": 2,
        "VPCZoneIdentifier": "SUBNET",
    },
    "autoscaling.UpdateAutoScalingGroup": {**GROUP, "MaxSize": 4},
    "autoscaling.DescribeAutoScalingGroups": {},
    "autoscaling.DescribeAutoScalingInstances": {},
    "autoscaling.DescribeLaunchConfigurations": {},
    "autoscaling.DescribeScalingActivities": GROUP,
    "autoscaling.DescribeScheduledActions": GROUP,
    "autoscaling.PutScheduledUpdateGroupAction": {
        **GROUP,
        "ScheduledActionName": "end",
        "StartTime": "2099-01-01T00:00:00Z",
        "MinSize": 0,
    },
    "autoscaling.EnableMetricsCollection": {**GROUP, "Granularity": "1Minute"},
    "autoscaling.DisableMetricsCollection": GROUP,
    "autoscaling.CreateOrUpdateTags": {
        "Tags": [{"ResourceId": seed.GROUP, "ResourceType": "auto-scaling-group", "Key": "a", "Value": "b"}]
    },
    "ec2.CreateLaunchTemplate": {"LaunchTemplateName": "walk", "LaunchTemplateData": TEMPLATE},
    "ec2.CreateLaunchTemplateVersion": {"LaunchTemplateName": "walk", "LaunchTemplateData": TEMPLATE},
    "ec2.DescribeInstanceTypes": {"InstanceTypes": ["m4.2xlarge"]},
    "ec2.DescribeInstances": {},
    "ec2.DescribeImages": {"ImageIds": [TEMPLATE["ImageId"]]},
    "ec2.DescribeLaunchTemplates": {},
    "ec2.DescribeLaunchTemplateVersions": {"LaunchTemplateName": "walk"},
    "ec2.DescribeSpotPriceHistory": {"InstanceTypes": ["m4.2xlarge"], "MaxResults": 5},
    "ec2.DescribeSubnets": {},
    "ec2.CreateTags": {"Resources": ["SUBNET"], "Tags": [{"Key": "a", "Value": "b"}]},
    "ssm.PutParameter": {"Name": "/walk/a", "Value": "1", "Type": "String", "Overwrite": True},
    "ssm.GetParameters": {"Names": ["/walk/a"]},
    "ssm.GetParametersByPath": {"Path": "/walk"},
    "ssm.DeleteParameters": {"Names": ["/walk/none"]},
    "sqs.CreateQueue": {"QueueName": "walk"},
    "sqs.SendMessage": {"QueueUrl": "QUEUE", "MessageBody": "a"},
    "sqs.SendMessageBatch": {"QueueUrl": "QUEUE", "Entries": [{"Id": "a", "MessageBody": "a"}]},
    "sqs.ReceiveMessage": {"QueueUrl": "QUEUE"},
    "sqs.GetQueueAttributes": {"QueueUrl": "QUEUE", "AttributeNames": ["All"]},
    "sqs.SetQueueAttributes": {"QueueUrl": "QUEUE", "Attributes": {"VisibilityTimeout": "30"}},
    "sqs.GetQueueUrl": {"QueueName": seed.QUEUE},
    "logs.CreateLogGroup": {"logGroupName": "walk"},
    "logs.CreateLogStream": {**LOGS, "logStreamName": "walk"},
    "logs.DescribeLogGroups": {},
    "logs.GetLogEvents": {**LOGS, "logStreamName": "walk"},
    "logs.FilterLogEvents": LOGS,
    "logs.PutRetentionPolicy": {**LOGS, "retentionInDays": 30},
    "rds.DescribeDBInstances": {},
    "rds.DescribeDBSnapshots": {},
    "rds.DescribeDBParameterGroups": {},
    "rds.DescribeOrderableDBInstanceOptions": {"Engine": "postgres"},
    "rds.AddTagsToResource": {"ResourceName": "DATABASE", "Tags": [{"Key": "a", "Value": "b"}]},
    "rds.RemoveTagsFromResource": {"ResourceName": "DATABASE", "TagKeys": ["a"]},
    "sts.GetCallerIdentity": {},
}
