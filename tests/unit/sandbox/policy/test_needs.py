"""Which actions on which resources a call needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.policy.authorizer import Authorizer, needs
from sandbox.policy.needs import Need

REGION = "us-east-1:123456789012"
ECS, EC2, GROUPS = f"arn:aws:ecs:{REGION}", f"arn:aws:ec2:{REGION}", f"arn:aws:autoscaling:{REGION}"
ROLE = "arn:aws:iam::123456789012:role/Role"
DEFINITION = f"{ECS}:task-definition/a:1"
OURS = {"Key": "env", "Value": "staging"}


class FakeAccount:
    """An account in which everything is tagged and has the one role."""

    def tags(self, arn: str) -> Mapping[str, str]:
        return {"Env": "staging"}

    def roles(self, definition: str) -> list[str]:
        return [ROLE] if definition == DEFINITION else []

    def template(self, specification: Mapping[str, Any]) -> Mapping[str, Any]:
        tags = [{"ResourceType": "instance", "Tags": [OURS]}]
        profile = {"Name": "profile"}
        return {
            "LaunchTemplateId": "lt-1",
            "ImageId": "ami-1",
            "SecurityGroupIds": ["sg-1"],
            "KeyName": "key",
            "TagSpecifications": tags,
            "IamInstanceProfile": profile,
        }

    def role(self, profile: Mapping[str, Any]) -> str:
        return ROLE

    def group(self, name: str) -> str:
        return f"{GROUPS}:autoScalingGroup:*:autoScalingGroupName/{name}"


def of(service: str, name: str, params: Mapping[str, Any]) -> list[Need]:
    return needs(service, name, params, FakeAccount())


CALLS: list[tuple[str, str, dict[str, Any], list[tuple[str, str]]]] = [
    ("ecs", "DescribeClusters", {"clusters": ["c"]}, [("ecs:DescribeClusters", f"{ECS}:cluster/c")]),
    (
        "ecs",
        "DescribeTasks",
        {"cluster": "c", "tasks": [f"{ECS}:task/c/1"]},
        [("ecs:DescribeTasks", f"{ECS}:task/c/1")],
    ),
    (
        "logs",
        "CreateLogGroup",
        {"logGroupName": "g", "tags": {"a": "b"}},
        [
            ("logs:CreateLogGroup", f"arn:aws:logs:{REGION}:log-group:g:log-stream:"),
            ("logs:TagResource", f"arn:aws:logs:{REGION}:log-group:g"),
        ],
    ),
    (
        "logs",
        "ListTagsForResource",
        {"resourceArn": f"arn:aws:logs:{REGION}:log-group:g"},
        [("logs:ListTagsForResource", f"arn:aws:logs:{REGION}:log-group:g")],
    ),
    ("ecs", "ListTasks", {"cluster": "c"}, [("ecs:ListTasks", f"{ECS}:container-instance/c/*")]),
    ("ecs", "ListServices", {"cluster": "c"}, [("ecs:ListServices", "*")]),
    ("ecs", "DeregisterTaskDefinition", {"taskDefinition": DEFINITION}, [("ecs:DeregisterTaskDefinition", "*")]),
    (
        "ecs",
        "RunTask",
        {"cluster": "c", "taskDefinition": DEFINITION, "tags": [{"key": "env", "value": "staging"}]},
        [("ecs:RunTask", DEFINITION), ("ecs:TagResource", f"{ECS}:task/c/*"), ("iam:PassRole", ROLE)],
    ),
    # AWS checks the ARN without a revision then
    ("ecs", "RunTask", {"taskDefinition": "a"}, [("ecs:RunTask", f"{ECS}:task-definition/a")]),
    (
        "ecs",
        "RegisterTaskDefinition",
        {"family": "a", "taskRoleArn": ROLE, "tags": [{"key": "env", "value": "staging"}]},
        [
            ("ecs:RegisterTaskDefinition", f"{ECS}:task-definition/a:*"),
            ("ecs:TagResource", f"{ECS}:task-definition/a:*"),
            ("iam:PassRole", ROLE),
        ],
    ),
    (
        "ecs",
        "CreateService",
        {"cluster": "c", "serviceName": "s", "tags": [{"key": "env", "value": "staging"}]},
        [("ecs:CreateService", f"{ECS}:service/c/s"), ("ecs:TagResource", f"{ECS}:service/c/s")],
    ),
    ("ec2", "DescribeInstances", {}, [("ec2:DescribeInstances", "*")]),
    ("ec2", "TerminateInstances", {"InstanceId": ["i-1"]}, [("ec2:TerminateInstances", f"{EC2}:instance/i-1")]),
    (
        "ec2",
        "DeleteLaunchTemplate",
        {"LaunchTemplateName": "t"},
        [("ec2:DeleteLaunchTemplate", f"{EC2}:launch-template/lt-1")],
    ),
    (
        "ec2",
        "CreateLaunchTemplate",
        {"TagSpecification": [{"ResourceType": "launch-template", "Tag": [OURS]}]},
        [("ec2:CreateLaunchTemplate", f"{EC2}:launch-template/*"), ("ec2:CreateTags", f"{EC2}:launch-template/*")],
    ),
    (
        "ec2",
        "CreateTags",
        {"ResourceId": ["i-1", "x"]},
        [("ec2:CreateTags", f"{EC2}:instance/i-1"), ("ec2:CreateTags", "*")],
    ),
    ("autoscaling", "DescribeScalingActivities", {}, [("autoscaling:DescribeScalingActivities", "*")]),
    (
        "autoscaling",
        "CreateAutoScalingGroup",
        {
            "AutoScalingGroupName": "g",
            "Tags": [OURS],
            "VPCZoneIdentifier": "subnet-1",
            "MixedInstancesPolicy": {"LaunchTemplate": {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1"}}},
        },
        [
            ("autoscaling:CreateAutoScalingGroup", f"{GROUPS}:autoScalingGroup:*:autoScalingGroupName/g"),
            ("autoscaling:CreateOrUpdateTags", f"{GROUPS}:autoScalingGroup:*:autoScalingGroupName/g"),
            ("ec2:RunInstances", f"{EC2}:instance/*"),
            ("ec2:CreateTags", f"{EC2}:instance/*"),
            ("ec2:RunInstances", f"{EC2}:volume/*"),
            ("ec2:RunInstances", f"{EC2}:network-interface/*"),
            ("ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-1"),
            ("ec2:RunInstances", f"{EC2}:subnet/subnet-1"),
            ("ec2:RunInstances", f"{EC2}:security-group/sg-1"),
            ("ec2:RunInstances", f"{EC2}:key-pair/key"),
            ("ec2:RunInstances", f"{EC2}:launch-template/lt-1"),
            ("iam:PassRole", ROLE),
        ],
    ),
    (
        "autoscaling",
        "DeleteAutoScalingGroup",
        {"AutoScalingGroupName": "g"},
        [("autoscaling:DeleteAutoScalingGroup", f"{GROUPS}:autoScalingGroup:*:autoScalingGroupName/g")],
    ),
    (
        "logs",
        "GetLogEvents",
        {"logGroupName": "g", "logStreamName": "s/1"},
        [("logs:GetLogEvents", f"arn:aws:logs:{REGION}:log-group:g:log-stream:s/1")],
    ),
    ("logs", "DescribeLogGroups", {"logGroupNamePrefix": "g"}, [("logs:DescribeLogGroups", "*")]),
    (
        "rds",
        "ModifyDBInstance",
        {"DBInstanceIdentifier": "d"},
        [("rds:ModifyDBInstance", f"arn:aws:rds:{REGION}:db:d")],
    ),
    (
        "rds",
        "ModifyDBInstance",
        {"DBInstanceIdentifier": "d", "DBParameterGroupName": "g"},
        [
            ("rds:ModifyDBInstance", f"arn:aws:rds:{REGION}:db:d"),
            ("rds:ModifyDBInstance", f"arn:aws:rds:{REGION}:pg:g"),
        ],
    ),
    (
        "rds",
        "CreateDBSnapshot",
        {"DBInstanceIdentifier": "d", "DBSnapshotIdentifier": "s", "Tags": [{"Key": "a", "Value": "b"}]},
        [
            ("rds:CreateDBSnapshot", f"arn:aws:rds:{REGION}:db:d"),
            ("rds:CreateDBSnapshot", f"arn:aws:rds:{REGION}:snapshot:s"),
            ("rds:AddTagsToResource", f"arn:aws:rds:{REGION}:snapshot:s"),
        ],
    ),
    ("rds", "DescribeDBParameterGroups", {}, [("rds:DescribeDBParameterGroups", f"arn:aws:rds:{REGION}:pg:*")]),
    ("rds", "DescribeDBInstances", {}, [("rds:DescribeDBInstances", f"arn:aws:rds:{REGION}:db:*")]),
    ("rds", "DescribeEvents", {"SourceIdentifier": "d"}, [("rds:DescribeEvents", "*")]),
    ("s3", "HeadObject", {"Bucket": "b", "Key": "k/1"}, [("s3:GetObject", "arn:aws:s3:::b/k/1")]),
    ("s3", "HeadBucket", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
    ("s3", "ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
    ("sqs", "PurgeQueue", {"QueueUrl": "http://x/1/q"}, [("sqs:PurgeQueue", f"arn:aws:sqs:{REGION}:q")]),
    (
        "ssm",
        "GetParameters",
        {"Names": ["/a/b", "c"]},
        [
            ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:parameter/a/b"),
            ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:parameter/c"),
        ],
    ),
    ("ssm", "GetParametersByPath", {"Path": "/a"}, [("ssm:GetParametersByPath", f"arn:aws:ssm:{REGION}:parameter/a")]),
    ("iam", "SimulatePrincipalPolicy", {"PolicySourceArn": ROLE}, [("iam:SimulatePrincipalPolicy", ROLE)]),
    ("kms", "Decrypt", {"KeyId": "k"}, [("kms:Decrypt", "*")]),
]


@pytest.mark.parametrize(("service", "name", "params", "wanted"), CALLS, ids=[f"{each[0]}:{each[1]}" for each in CALLS])
def test_a_call_needs(service: str, name: str, params: dict[str, Any], wanted: list[tuple[str, str]]) -> None:
    assert [(each.action, each.resource) for each in of(service, name, params)] == wanted


def test_tags_of_a_resource_are_known_whatever_their_case() -> None:
    [need] = of("ecs", "StopTask", {"cluster": "c", "task": "1"})
    assert need.context.get("aws:resourcetag/env") == need.context.get("ecs:resourcetag/env") == ["staging"]
    assert need.context.get("aws:resourcetag/other") is None
    assert need.context.get("ecs:cluster") == [f"{ECS}:cluster/c"]


def test_what_a_call_sets_is_known_of_it() -> None:
    launch, tag, *_ = of("ec2", "RunInstances", {"TagSpecification": [{"ResourceType": "instance", "Tag": [OURS]}]})
    assert launch.context.get("aws:requesttag/env") == ["staging"] and launch.context.get("aws:tagkeys") == ["env"]
    assert tag.context.get("ec2:createaction") == ["RunInstances"]
    *_, role = of("ecs", "RunTask", {"taskDefinition": DEFINITION})
    assert role.context == {"iam:passedtoservice": ["ecs-tasks.amazonaws.com"]}


def denied(action: str, resource: str = "*") -> Authorizer:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": action, "Resource": resource}
    return Authorizer(FakeAccount(), lambda: ({"Version": "2012-10-17", "Statement": [allow, deny]}, []))


def test_a_denial_says_what_aws_does() -> None:
    text = denied("ecs:StopTask").check("ecs", "StopTask", {"cluster": "c", "task": "1"})
    assert text == (
        "User: arn:aws:iam::123456789012:user/operator is not authorized to perform: ecs:StopTask on resource: "
        f"{ECS}:task/c/1 with an explicit deny in an identity-based policy"
    )


def test_what_is_not_allowed_says_so() -> None:
    nothing = Authorizer(FakeAccount(), lambda: ({"Version": "2012-10-17", "Statement": []}, []))
    assert nothing.check("ecs", "ListServices", {}).endswith(
        "on resource: * because no identity-based policy allows the ecs:ListServices action"
    )
    assert nothing.check("sts", "GetCallerIdentity", {}) == "", "nobody needs a permission for it"


@pytest.mark.parametrize("action", ["ec2:RunInstances", "ec2:CreateTags", "iam:PassRole"])
def test_auto_scaling_does_not_say_what_is_missing_for_a_launch(action: str) -> None:
    group = {"AutoScalingGroupName": "g", "LaunchTemplate": {"LaunchTemplateId": "lt-1"}}
    text = denied(action).check("autoscaling", "UpdateAutoScalingGroup", group)
    assert text == "You are not authorized to use launch template: lt-1"


def test_a_changed_policy_counts_at_once() -> None:
    statements: list[dict[str, Any]] = []
    changing = Authorizer(FakeAccount(), lambda: ({"Version": "2012-10-17", "Statement": statements}, []))
    assert changing.check("ecs", "ListServices", {})
    statements.append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    assert not changing.check("ecs", "ListServices", {})
