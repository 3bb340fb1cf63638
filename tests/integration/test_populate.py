"""The whole guide on one sandbox: a preview, the run that does what it says, and what comes after it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sandbox import data_files
from tests.fakes.terraform_state import terraform_state
from tests.integration.conftest import AS_JSON, Account, Task, tasks


@pytest.fixture(scope="module")
def untouched(account: Account) -> dict[str, Any]:
    return terraform_state(account)


@pytest.fixture(scope="module")
def previewed(account: Account, untouched: dict[str, Any]) -> list[Task]:
    with account.limited():
        run = account.playbook("populate", "--check", "--diff", environment=AS_JSON)
    assert run.returncode == 0, run.stdout + run.stderr
    return tasks(run.stdout)


@pytest.fixture(scope="module")
def completed_run(account: Account, previewed: list[Task]) -> tuple[str, list[dict[str, Any]]]:
    since = len(account.calls())
    with account.limited():  # to what docs/permissions.md allows
        run = account.playbook("populate", "--diff", environment=AS_JSON)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout, account.calls(since)


def differing(one: list[Task], other: list[Task]) -> list[tuple[Task | None, Task | None]]:
    """Pair the tasks that are not the same in both; nothing is unknowable on an untouched account."""
    longest = max(len(one), len(other))
    pairs = zip(one + [None] * (longest - len(one)), other + [None] * (longest - len(other)), strict=True)
    return [pair for pair in pairs if pair[0] != pair[1]]


def test_the_run_does_what_the_preview_says(previewed: list[Task], completed_run: tuple[str, Any]) -> None:
    done = tasks(completed_run[0])
    *without_plan, last = previewed
    assert last[0].endswith("Show the plan")
    reports = [task for task in done if task[0].endswith("write the report")]  # after a run only
    assert len(reports) == 1
    assert differing(without_plan, [task for task in done if task not in reports]) == []
    assert sum(changed for _, changed, _ in done) > 10


def test_the_database_holds_everything(account: Account, completed_run: tuple[str, Any]) -> None:
    values = """SELECT s.name, count(*) FROM climate_data_climatedata d
        JOIN climate_data_climatedatasource f ON f.id = d.data_source_id
        JOIN climate_data_scenario s ON s.id = f.scenario_id GROUP BY s.name ORDER BY s.name"""
    assert account.sql("SELECT count(*) FROM climate_data_city") == [(200,)]
    assert account.sql(values) == [("A1B", 94 * 200), ("historical", 56 * 200)]
    assert account.sql("SELECT count(*) FROM climate_data_historicaverageclimatedata") == [(3 * 200,)]


@pytest.mark.parametrize(
    ("scenario", "year"), [("historical", 1950), ("historical", 2005), ("A1B", 2006), ("A1B", 2099)]
)
def test_values_are_those_of_the_netcdf_files(
    account: Account, completed_run: tuple[str, Any], scenario: str, year: int
) -> None:
    rows = account.sql(
        f"""SELECT c.name, c.admin1, d.tas FROM climate_data_climatedata d
        JOIN climate_data_city c ON c.id = d.city_id
        JOIN climate_data_climatedatasource f ON f.id = d.data_source_id
        JOIN climate_data_scenario s ON s.id = f.scenario_id WHERE s.name = '{scenario}' AND f.year = {year}"""
    )
    assert {(name, admin1): kelvin for name, admin1, kelvin in rows} == pytest.approx(
        data_files.reference(scenario, year)
    )


def test_the_account_is_as_terraform_made_it(
    account: Account, untouched: dict[str, Any], completed_run: tuple[str, Any]
) -> None:
    assert terraform_state(account) == untouched
    database = account.client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"][0]
    assert (database["DBInstanceClass"], database["AllocatedStorage"]) == ("db.t3.medium", 240)
    listed = account.client("ecs").list_task_definitions(familyPrefix="StagingManagement", status="INACTIVE")
    assert listed["taskDefinitionArns"] == []


def test_fleet_and_database_are_requested_before_either_is_waited_for(completed_run: tuple[str, Any]) -> None:
    operations = [call["operation"] for call in completed_run[1]]
    group, modify = operations.index("CreateAutoScalingGroup"), operations.index("ModifyDBInstance")
    between = operations[min(group, modify) : max(group, modify)]
    waits = {"DescribeAutoScalingGroups": 1, "DescribeDBInstances": 2, "ListContainerInstances": 1}
    assert {name: between.count(name) for name in waits if between.count(name) > waits[name]} == {}


def test_workers_run_only_while_the_database_stays_as_it_is(completed_run: tuple[str, Any]) -> None:
    order = [
        call["operation"]
        for call in completed_run[1]
        if call["operation"] in ("ModifyDBInstance", "CreateService", "DeleteService")
    ]
    assert order == [
        "ModifyDBInstance", "CreateService", "DeleteService", "CreateService", "DeleteService", "ModifyDBInstance"
    ]  # fmt: skip


def test_jobs_are_created_once_a_data_set(completed_run: tuple[str, Any]) -> None:
    assert [call["operation"] for call in completed_run[1]].count("RunTask") == 11


def test_what_cannot_change_is_read_once(completed_run: tuple[str, Any]) -> None:
    """320 calls in the 45 seconds that it takes; where it takes longer, the waits poll on, three calls a second."""
    calls = [call for call in completed_run[1] if call["caller"] == "operator"]
    seconds = calls[-1]["time"] - calls[0]["time"]
    assert len(calls) <= 330 + max(0.0, seconds - 45) * 3
    counts = Counter(call["operation"] for call in calls)
    assert counts["DescribeTaskDefinition"] <= 12 and counts["ListTaskDefinitions"] <= 4, (
        "eleven commands, two revisions"
    )
    assert counts["DescribeInstanceTypes"] == counts["DescribeImages"] == 1
    assert counts["DescribeSubnets"] == 2, "one is a dry run of the preflight"
    assert counts["GetParametersByPath"] <= 14, "record, lock and holdings, when the run begins and is reported"


def test_the_run_ends_with_what_the_database_holds(completed_run: tuple[str, Any]) -> None:
    for line in ("cities: 200", "A1B: 18800 values over 94 years", "historical: 11200 values over 56 years"):
        assert line in completed_run[0]


@pytest.mark.parametrize("more", [{}, {"ingest_new_run_after": "staging-0"}], ids=["again", "after an earlier run"])
def test_a_complete_ingest_is_not_done_again(
    account: Account, completed_run: tuple[str, Any], more: dict[str, str]
) -> None:
    since = len(account.calls())
    run = account.playbook("populate", **more)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "This ingest is complete: run staging-1" in run.stdout
    assert "-e ingest_new_run_after=staging-1" in run.stdout
    assert [call for call in account.calls(since) if call["changes"] and call["caller"] == "operator"] == []


def test_another_ingest_is_a_run_of_its_own(account: Account, completed_run: tuple[str, Any]) -> None:
    run = account.playbook("populate", "--check", ingest_years="2050")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "run staging-2 would be opened" in run.stdout
