"""What ECS refuses of tasks, services and reading."""

from __future__ import annotations

from tests.unit.sandbox.limits.accepted import LONG, TAGS, Row

PLACE = {"type": "spread", "field": "attribute:a"}
MEMBER = {"type": "memberOf", "expression": "attribute:a == b"}

TASKS: list[Row] = [
    # tasks
    ("ecs.RunTask", {"count": 0}, "InvalidParameterException", "count"),
    ("ecs.RunTask", {"count": 11}, "InvalidParameterException", "count"),
    ("ecs.RunTask", {"taskDefinition": None}, "InvalidParameterException", "taskDefinition"),
    ("ecs.RunTask", {"taskDefinition": "no"}, "ClientException", "TaskDefinition not found"),
    ("ecs.RunTask", {"cluster": "no"}, "ClusterNotFoundException", "Cluster not found"),
    ("ecs.RunTask", {"clientToken": "x" * 65}, "InvalidParameterException", "clientToken"),
    ("ecs.RunTask", {"clientToken": "a b"}, "InvalidParameterException", "clientToken"),
    ("ecs.RunTask", {"startedBy": "x" * 129}, "InvalidParameterException", "startedBy"),
    ("ecs.RunTask", {"startedBy": "a b"}, "InvalidParameterException", "startedBy"),
    ("ecs.RunTask", {"tags": TAGS}, "InvalidParameterException", "tags"),
    ("ecs.RunTask", {"tags": [{"key": "AWS:a", "value": "b"}]}, "InvalidParameterException", "tags"),
    ("ecs.RunTask", {"placementConstraints": [MEMBER] * 11}, "InvalidParameterException", "equal to 10"),
    ("ecs.RunTask", {"placementStrategy": [PLACE] * 6}, "InvalidParameterException", "equal to 5"),
    ("ecs.RunTask", {"placementStrategy": [{"type": "binpack"}]}, "InvalidParameterException", "placement strategy"),
    ("ecs.RunTask", {"launchType": "LAMBDA"}, "InvalidParameterException", "enum value set"),
    ("ecs.RunTask", {"launchType": "FARGATE"}, "InvalidParameterException", "does not support launch_type FARGATE"),
    (
        "ecs.RunTask",
        {"capacityProviderStrategy": [{"capacityProvider": "no"}]},
        "InvalidParameterException",
        "not associated with the cluster",
    ),
    (
        "ecs.RunTask",
        {"overrides": {"containerOverrides": [{"name": "main", "command": ["x" * 8192]}]}},
        "InvalidParameterException",
        "at most 8192",
    ),
    (
        "ecs.RunTask",
        {"overrides": {"containerOverrides": [{"name": "no"}]}},
        "InvalidParameterException",
        "not a container in the TaskDefinition",
    ),
    (
        "ecs.RunTask",
        {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["SUBNET"]}}},
        "InvalidParameterException",
        "Network Configuration is not valid",
    ),
    # services
    ("ecs.CreateService", {"serviceName": "a b"}, "InvalidParameterException", "serviceName"),
    ("ecs.CreateService", {"serviceName": LONG}, "InvalidParameterException", "serviceName"),
    ("ecs.CreateService", {"desiredCount": -1}, "InvalidParameterException", "desiredCount"),
    ("ecs.CreateService", {"taskDefinition": None}, "InvalidParameterException", "Task definition can not be blank"),
    ("ecs.CreateService", {"placementStrategy": [PLACE] * 6}, "InvalidParameterException", "equal to 5"),
    ("ecs.CreateService", {"tags": TAGS}, "InvalidParameterException", "tags"),
    ("ecs.CreateService", {"clientToken": "x" * 65}, "InvalidParameterException", "clientToken"),
    ("ecs.CreateService", {"schedulingStrategy": "ONCE"}, "InvalidParameterException", "enum value set"),
    ("ecs.UpdateService", {"service": "no"}, "ServiceNotFoundException", "Service not found"),
    ("ecs.UpdateService", {"desiredCount": -1}, "InvalidParameterException", "desiredCount"),
    ("ecs.UpdateService", {"placementConstraints": [MEMBER] * 11}, "InvalidParameterException", "equal to 10"),
    (
        "ecs.UpdateService",
        {"deploymentConfiguration": {"minimumHealthyPercent": 101}},
        "InvalidParameterException",
        "minimumHealthyPercent",
    ),
    # reading
    ("ecs.DescribeClusters", {"clusters": ["a"] * 101}, "InvalidParameterException", "clusters"),
    ("ecs.DescribeClusters", {"include": ["EVERYTHING"]}, "InvalidParameterException", "enum value set"),
    ("ecs.DescribeServices", {"services": []}, "InvalidParameterException", "services"),
    ("ecs.DescribeServices", {"services": ["a"] * 11}, "InvalidParameterException", "services"),
    ("ecs.DescribeTasks", {"tasks": []}, "InvalidParameterException", "tasks"),
    ("ecs.DescribeTasks", {"tasks": ["a"] * 101}, "InvalidParameterException", "tasks"),
    ("ecs.DescribeTaskDefinition", {"taskDefinition": "no"}, "ClientException", "Unable to describe task definition"),
    (
        "ecs.DescribeContainerInstances",
        {"containerInstances": ["a"] * 101},
        "InvalidParameterException",
        "equal to 100",
    ),
    (
        "ecs.UpdateContainerInstancesState",
        {"containerInstances": ["a"] * 11},
        "InvalidParameterException",
        "equal to 10",
    ),
    ("ecs.UpdateContainerInstancesState", {"status": "GONE"}, "InvalidParameterException", "enum value set"),
    ("ecs.ListTasks", {"maxResults": 101}, "InvalidParameterException", "maxResults"),
    ("ecs.ListTasks", {"desiredStatus": "DONE"}, "InvalidParameterException", "enum value set"),
    ("ecs.ListTasks", {"startedBy": "a", "family": "b"}, "InvalidParameterException", "startedBy"),
    ("ecs.ListTasks", {"nextToken": "no"}, "InvalidParameterException", "oken"),
    ("ecs.ListServices", {"maxResults": 0}, "InvalidParameterException", "maxResults"),
    ("ecs.ListContainerInstances", {"maxResults": 101}, "InvalidParameterException", "maxResults"),
    ("ecs.ListContainerInstances", {"filter": "type = t2"}, "InvalidParameterException", "Invalid filter"),
    ("ecs.ListTaskDefinitions", {"maxResults": 101}, "InvalidParameterException", "maxResults"),
    ("ecs.ListTaskDefinitions", {"sort": "NEWEST"}, "InvalidParameterException", "enum value set"),
    ("ecs.DeleteTaskDefinitions", {"taskDefinitions": ["a:1"] * 11}, "InvalidParameterException", "taskDefinitions"),
]
