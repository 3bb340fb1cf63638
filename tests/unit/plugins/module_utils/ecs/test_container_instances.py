"""The container instances of a cluster."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import NotFound
from ansible_collections.climate.ingest.plugins.module_utils.ecs.container_instances import list_instances
from tests.fakes.aws import FakeAws, Refusal


@pytest.fixture
def cluster(aws: FakeAws) -> FakeAws:
    """A cluster of 150 instances, listed on two pages."""
    arns = [f"arn:{number}" for number in range(150)]
    first = {"containerInstanceArns": arns[:100], "nextToken": "more"}
    aws.on("ListContainerInstances", first, {"containerInstanceArns": arns[100:]})
    aws.on(
        "DescribeContainerInstances",
        lambda params: {"containerInstances": [{"containerInstanceArn": arn} for arn in params["containerInstances"]]},
    )
    return aws


def test_all_pages_are_read_and_described_a_hundred_a_call(cluster: FakeAws) -> None:
    found = list_instances(cluster.context(), "c")
    assert [each["containerInstanceArn"] for each in found] == [f"arn:{number}" for number in range(150)]
    assert [len(sent["containerInstances"]) for sent in cluster.sent("DescribeContainerInstances")] == [100, 50]


def test_an_empty_cluster_is_not_described(aws: FakeAws) -> None:
    aws.on("ListContainerInstances", {"containerInstanceArns": []})
    assert list_instances(aws.context(), "c") == []


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, {}),
        ({"expression": "attribute:x == y"}, {"filter": "attribute:x == y"}),
        ({"status": "ACTIVE"}, {"status": "ACTIVE"}),
    ],
)
def test_expression_and_status_narrow_the_list(aws: FakeAws, options: dict[str, str], query: dict[str, Any]) -> None:
    aws.on("ListContainerInstances", {"containerInstanceArns": []})
    list_instances(aws.context(), "c", **options)
    assert aws.sent("ListContainerInstances") == [{"cluster": "c", **query}]


def test_a_missing_cluster_is_named(aws: FakeAws) -> None:
    aws.on("ListContainerInstances", Refusal("ClusterNotFoundException"))
    with pytest.raises(NotFound, match="There is no ECS cluster c"):
        list_instances(aws.context(), "c")


def test_another_refusal_passes_through(aws: FakeAws) -> None:
    aws.on("ListContainerInstances", Refusal("AccessDeniedException"))
    with pytest.raises(ClientError):
        list_instances(aws.context(), "c")
