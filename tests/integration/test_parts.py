"""Any part of the guide alone: each in a run of its own, on an account in which the earlier ones were done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.conftest import Account


def rows(account: Account, table: str) -> int:
    return int(account.sql(f"SELECT count(*) FROM climate_data_{table}")[0][0])


def completed(account: Account, scenario: str) -> int:
    query = f"""SELECT count(*) FROM climate_data_climatedatasource f
        JOIN climate_data_scenario s ON s.id = f.scenario_id WHERE s.name = '{scenario}' AND f.import_completed"""
    return int(account.sql(query)[0][0])


def jobs(account: Account) -> int:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="cc-api-staging")["QueueUrl"]
    return int(
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"]
    )


def groups(account: Account) -> int:
    return len(account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"])


def revisions(account: Account) -> int:
    return len(account.client("ecs").list_task_definitions(familyPrefix="StagingManagement")["taskDefinitionArns"])


def database_class(account: Account) -> str:
    answer = account.client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")
    return str(answer["DBInstances"][0]["DBInstanceClass"])


def made(account: Account) -> tuple[int, int, str]:
    return groups(account), revisions(account), database_class(account)


# in the order of the guide: the account is handed on from part to part
PARTS: list[tuple[str, Callable[[Account], object], object]] = [
    ("prepare", revisions, 2),
    ("migrate", lambda account: rows(account, "scenario"), 0),
    ("scenarios", lambda account: rows(account, "scenario"), 5),
    ("climate_models", lambda account: rows(account, "climatemodel"), 1),
    ("cities", lambda account: rows(account, "city"), 200),
    ("create_jobs", jobs, 2),
    ("capacity", groups, 2),
    ("task_definition", revisions, 3),
    ("database", database_class, "db.m5.xlarge"),
    ("drain", lambda account: (jobs(account), completed(account, "A1B")), (0, 2)),
    ("verify", lambda account: completed(account, "A1B"), 2),
    ("historical", lambda account: completed(account, "historical"), 30),
    ("generate_historic", lambda account: rows(account, "historicaverageclimatedata"), 200),
    (
        "teardown",
        lambda account: (groups(account), revisions(account), database_class(account)),
        (1, 1, "db.t3.medium"),
    ),
]
# a few years of the future, and the thirty of the past that make one average
YEARS = {"ingest_years": [2006, 2099], "ingest_historical_years": "1951-1980"}


@pytest.mark.parametrize(("tag", "look", "expected"), PARTS, ids=[part[0] for part in PARTS])
def test_a_part_alone(account: Account, tag: str, look: Callable[[Account], object], expected: object) -> None:
    run = account.playbook("populate", "--tags", tag, **YEARS)
    assert run.returncode == 0, run.stdout + run.stderr
    assert look(account) == expected


def test_a_part_that_lacks_another_names_its_tag(account: Account) -> None:
    run = account.playbook("populate", "--tags", "service", ingest_new_run_after="staging-1", **YEARS)
    assert run.returncode == 2
    assert "tag task_definition" in run.stdout


def test_one_management_command(account: Account) -> None:
    run = account.playbook("command", command='shell,--command,"print(6 * 7, ""is it"")"')
    assert run.returncode == 0, run.stdout + run.stderr
    assert "42 is it" in run.stdout


def test_a_command_has_to_be_named(account: Account) -> None:
    run = account.playbook("command")
    assert run.returncode == 2
    assert "-e command=loaddata,scenarios" in run.stdout


@pytest.mark.parametrize("skipped", ["cities", "create_jobs,database", "run_jobs,historical", "historical"])
def test_sections_may_be_left_out(account: Account, skipped: str) -> None:
    more = {"ingest_new_run_after": "staging-1", **YEARS}
    run = account.playbook("populate", "--check", "--skip-tags", skipped, **more)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "The plan; nothing was changed:" in run.stdout


def test_averages_are_not_computed_of_what_nobody_verified(account: Account) -> None:
    more = {"ingest_new_run_after": "staging-1", **YEARS}
    run = account.playbook("populate", "--check", "--skip-tags", "verify", **more)
    assert run.returncode == 2
    assert "historical_verify is not done" in run.stdout and "tag historical" in run.stdout
