"""Finding what a request names, and pages of lists."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from moto.ecs.exceptions import ClusterNotFoundException, ECSException, InvalidParameterException

from sandbox.ecs.api import lookup

ARN = "arn:aws:ecs:us-east-1:123456789012"
CLUSTER: Any = SimpleNamespace(name="workers", arn=f"{ARN}:cluster/workers", status="ACTIVE")
OLD: Any = SimpleNamespace(name="old", arn=f"{ARN}:cluster/old", status="INACTIVE")
BACKEND: Any = SimpleNamespace(
    clusters={"workers": CLUSTER, "default": CLUSTER, "old": OLD},
    tasks={"workers": {f"{ARN}:task/workers/1": "the task"}},
    container_instances={"workers": {"7": "the instance"}},
)


@pytest.mark.parametrize("params", [{"cluster": "workers"}, {"cluster": f"{ARN}:cluster/workers"}, {}])
def test_a_cluster_is_named_or_the_default(params: dict[str, str]) -> None:
    assert lookup.cluster(BACKEND, params) is CLUSTER


def test_a_cluster_that_is_missing_or_inactive() -> None:
    with pytest.raises(ClusterNotFoundException):
        lookup.cluster(BACKEND, {"cluster": "nothing"})
    with pytest.raises(ECSException, match="inactive"):
        lookup.cluster(BACKEND, {"cluster": "old"})


def test_tasks_and_instances_are_named_by_id_or_arn() -> None:
    for reference in ("1", f"{ARN}:task/workers/1"):
        assert lookup.task(BACKEND, CLUSTER, reference) == "the task"
    for reference in ("7", f"{ARN}:container-instance/workers/7"):
        assert lookup.instance(BACKEND, CLUSTER, reference) == "the instance"
    with pytest.raises(InvalidParameterException, match="not found"):
        lookup.task(BACKEND, CLUSTER, "2")
    assert lookup.instance(BACKEND, CLUSTER, "8") is None


def test_what_is_missing_is_named_by_its_arn() -> None:
    arn = f"{ARN}:task/workers/2"
    assert lookup.missing("task", CLUSTER, "2") == lookup.missing("task", CLUSTER, arn)
    assert lookup.missing("task", CLUSTER, "2") == {"arn": arn, "reason": "MISSING"}


def test_pages_join_to_the_whole() -> None:
    items, found, params = [str(number) for number in range(5)], list[str](), {"maxResults": 2}
    while True:
        page = lookup.page("arns", items, params)
        found += page["arns"]
        if "nextToken" not in page:
            break
        params = {"maxResults": 2, "nextToken": page["nextToken"]}
    assert found == items
    assert lookup.page("arns", [], {}) == {"arns": []}
    assert lookup.page("arns", items[:4], {"maxResults": 2, "nextToken": "2"}) == {"arns": items[2:4]}


@pytest.mark.parametrize("params", [{"maxResults": 0}, {"maxResults": 101}, {"nextToken": "x"}])
def test_pages_that_cannot_be(params: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterException):
        lookup.page("arns", [], params)
