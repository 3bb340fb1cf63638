"""What Auto Scaling and EC2 refuse."""

from __future__ import annotations

from typing import Any

from sandbox import seed
from tests.unit.sandbox.limits.accepted import LONG, SPOT, TEMPLATE, UPPER_TAGS, Row

POLICY = {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateName": "walk"}}}
TAG = {"ResourceId": seed.GROUP, "ResourceType": "auto-scaling-group"}


def mixed(overrides: int = 1, **distribution: Any) -> dict[str, Any]:
    launch = {**POLICY["LaunchTemplate"], "Overrides": [{"InstanceType": "t2.large"}] * overrides}
    return {
        "LaunchTemplate": None,
        "MixedInstancesPolicy": {"LaunchTemplate": launch, "InstancesDistribution": distribution},
    }


FLEET: list[Row] = [
    # groups
    ("autoscaling.CreateAutoScalingGroup", {"AutoScalingGroupName": LONG}, "ValidationError", "equal to 255"),
    ("autoscaling.CreateAutoScalingGroup", {"AutoScalingGroupName": "a:b"}, "ValidationError", "autoScalingGroupName"),
    ("autoscaling.CreateAutoScalingGroup", {"AutoScalingGroupName": seed.GROUP}, "AlreadyExists", "already exists"),
    ("autoscaling.CreateAutoScalingGroup", {"MinSize": None}, "ValidationError", "minSize"),
    ("autoscaling.CreateAutoScalingGroup", {"MinSize": -1}, "ValidationError", "minSize"),
    ("autoscaling.CreateAutoScalingGroup", {"MinSize": 3}, "ValidationError", "must be greater than or equal to min"),
    ("autoscaling.CreateAutoScalingGroup", {"DesiredCapacity": 3}, "ValidationError", "must be between"),
    ("autoscaling.CreateAutoScalingGroup", {"VPCZoneIdentifier": None}, "ValidationError", "At least one Availability"),
    ("autoscaling.CreateAutoScalingGroup", {"VPCZoneIdentifier": "subnet-1"}, "ValidationError", "does not exist"),
    ("autoscaling.CreateAutoScalingGroup", {"LaunchTemplate": None}, "ValidationError", "Valid requests must contain"),
    (
        "autoscaling.CreateAutoScalingGroup",
        {"LaunchTemplate": {"LaunchTemplateName": "unknown"}},
        "ValidationError",
        "does not exist",
    ),
    (
        "autoscaling.CreateAutoScalingGroup",
        {"LaunchTemplate": {"LaunchTemplateName": "walk", "Version": "99"}},
        "ValidationError",
        "does not exist",
    ),
    ("autoscaling.CreateAutoScalingGroup", {"HealthCheckType": "PING"}, "ValidationError", "healthCheckType"),
    ("autoscaling.CreateAutoScalingGroup", {"TerminationPolicies": ["Any"]}, "ValidationError", "termination policy"),
    ("autoscaling.CreateAutoScalingGroup", {"MaxInstanceLifetime": 60}, "ValidationError", "MaxInstanceLifetime"),
    ("autoscaling.CreateAutoScalingGroup", {"Tags": [{"Key": "aws:a", "Value": "b"}]}, "ValidationError", "tags"),
    ("autoscaling.CreateAutoScalingGroup", {"Tags": UPPER_TAGS}, "ValidationError", "equal to 50"),
    ("autoscaling.CreateAutoScalingGroup", mixed(overrides=41), "ValidationError", "equal to 40"),
    ("autoscaling.CreateAutoScalingGroup", mixed(OnDemandPercentageAboveBaseCapacity=101), "ValidationError", "100"),
    ("autoscaling.CreateAutoScalingGroup", mixed(OnDemandBaseCapacity=-1), "ValidationError", "onDemandBaseCapacity"),
    ("autoscaling.CreateAutoScalingGroup", mixed(SpotAllocationStrategy="best"), "ValidationError", "enum value set"),
    ("autoscaling.CreateAutoScalingGroup", mixed(SpotInstancePools=21), "ValidationError", "spotInstancePools"),
    ("autoscaling.UpdateAutoScalingGroup", {"AutoScalingGroupName": "no"}, "ValidationError", "not found"),
    ("autoscaling.UpdateAutoScalingGroup", {"DesiredCapacity": 5}, "ValidationError", "must be between"),
    ("autoscaling.UpdateAutoScalingGroup", {"VPCZoneIdentifier": "subnet-1"}, "ValidationError", "does not exist"),
    ("autoscaling.DescribeAutoScalingGroups", {"MaxRecords": 101}, "ValidationError", "maxRecords"),
    ("autoscaling.DescribeAutoScalingGroups", {"MaxRecords": 0}, "ValidationError", "maxRecords"),
    ("autoscaling.DescribeAutoScalingInstances", {"MaxRecords": 51}, "ValidationError", "maxRecords"),
    ("autoscaling.DescribeAutoScalingInstances", {"InstanceIds": ["i-1"] * 51}, "ValidationError", "instanceIds"),
    ("autoscaling.DescribeLaunchConfigurations", {"MaxRecords": 101}, "ValidationError", "maxRecords"),
    ("autoscaling.DescribeScalingActivities", {"MaxRecords": 101}, "ValidationError", "maxRecords"),
    ("autoscaling.DescribeScheduledActions", {"MaxRecords": 101}, "ValidationError", "maxRecords"),
    ("autoscaling.PutScheduledUpdateGroupAction", {"ScheduledActionName": LONG}, "ValidationError", "equal to 255"),
    ("autoscaling.PutScheduledUpdateGroupAction", {"MinSize": -1}, "ValidationError", "minSize"),
    ("autoscaling.EnableMetricsCollection", {"Granularity": "1Hour"}, "ValidationError", "Granularity"),
    ("autoscaling.EnableMetricsCollection", {"Metrics": ["GroupSize"]}, "ValidationError", "not a valid metric"),
    ("autoscaling.DisableMetricsCollection", {"AutoScalingGroupName": "no"}, "ValidationError", "not found"),
    ("autoscaling.CreateOrUpdateTags", {"Tags": [{**TAG, "Key": "aws:a", "Value": ""}]}, "ValidationError", "key"),
    # EC2
    ("ec2.CreateLaunchTemplate", {"LaunchTemplateName": "ab"}, "InvalidParameterValue", "LaunchTemplateName"),
    ("ec2.CreateLaunchTemplate", {"LaunchTemplateName": "a b c"}, "InvalidParameterValue", "LaunchTemplateName"),
    ("ec2.CreateLaunchTemplate", {"LaunchTemplateName": "x" * 129}, "InvalidParameterValue", "LaunchTemplateName"),
    (
        "ec2.CreateLaunchTemplate",
        {},
        "InvalidLaunchTemplateName.AlreadyExistsException",
        "already in use",
    ),
    ("ec2.CreateLaunchTemplate", {"LaunchTemplateData": None}, "MissingParameter", "LaunchTemplateData"),
    ("ec2.CreateLaunchTemplate", {"VersionDescription": LONG}, "InvalidParameterValue", "VersionDescription"),
    (
        "ec2.CreateLaunchTemplate",
        {"LaunchTemplateName": "other", "LaunchTemplateData": {**TEMPLATE, "UserData": "no base64"}},
        "InvalidUserData.Malformed",
        "BASE64",
    ),
    (
        "ec2.CreateLaunchTemplate",
        {"TagSpecifications": [{"ResourceType": "launch-template", "Tags": [{"Key": "aws:a", "Value": ""}]}]},
        "InvalidParameterValue",
        "Tags",
    ),
    (
        "ec2.CreateLaunchTemplateVersion",
        {"LaunchTemplateName": "unknown"},
        "InvalidLaunchTemplateName.NotFoundException",
        "does not exist",
    ),
    ("ec2.DescribeInstanceTypes", {"InstanceTypes": ["m4.2xlarge"] * 101}, "InvalidParameterValue", "InstanceTypes"),
    ("ec2.DescribeInstanceTypes", {"InstanceTypes": ["m4.7xlarge"]}, "InvalidInstanceType", "m4.7xlarge"),
    ("ec2.DescribeInstanceTypes", {"InstanceTypes": None, "MaxResults": 4}, "InvalidParameterValue", "MaxResults"),
    ("ec2.DescribeInstances", {"MaxResults": 1001}, "InvalidParameterValue", "MaxResults"),
    ("ec2.DescribeInstances", {"InstanceIds": ["i-12345678"]}, "InvalidInstanceID.NotFound", "does not exist"),
    ("ec2.DescribeImages", {"ImageIds": ["ami-12345678"]}, "InvalidAMIID.NotFound", "does not exist"),
    ("ec2.DescribeLaunchTemplates", {"MaxResults": 201}, "InvalidParameterValue", "MaxResults"),
    (
        "ec2.DescribeLaunchTemplates",
        {"LaunchTemplateNames": ["unknown"]},
        "InvalidLaunchTemplateName.NotFoundException",
        "does not exist",
    ),
    ("ec2.DescribeLaunchTemplateVersions", {"MaxResults": 201}, "InvalidParameterValue", "MaxResults"),
    ("ec2.DescribeSpotPriceHistory", {"MaxResults": 1001}, "InvalidParameterValue", "MaxResults"),
    ("ec2.DescribeSubnets", {"MaxResults": 4}, "InvalidParameterValue", "MaxResults"),
    ("ec2.DescribeSubnets", {"SubnetIds": ["subnet-1"]}, "InvalidSubnetID.NotFound", "does not exist"),
    ("ec2.CreateTags", {"Tags": [{"Key": "aws:a", "Value": "b"}]}, "InvalidParameterValue", "Tags"),
    ("ec2.CreateTags", {"Tags": [{"Key": "x" * 128, "Value": "b"}]}, "InvalidParameterValue", "127"),
    ("ec2.CreateTags", {"Resources": ["SUBNET"] * 1001}, "InvalidParameterValue", "Resources"),
]

# what EC2 does not launch -> what a group made of it is told
NOT_LAUNCHED: list[tuple[dict[str, Any], str]] = [
    ({"ImageId": "ami-12345678"}, "The image id '[ami-12345678]' does not exist"),
    ({"ImageId": None}, "must contain the parameter ImageId"),
    ({"InstanceType": "m4.7xlarge"}, "Invalid value 'm4.7xlarge' for InstanceType"),
    ({"InstanceType": "m6g.large"}, "The architecture 'arm64' of the specified instance type"),
    ({"KeyName": "unknown"}, "The key pair 'unknown' does not exist"),
    ({"IamInstanceProfile": {"Name": "unknown"}}, "Invalid IAM Instance Profile name"),
    ({"IamInstanceProfile": {"Arn": "arn:aws:iam::1:instance-profile/a"}}, "Invalid IAM Instance Profile ARN"),
    ({"SecurityGroupIds": ["sg-12345678"]}, "The security group 'sg-12345678' does not exist"),
    ({"BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8}}]}, "expect size >= 15GB"),
    ({"BlockDeviceMappings": [{"DeviceName": "/dev/b", "Ebs": {"VolumeType": "io1", "VolumeSize": 8}}]}, "iops"),
    ({"UserData": "A" * 30_000}, "User data is limited to 16384 bytes"),
    (SPOT | {"DisableApiTermination": True}, "disableApiTermination"),
    (SPOT | {"DisableApiStop": True}, "disableApiStop"),
    (SPOT | {"HibernationOptions": {"Configured": True}}, "hibernation"),
    (SPOT | {"Placement": {"Tenancy": "host"}}, "tenancy host"),
]
