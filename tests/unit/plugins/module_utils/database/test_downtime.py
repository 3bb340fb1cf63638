"""The cluster's own services through a downtime of the database."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, Step
from ansible_collections.climate.ingest.plugins.module_utils.database import downtime
from ansible_collections.climate.ingest.plugins.module_utils.database.change import Change
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.rds import Rds, resize

NAME = "/climate.ingest/staging/services/dbstaging"
CHANGE = Change("dbstaging", "cluster", "staging", services_minutes=10)
DENIED = Refusal("AccessDeniedException", "not allowed")


class Services:
    """Services of a cluster, each steady from a time on, and the parameter that remembers them."""

    def __init__(self, aws: FakeAws, **steady_at: float) -> None:
        self.aws, self.steady_at = aws, steady_at
        self.kept: dict[str, str] = {}
        aws.on("ListServices", lambda params: {"serviceArns": list(self.steady_at)})
        aws.on("DescribeServices", self.describe)
        aws.on("GetParameters", self.get)
        aws.on("PutParameter", self.put)
        aws.on("DeleteParameters", self.delete)

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"services": [self.one(each) for each in params["services"] if each in self.steady_at]}

    def one(self, name: str) -> dict[str, Any]:
        running = 1 if self.aws.now >= self.steady_at[name] else 0
        state = {"status": "ACTIVE", "runningCount": running, "desiredCount": 1, "deployments": [{}]}
        return {
            "serviceName": name,
            **state,
            "events": [{"id": "1", "message": f"(service {name}) has stopped 1 running tasks."}],
        }

    def get(self, params: dict[str, Any]) -> dict[str, Any]:
        return {
            "Parameters": [{"Name": each, "Value": self.kept[each]} for each in params["Names"] if each in self.kept]
        }

    def put(self, params: dict[str, Any]) -> dict[str, Any]:
        self.kept[params["Name"]] = params["Value"]
        return {}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        for each in params["Names"]:
            self.kept.pop(each, None)
        return {}

    @property
    def names(self) -> list[str]:
        return list(json.loads(self.kept[NAME])["names"]) if NAME in self.kept else []


def back(aws: FakeAws) -> list[str]:
    warnings: list[str] = []
    facts = downtime.await_back(aws.context(), CHANGE, warnings)
    assert facts in ({}, {downtime.SERVICES: warnings})
    return warnings


def test_what_was_steady_is_remembered_before_the_change_and_waited_for_after_it(aws: FakeAws) -> None:
    Rds(aws)
    services = Services(aws, web=0, broken=9e9)
    options = {"cluster": "cluster", "environment": "staging", "services_minutes": 10}
    aws.on("ListTasks", {"taskArns": []})

    def put(params: dict[str, Any]) -> dict[str, Any]:
        services.steady_at["web"] = aws.now + 900
        return services.put(params)

    aws.on("PutParameter", put)
    result = resize(aws, **options, **{"class": "db.m4.xlarge"})
    assert result.facts[downtime.SERVICES] == [] and result.warnings == []
    assert [each for each in aws.changes() if each != "AddTagsToResource"] == [
        "PutParameter",
        "ModifyDBInstance",
        "DeleteParameters",
    ]
    assert aws.now >= 900


def test_a_service_that_was_not_steady_is_not_waited_for(aws: FakeAws) -> None:
    services = Services(aws, web=9e9)
    downtime.remember(aws.context(), CHANGE, [])
    assert services.names == [] and aws.count("PutParameter") == 0
    assert back(aws) == []


def test_one_that_does_not_come_back_is_named_with_its_events_and_forgotten(aws: FakeAws) -> None:
    services = Services(aws, web=0, api=0)
    downtime.remember(aws.context(), CHANGE, [])
    services.steady_at["web"] = 9e9
    (warning,) = back(aws)
    assert "Service web of cluster was steady before dbstaging changed; 10 minutes after, it is not" in warning
    assert "0 of 1 tasks run. Its last events: (service web) has stopped 1 running tasks." in warning
    assert "aws ecs update-service --cluster cluster --service web --force-new-deployment" in warning
    assert services.kept == {} and back(aws) == []


def test_another_controller_waits_for_what_was_remembered(aws: FakeAws) -> None:
    services = Services(aws, web=0)
    downtime.remember(aws.context(), CHANGE, [])
    services.steady_at = {"web": 9e9, "api": 0.0}
    downtime.remember(aws.context(), CHANGE, [])
    assert services.names == ["api", "web"]


def test_a_service_whose_tasks_end_as_soon_as_they_run_is_not_steady(aws: FakeAws) -> None:
    services = Services(aws, web=0)
    downtime.remember(aws.context(), CHANGE, [])

    def starts_again(params: dict[str, Any]) -> dict[str, Any]:
        event = {"id": str(aws.now // 20), "message": "(service web) has started 1 tasks: (task 1)."}
        return {"services": [{**services.one("web"), "events": [event]}]}

    aws.on("DescribeServices", starts_again)
    (warning,) = back(aws)
    assert "1 of 1 tasks run. Its last events: (service web) has started 1 tasks" in warning


def test_a_service_that_was_deleted_meanwhile_is_not_waited_for(aws: FakeAws) -> None:
    services = Services(aws, web=0)
    downtime.remember(aws.context(), CHANGE, [])
    services.steady_at = {}
    assert back(aws) == [] and services.kept == {}


@pytest.mark.parametrize("change", [Change("db", "cluster", "staging"), Change("db", services_minutes=10)])
def test_nothing_is_looked_at_unless_it_is_wanted(aws: FakeAws, change: Change) -> None:
    warnings: list[str] = []
    downtime.remember(aws.context(), change, warnings)
    downtime.predict(aws.context(), change)
    assert downtime.await_back(aws.context(), change, warnings) == {} and warnings == []
    assert aws.count("ListServices") == aws.count("GetParameters") == 0


def test_services_that_cannot_be_read_are_a_warning(aws: FakeAws) -> None:
    services, warnings = Services(aws, web=0), []
    aws.on("ListServices", DENIED)
    downtime.remember(aws.context(), CHANGE, warnings)
    assert "ListServices is denied" in warnings[0] and "none is waited for" in warnings[0]
    services.kept[NAME] = json.dumps({"cluster": "cluster", "names": ["web"]})
    aws.on("DescribeServices", DENIED)
    assert "came back is not known: DescribeServices is denied" in back(aws)[0]


def test_a_cluster_that_is_gone_has_no_services(aws: FakeAws) -> None:
    Services(aws)
    aws.on("ListServices", Refusal("ClusterNotFoundException"))
    warnings: list[str] = []
    downtime.remember(aws.context(), CHANGE, warnings)
    assert warnings == []


def test_a_preview_names_them_and_keeps_nothing(aws: FakeAws) -> None:
    services = Services(aws, web=0)
    context = aws.context(check_mode=True)
    downtime.predict(context, CHANGE)
    assert services.kept == {} and aws.changes() == []


def test_the_last_change_tells_which_services_are_not_back() -> None:
    def step(began: str, *down: str) -> Step:
        return Step("staging-1", DONE, began, began=began, facts={downtime.SERVICES: list(down)})

    assert downtime.not_back({}) == []
    assert downtime.not_back({"database": step("2026-01-01", "web"), "teardown": step("2026-01-02")}) == []
    assert downtime.not_back({"database": step("2026-01-01"), "teardown": step("2026-01-02", "web")}) == ["web"]
