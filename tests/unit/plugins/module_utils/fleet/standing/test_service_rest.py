"""A standing service is used only at rest, where nothing else moves its count, and on container instances."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Foreign, NotFound, Refused
from ansible_collections.climate.ingest.plugins.module_utils.fleet.standing import service_rest
from tests.fakes.aws import FakeAws

SERVICE: dict[str, Any] = {
    "serviceName": "RunJobs",
    "status": "ACTIVE",
    "desiredCount": 0,
    "runningCount": 0,
    "pendingCount": 0,
    "deployments": [{"status": "PRIMARY", "rolloutState": "COMPLETED"}],
}
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/cluster/RunJobs",
    "ScalableDimension": "ecs:service:DesiredCount",
    "MinCapacity": 0,
    "MaxCapacity": 9,
    "RoleARN": "arn:aws:iam::123456789012:role/x",
    "CreationTime": 1,
}


def check(aws: FakeAws, targets: Any = (), **service: Any) -> None:
    aws.on("DescribeScalableTargets", {"ScalableTargets": list(targets)})
    service_rest.check(aws.context(), "cluster", {**SERVICE, **service})


def test_one_at_rest_may_be_used(aws: FakeAws) -> None:
    check(aws)
    [asked] = aws.sent("DescribeScalableTargets")
    assert asked["ResourceIds"] == ["service/cluster/RunJobs"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"desiredCount": 2}, "desired count is 2, not 0"),
        ({"runningCount": 1}, "1 task of it runs"),
        ({"pendingCount": 2}, "2 tasks of it run"),
        ({"deployments": [{"rolloutState": "IN_PROGRESS"}]}, "a deployment of it is in progress"),
        ({"deployments": [{}, {}]}, "a deployment of it is in progress"),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "CODE_DEPLOY deploys it"),
        ({"schedulingStrategy": "DAEMON"}, "a DAEMON service"),
        ({"launchType": "FARGATE"}, "runs on Fargate"),
        ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}, "runs on Fargate"),
        ({"targets": [TARGET]}, "Application Auto Scaling moves its desired count"),
    ],
)
def test_others_are_refused_with_the_reason(aws: FakeAws, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=f"ingest_worker_service is 'RunJobs', which cannot be used: .*{reason}"):
        check(aws, **changes)


@pytest.mark.parametrize(
    ("found", "error", "words"),
    [
        ([], NotFound, "does not exist in cluster cluster"),
        ([{**SERVICE, "status": "DRAINING"}], NotFound, "is DRAINING"),
        ([{**SERVICE, "tags": [{"key": "climate.ingest:environment", "value": "x"}]}], Foreign, "a run of x made"),
    ],
)
def test_only_one_that_stays_is_taken(aws: FakeAws, found: list[Any], error: type[Exception], words: str) -> None:
    aws.on("DescribeServices", {"services": found})
    with pytest.raises(error, match=words):
        service_rest.existing(aws.context(), "cluster", "RunJobs")
