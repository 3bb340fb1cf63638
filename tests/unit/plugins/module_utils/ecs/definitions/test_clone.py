"""A task definition as RegisterTaskDefinition takes it: copied, changed, compared."""

from __future__ import annotations

import copy
from typing import Any

import boto3
import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, NotFound
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.clone import (
    normalised,
    register_input,
    reshape,
    shape,
)
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.task_definition import run
from tests.fakes.aws import FakeAws
from tests.fakes.task_definitions import DEFAULTS, FAMILY, TERRAFORM, DefinitionsAccount


def test_the_log_can_be_sent_to_cloudwatch(account: DefinitionsAccount) -> None:
    account.run(log_group="logStagingManagement")
    assert account.container(2)["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "logStagingManagement",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "ingest",
            "mode": "blocking",
        },
    }


def test_a_log_that_goes_there_already_is_left_alone(account: DefinitionsAccount) -> None:
    containers = copy.deepcopy(TERRAFORM["containerDefinitions"])
    options = {"awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "terraform"}
    containers[0]["logConfiguration"] = {"logDriver": "awslogs", "options": options}
    account.register(containerDefinitions=containers)
    account.run(log_group="g")
    assert account.container(3)["logConfiguration"]["options"] == options


def routed(*others: dict[str, Any]) -> list[dict[str, Any]]:
    """A container that logs through FireLens, and depends on the log router in every way there is."""
    management = {
        "name": "management",
        "image": "m",
        "memory": 64,
        "essential": False,
        "logConfiguration": {"logDriver": "awsfirelens", "options": {"Name": "splunk"}},
        "dependsOn": [{"containerName": "router", "condition": "HEALTHY"}],
        "links": ["router:logs", "statsd"],
        "volumesFrom": [{"sourceContainer": "router"}],
    }
    router = {"name": "router", "image": "fluent-bit", "memory": 64, "firelensConfiguration": {"type": "fluentbit"}}
    return [management, router, {"name": "statsd", "image": "s", "memory": 64, "essential": False}, *others]


def test_a_log_router_that_routes_nothing_more_is_left_out() -> None:
    """ECS refuses one that no container logs through."""
    definition = {"family": FAMILY, "containerDefinitions": routed()}
    reshape(definition, {"container": "management", "log_group": "g"}, "us-east-1")
    management, statsd = definition["containerDefinitions"]
    assert (management["dependsOn"], management["links"], management["volumesFrom"]) == ([], ["statsd"], [])
    assert (management["logConfiguration"]["logDriver"], management["essential"]) == ("awslogs", True)
    assert statsd["name"] == "statsd"


def test_a_log_router_that_others_use_stays() -> None:
    other = {"name": "other", "image": "o", "memory": 64, "logConfiguration": {"logDriver": "awsfirelens"}}
    definition = {"family": FAMILY, "containerDefinitions": routed(other)}
    reshape(definition, {"container": "management", "log_group": "g"}, "us-east-1")
    assert [each["name"] for each in definition["containerDefinitions"]] == ["management", "router", "statsd", "other"]
    assert definition["containerDefinitions"][3] == other, "a side-car's log is left alone"


def test_the_same_group_in_another_region_is_another_group(account: DefinitionsAccount) -> None:
    containers = copy.deepcopy(TERRAFORM["containerDefinitions"])
    options = {"awslogs-group": "g", "awslogs-region": "eu-west-1"}
    containers[0]["logConfiguration"] = {"logDriver": "awslogs", "options": options}
    account.register(containerDefinitions=containers)
    account.run(log_group="g")
    assert account.container(3)["logConfiguration"]["options"]["awslogs-region"] == "us-east-1"


def test_an_unknown_container_is_named_with_those_there_are(account: DefinitionsAccount) -> None:
    with pytest.raises(NotFound, match="no container 'web'; it has: management, statsd"):
        account.run(container="web")


def test_a_variable_that_was_a_secret_is_one_no_more(aws: FakeAws) -> None:
    base: dict[str, Any] = {
        "taskDefinitionArn": f"arn:aws:ecs:us-east-1:1:task-definition/{FAMILY}:1",
        "family": FAMILY,
        "status": "ACTIVE",
        "revision": 1,
        "containerDefinitions": [
            {
                "name": "management",
                "memory": 1,
                "secrets": [{"name": "A", "valueFrom": "x"}, {"name": "B", "valueFrom": "y"}],
            }
        ],
    }
    tags = [{"key": "aws:cloudformation:stack-name", "value": "x"}, {"key": "Project", "value": "y"}]
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [base["taskDefinitionArn"]]})
    aws.on("DescribeTaskDefinition", {"taskDefinition": base, "tags": tags})
    aws.on("RegisterTaskDefinition", {"taskDefinition": {"taskDefinitionArn": "arn:x/f:2"}})
    run(aws.context(), {**DEFAULTS, "env": {"A": "plain"}})
    sent = aws.sent("RegisterTaskDefinition")[0]
    assert sent["containerDefinitions"][0]["secrets"] == [{"name": "B", "valueFrom": "y"}]
    assert sent["containerDefinitions"][0]["environment"] == [{"name": "A", "value": "plain"}]
    # only AWS may set tags that begin with aws:
    assert [tag["key"] for tag in sent["tags"] if not tag["key"].startswith("climate.ingest:")] == ["Project"]


