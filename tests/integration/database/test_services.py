"""The application's own web service through a change of the database, and back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Account
from tests.waiting import until

UP = ("--web-service",)
CLUSTER, SERVICE = "ecsStagingCluster", "StagingWeb"
MEMORY = "/climate.ingest/staging/services/dbstaging"


def web(account: Account) -> dict[str, Any]:
    found: dict[str, Any] = account.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    return found


def is_steady(account: Account) -> bool:
    service = web(account)
    return service["runningCount"] == 1 and "has reached a steady state" in service["events"][0]["message"]


@pytest.fixture(scope="module", autouse=True)
def steady(account: Account) -> None:
    until(lambda: is_steady(account), pause=0.1, why=lambda: web(account)["events"])


def run(account: Account, playbook: str, *arguments: str, **variables: Any) -> str:
    done = account.playbook(playbook, *arguments, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


def kept(account: Account) -> list[str]:
    return list(account.client("ssm").get_parameters(Names=[MEMORY])["Parameters"])


def test_a_service_that_comes_back_is_waited_for(account: Account) -> None:
    preview = run(account, "populate", "--tags", "database", "--check")
    assert f"would wait up to 10 minutes for services of {CLUSTER}: {SERVICE}" in preview
    since = account.calls()[-1]["number"]
    said = run(account, "populate", "--tags", "database")
    assert f"services of {CLUSTER} are steady again: {SERVICE}" in said and "WARNING]: Service" not in said
    changes = [each["operation"] for each in account.calls(since)]
    remembered, modified = changes.index("PutParameter"), changes.index("ModifyDBInstance")
    assert remembered < modified and kept(account) == []
    assert is_steady(account)


def test_one_that_does_not_is_named_with_its_events(account: Account) -> None:
    account.control("settings", "PUT", {"web_service_returns": False})
    said = run(account, "teardown", ingest_services_wait_minutes=1)
    assert f"Service {SERVICE} of {CLUSTER} was steady before dbstaging changed" in said
    assert "Its last events: (service StagingWeb)" in said and "--force-new-deployment" in said
    (found,) = account.client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"]
    assert found["DBInstanceClass"] == "db.t3.medium" and kept(account) == []
    status = run(account, "status")
    assert f"Service {SERVICE} of {CLUSTER} was steady before" in status
