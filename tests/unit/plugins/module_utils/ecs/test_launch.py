from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.ecs.launch import check_names, launch, launch_arguments
from tests.fakes.aws import FakeAws, Refusal

REQUEST = {"cluster": "c", "taskDefinition": "f:1", "count": 1, "clientToken": "t" * 32}
STARTED = {"tasks": [{"taskArn": "arn:1"}], "failures": []}


def failures(*reasons: str) -> dict[str, Any]:
    return {"tasks": [], "failures": [{"arn": "i", "reason": reason} for reason in reasons]}


def test_all_launches_can_be_expressed() -> None:
    fargate = {
        "launch_type": "FARGATE",
        "network_configuration": {"subnets": ["s"], "security_groups": ["g"], "assign_public_ip": True},
    }
    assert launch_arguments(fargate) == {
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": ["s"], "securityGroups": ["g"], "assignPublicIp": "ENABLED"}
        },
    }
    provider = {"capacity_provider_strategy": [{"capacity_provider": "p", "weight": 1, "base": None}]}
    assert launch_arguments(provider) == {"capacityProviderStrategy": [{"capacityProvider": "p", "weight": 1}]}
    placed = {
        "launch_type": "EC2",
        "placement_constraints": [
            {"type": "memberOf", "expression": "attribute:x == y"},
            {"type": "distinctInstance", "expression": None},
        ],
        "placement_strategy": [{"type": "spread", "field": "instanceId"}],
    }
    assert launch_arguments(placed) == {
        "launchType": "EC2",
        "placementConstraints": [
            {"type": "memberOf", "expression": "attribute:x == y"},
            {"type": "distinctInstance"},
        ],
        "placementStrategy": [{"type": "spread", "field": "instanceId"}],
    }
    assert launch_arguments({}) == {}


def test_a_private_network_is_the_default() -> None:
    arguments = launch_arguments({"network_configuration": {"subnets": ["s"]}})
    assert arguments["networkConfiguration"]["awsvpcConfiguration"] == {"subnets": ["s"], "assignPublicIp": "DISABLED"}


def test_room_at_once_needs_one_call(aws: FakeAws) -> None:
    aws.on("RunTask", STARTED)
    assert launch(aws.context(), REQUEST, "migrate", 60) == {"taskArn": "arn:1"}
    assert (aws.count("RunTask"), aws.now) == (1, 0.0)


@pytest.mark.parametrize(
    "full",
    [
        failures("RESOURCE:MEMORY"),
        failures("MemberOf placement constraint unsatisfied.", "RESOURCE:CPU"),
        failures("AGENT"),
        failures("EMPTY CAPACITY PROVIDER"),
        failures("Capacity is unavailable at this time. Please try again later or in a different availability zone"),
        Refusal("InvalidParameterException", "No Container Instances were found in your cluster."),
        Refusal("ClientException", "Capacity is unavailable at this time."),
        Refusal("ThrottlingException", "Rate exceeded"),
        Refusal("ClientException", "Rate exceeded"),
    ],
)
def test_a_lack_of_capacity_passes(aws: FakeAws, full: Any) -> None:
    aws.on("RunTask", full, full, STARTED)
    assert launch(aws.context(), REQUEST, "migrate", 60) == {"taskArn": "arn:1"}
    assert {sent["clientToken"] for sent in aws.sent("RunTask")} == {"t" * 32}
    assert aws.now > 0


def test_the_wait_for_room_is_told_and_ends(aws: FakeAws) -> None:
    aws.on("RunTask", failures("RESOURCE:MEMORY", "RESOURCE:MEMORY"))
    with pytest.raises(DeadlineExceeded) as caught:
        launch(aws.context(), REQUEST, "migrate", 60)
    assert caught.value.message == (
        "migrate found no room in cluster 'c' within 60 seconds: RESOURCE:MEMORY, no container instance that qualifies"
        " has enough of it free. Add container instances or wait longer (capacity_timeout)."
    )
    assert aws.now == pytest.approx(60)
    assert aws.progress.statuses[0][0].startswith("migrate: waiting for room in the cluster: RESOURCE:MEMORY")
    assert aws.count("RunTask") < 15


@pytest.mark.parametrize(
    ("reasons", "message"),
    [
        (["ATTRIBUTE"], "ATTRIBUTE, no container instance has an attribute the task definition needs"),
        (["LOCATION"], "LOCATION, the instances are in another subnet"),
        (["MemberOf placement constraint unsatisfied."], "no container instance satisfies placement_constraints"),
        (["MISSING"], "MISSING, ECS does not know the resource"),
        (["SOMETHING NEW"], "migrate could not be started: SOMETHING NEW."),
        ([], "ECS gave no reason"),
    ],
)
def test_other_failures_are_errors_at_once(aws: FakeAws, reasons: list[str], message: str) -> None:
    aws.on("RunTask", failures(*reasons))
    with pytest.raises(Refused) as caught:
        launch(aws.context(), REQUEST, "migrate", 60)
    assert message in caught.value.message
    assert aws.count("RunTask") == 1


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("ClusterNotFoundException", "Cluster not found."),
        Refusal(
            "InvalidParameterException", "Override for container named web is not a container in the TaskDefinition."
        ),
        Refusal("AccessDeniedException", "not authorized to perform: ecs:RunTask"),
    ],
)
def test_what_aws_refuses_is_not_tried_again(aws: FakeAws, refusal: Refusal) -> None:
    aws.on("RunTask", refusal)
    with pytest.raises(ClientError):
        launch(aws.context(), REQUEST, "migrate", 60)
    assert aws.count("RunTask") == 1


def test_a_used_client_token_finds_its_task(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    conflict = {
        "Error": {"Code": "ConflictException", "Message": "The request token was used with other parameters."},
        "resourceIds": ["arn:7"],
    }

    def refuse(**request: Any) -> None:
        raise ClientError(conflict, "RunTask")

    monkeypatch.setattr(aws.client("ecs"), "run_task", refuse)
    aws.on("DescribeTasks", {"tasks": [{"taskArn": "arn:7"}], "failures": []})
    assert launch(aws.context(), REQUEST, "migrate", 60) == {"taskArn": "arn:7"}
    assert aws.sent("DescribeTasks")[0]["tasks"] == ["arn:7"]


def test_a_conflict_whose_task_is_gone_is_an_error(aws: FakeAws) -> None:
    aws.on("RunTask", Refusal("ConflictException", "used"))
    with pytest.raises(ClientError):
        launch(aws.context(), REQUEST, "migrate", 60)


@pytest.mark.parametrize(
    ("started_by", "client_token"),
    [(None, None), ("climate-ingest/staging/r_1", "a" * 64), ("x" * 128, "!~")],
)
def test_good_names(started_by: str | None, client_token: str | None) -> None:
    check_names(started_by, client_token)


@pytest.mark.parametrize(
    ("started_by", "client_token", "message"),
    [
        ("x" * 129, None, "started_by"),
        ("a b", None, "started_by"),
        ("ü", None, "started_by"),
        (None, "a" * 65, "client_token"),
        (None, "a b", "client_token"),
        (None, "é", "client_token"),
    ],
)
def test_bad_names(started_by: str | None, client_token: str | None, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        check_names(started_by, client_token)