def test_whatever_register_accepts_is_kept_and_nothing_else() -> None:
    ecs = boto3.client("ecs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    accepted = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    described = ecs.meta.service_model.shape_for("TaskDefinition").members
    definition = dict.fromkeys(described, "x")
    assert register_input(ecs, definition).keys() == described.keys() & accepted.keys()
    assert {"revision", "status", "compatibilities", "registeredAt"}.isdisjoint(register_input(ecs, definition))


def shaped(container: dict[str, Any], task: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
    """Apply parameters to a definition of one container; give the definition."""
    definition = {"family": FAMILY, "containerDefinitions": [{"name": "management", **container}], **(task or {})}
    return reshape(definition, {"container": "management", **params}, "us-east-1")


@pytest.mark.parametrize(
    ("params", "task_memory", "container"),
    [
        ({}, "1024", {"memory": 512, "memoryReservation": 256}),
        ({"task_memory": 8192, "memory": 4096}, "8192", {"memory": 4096, "memoryReservation": 256}),
        ({"memory": 0, "memory_reservation": 2048}, "1024", {"memoryReservation": 2048}),
        ({"task_memory": 0, "memory_reservation": 0}, None, {"memory": 512}),
    ],
)
def test_memory_is_set_kept_or_removed(
    params: dict[str, Any], task_memory: str | None, container: dict[str, int]
) -> None:
    found = shaped({"memory": 512, "memoryReservation": 256}, {"memory": "1024"}, **params)
    assert found.get("memory") == task_memory
    names = ("memory", "memoryReservation")
    entry = found["containerDefinitions"][0]
    assert {name: entry[name] for name in names if name in entry} == container


@pytest.mark.parametrize(
    ("own", "others", "task", "expected"),
    [(128, 0, 1024, 128), (2048, 0, 1024, 1024), (1024, 256, 1024, 768), (512, 2048, 1024, 0), (4096, 0, None, 4096)],
)
def test_the_cpu_of_the_container_is_lowered_to_what_the_task_leaves(
    own: int, others: int, task: int | None, expected: int
) -> None:
    containers = [{"name": "management", "cpu": own, "memory": 64}, {"name": "statsd", "cpu": others, "memory": 64}]
    definition = {"family": FAMILY, "containerDefinitions": containers}
    reshape(definition, {"container": "management", "task_cpu": task}, "us-east-1")
    assert [each["cpu"] for each in containers] == [expected, others]
    assert definition.get("cpu") == (str(task) if task else None)
    assert shape(definition, "management").get("cpu") == definition.get("cpu")


def test_a_container_without_any_memory_setting_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'management' would have no memory setting at all"):
        shaped({"memory": 512}, memory=0)


def test_variables_are_merged_by_name_and_written_as_text() -> None:
    environment = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    found = shaped({"memory": 1, "environment": environment}, env={"B": 3, "C": "4"})
    assert found["containerDefinitions"][0]["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "3"},
        {"name": "C", "value": "4"},
    ]


def test_a_command_replaces_the_definitions() -> None:
    found = shaped({"memory": 1, "command": ["migrate"]}, command="run_jobs,--once")
    assert found["containerDefinitions"][0]["command"] == ["run_jobs", "--once"]
    assert shaped({"memory": 1, "command": ["migrate"]})["containerDefinitions"][0]["command"] == ["migrate"]


def test_the_diff_has_names_of_variables_and_no_values() -> None:
    container = {
        "name": "management",
        "image": "x",
        "memory": 1,
        "environment": [{"name": "B", "value": "2"}, {"name": "A"}],
    }
    definition = {"memory": "8192", "containerDefinitions": [container, {"name": "statsd", "memory": 2}]}
    assert shape(definition, "management") == {
        "memory": "8192",
        "containerDefinitions": {"management": {"memory": 1, "environment": ["A", "B"]}},
    }


BASE: dict[str, Any] = {
    "family": "app",
    "containerDefinitions": [
        {
            "name": "management",
            "image": "app:1",
            "memory": 512,
            "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
            "portMappings": [{"containerPort": 80}, {"containerPort": 443}],
            "command": ["run", "me"],
            "healthCheck": {"command": ["CMD", "true"]},
            "logConfiguration": {"logDriver": "splunk", "options": {"protocol": "tcp", "retries": "3"}},
            "dockerLabels": {"scope": "task"},
        },
        {"name": "statsd", "image": "statsd:1", "memory": 64, "essential": False},
    ],
    "volumes": [{"name": "tmp", "host": {"sourcePath": "/tmp"}}, {"name": "empty"}],
}


def described() -> dict[str, Any]:
    """Give BASE as ECS of another year describes it."""
    definition = copy.deepcopy(BASE)
    definition |= {"enableFaultInjection": False, "networkMode": "bridge", "placementConstraints": [], "cpu": None}
    definition["volumes"] = [{"name": "empty", "host": {}}, definition["volumes"][0]]
    first, second = definition["containerDefinitions"]
    first |= {"cpu": 0, "essential": True, "systemControls": [], "mountPoints": [], "versionConsistency": "enabled"}
    first |= {"linuxParameters": {"initProcessEnabled": False}}
    first["environment"].reverse()
    first["portMappings"] = [{"containerPort": port, "hostPort": 0, "protocol": "tcp"} for port in (443, 80)]
    first["healthCheck"] |= {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}
    first["logConfiguration"]["secretOptions"] = []
    definition["containerDefinitions"] = [second, first]
    return definition


def changed(**settings: Any) -> dict[str, Any]:
    definition = copy.deepcopy(BASE)
    definition["containerDefinitions"][0] |= settings
    return definition


def test_defaults_that_ecs_adds_and_another_order_are_no_difference() -> None:
    assert normalised(described()) == normalised(BASE)


@pytest.mark.parametrize(
    "other",
    [
        BASE | {"networkMode": "awsvpc"},
        BASE | {"enableFaultInjection": True},
        changed(essential=False),
        changed(command=["me", "run"]),
        changed(environment=[{"name": "A", "value": "1"}]),
        changed(portMappings=[{"containerPort": 80, "hostPort": 80}, {"containerPort": 443}]),
        changed(healthCheck={"command": ["CMD", "true"], "retries": 1}),
        changed(logConfiguration={"logDriver": "splunk", "options": {"retries": "3"}}),
        changed(dockerLabels={}),
        changed(versionConsistency="disabled"),
        changed(linuxParameters={"initProcessEnabled": True}),
    ],
)
def test_what_is_set_is_a_difference(other: dict[str, Any]) -> None:
    assert normalised(other) != normalised(BASE)


@pytest.mark.parametrize(("mode", "same"), [("awsvpc", True), ("host", True), ("bridge", False), (None, False)])
def test_a_host_port_is_a_default_only_where_it_must_be_the_container_s(mode: str | None, same: bool) -> None:
    def definition(port: dict[str, int]) -> dict[str, Any]:
        return {"networkMode": mode, "containerDefinitions": [{"name": "a", "portMappings": [port]}]}

    one, other = definition({"containerPort": 80}), definition({"containerPort": 80, "hostPort": 80})
    assert (normalised(one) == normalised(other)) is same


def test_of_two_variables_of_one_name_the_order_counts() -> None:
    def definition(*values: str) -> dict[str, Any]:
        return {"containerDefinitions": [{"environment": [{"name": "A", "value": each} for each in values]}]}

    assert normalised(definition("1", "2")) != normalised(definition("2", "1"))
