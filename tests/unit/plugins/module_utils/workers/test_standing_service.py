"""A standing service gets the run's definition and count, and back exactly what it had."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Leftover
from ansible_collections.climate.ingest.plugins.module_utils.record import standing
from ansible_collections.climate.ingest.plugins.module_utils.record.standing import SERVICE, Borrowed
from ansible_collections.climate.ingest.plugins.module_utils.workers import standing_service
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import FakeSsm

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/"
OWN, CLONE = f"{ARN}RunJobs:7", f"{ARN}StagingManagement:3"
DEPLOYING = {
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
}
ORIGINAL = {
    "desiredCount": 0,
    "taskDefinition": OWN,
    "deploymentConfiguration": DEPLOYING,
    "availabilityZoneRebalancing": "ENABLED",
}
BORROWED = Borrowed(SERVICE, "RunJobs", "cluster", ORIGINAL, "staging-1")


class Account:
    """A service, as ECS keeps it."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws, self.ssm = aws, FakeSsm(aws)
        self.inactive: set[str] = set()
        counts = {"runningCount": 0, "pendingCount": 0, "serviceName": "RunJobs", "status": "ACTIVE"}
        self.service: dict[str, Any] = {**counts, **ORIGINAL}
        aws.on("DescribeServices", lambda params: {"services": [self.service]})
        aws.on("UpdateService", self._update)
        aws.on("ListTasks", {"taskArns": []})

    def _update(self, params: dict[str, Any]) -> dict[str, Any]:
        if params.get("taskDefinition") in self.inactive:
            raise Refusal("ClientException", "TaskDefinition is inactive")
        self.service |= {name: each for name, each in params.items() if name in ORIGINAL}
        return {}

    def used(self) -> None:
        """Let a run use it."""
        standing.borrow(self.ssm.context(), "staging", BORROWED)
        made = standing_service.Standing(dict(self.service), True, BORROWED)
        params = {"count": 4, "cluster": "cluster", "name": "RunJobs"}
        made.apply(self.ssm.context(), params, made.wanted(params, CLONE))

    def definition(self, *, is_ours: bool) -> None:
        tags = [{"key": "climate.ingest:cloned-from", "value": "StagingManagement:1"}] if is_ours else []
        found = {"taskDefinitionArn": CLONE, "family": "StagingManagement", "revision": 3, "containerDefinitions": []}
        self.aws.on("DescribeTaskDefinition", {"taskDefinition": found, "tags": tags})

    def put_back(self) -> Any:
        return standing_service.put_back(self.ssm.context(), "staging", BORROWED, 60)


@pytest.fixture
def account(aws: FakeAws) -> Account:
    return Account(aws)


def test_workers_are_replaced_in_place_and_nothing_is_rolled_back(account: Account) -> None:
    account.used()
    assert account.service["deploymentConfiguration"] == {
        "maximumPercent": 100,
        "minimumHealthyPercent": 0,
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    }
    assert account.service["availabilityZoneRebalancing"] == "DISABLED"
    assert (account.service["desiredCount"], account.service["taskDefinition"]) == (4, CLONE)
    assert account.aws.count("UpdateService") == 1


def test_it_is_put_back_in_one_call_and_forgotten(account: Account) -> None:
    account.used()
    result = account.put_back()
    assert result.changed
    assert result.verb == "scaled back"
    assert {name: account.service[name] for name in ORIGINAL} == ORIGINAL
    assert account.aws.count("UpdateService") == 2
    assert account.ssm.parameters == {}


def test_one_that_is_at_rest_already_is_only_forgotten(account: Account) -> None:
    standing.borrow(account.ssm.context(), "staging", BORROWED)
    assert not account.put_back().changed
    assert account.aws.count("UpdateService") == 0
    assert account.ssm.parameters == {}


def test_workers_end_although_its_own_definition_was_deregistered_and_that_is_said(account: Account) -> None:
    account.used()
    account.inactive, kept = {OWN}, dict(account.ssm.parameters)
    account.definition(is_ours=True)
    with pytest.raises(Leftover, match=r"back at 0 workers, but keeps the run's task definition: .* is inactive"):
        account.put_back()
    assert account.service["desiredCount"] == 0
    assert account.service["deploymentConfiguration"] == DEPLOYING
    assert account.ssm.parameters == kept


def test_it_keeps_the_definition_that_somebody_else_has_given_it(account: Account) -> None:
    account.used()
    account.inactive = {OWN}
    account.definition(is_ours=False)
    account.put_back()
    assert account.ssm.parameters == {}


def test_what_another_environment_uses_by_now_is_left_alone(account: Account) -> None:
    account.used()
    account.ssm.parameters[f"{standing.SHARED}/{BORROWED.key}"] = {"environment": "production"}
    assert not account.put_back().changed
    assert account.service["desiredCount"] == 4
