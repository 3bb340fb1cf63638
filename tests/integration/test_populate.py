"""The whole guide on one sandbox: a run that meets missing data, one that completes, one more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox import data
from tests.integration.conftest import ROOT, Account

# in order: what is left of a test is what the next one starts from
MISSING = (2031, 2044)


def terraform_state(account: Account) -> dict[str, Any]:
    """Everything terraform made, in full; what a run may change about the database is left out."""
    ecs, autoscaling, ec2, rds, sqs = (account.client(s) for s in ("ecs", "autoscaling", "ec2", "rds", "sqs"))
    database = rds.describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"][0]
    for volatile in ("AllocatedStorage", "LatestRestorableTime"):
        database.pop(volatile, None)
    queue = sqs.get_queue_url(QueueName="cc-api-staging")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    definitions = ecs.list_task_definitions(familyPrefix="StagingManagement")["taskDefinitionArns"]
    instances = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}])
    state = {
        "clusters": ecs.describe_clusters(clusters=["ecsStagingCluster"], include=["TAGS", "SETTINGS"])["clusters"],
        "services": ecs.list_services(cluster="ecsStagingCluster")["serviceArns"],
        "definitions": [ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"]) for arn in definitions],
        "configurations": autoscaling.describe_launch_configurations()["LaunchConfigurations"],
        "groups": autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"],
        "templates": ec2.describe_launch_templates()["LaunchTemplates"],
        "instances": [i["InstanceId"] for r in instances["Reservations"] for i in r["Instances"]],
        "networks": ec2.describe_security_groups()["SecurityGroups"] + ec2.describe_subnets()["Subnets"],
        "database": database,
        "queue": {name: text for name, text in attributes.items() if "Timestamp" not in name},
    }
    return json.loads(json.dumps(strip_metadata(state), default=str, sort_keys=True))


def strip_metadata(value: Any) -> Any:
    """Leave out what describes the answer rather than the resource; moto never gives an address back to its subnet."""
    if isinstance(value, dict):
        left_out = ("ResponseMetadata", "AvailableIpAddressCount")
        return {key: strip_metadata(inner) for key, inner in value.items() if key not in left_out}
    return [strip_metadata(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def untouched(account: Account) -> dict[str, Any]:
    return terraform_state(account)


@pytest.fixture(scope="module")
def failed_run(account: Account, untouched: dict[str, Any]) -> str:
    """Run with two NetCDF files taken away, then put them back."""
    s3 = account.client("s3")
    keys = [data.netcdf_key("A1B", year) for year in MISSING]
    kept = {key: s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read() for key in keys}
    for key in keys:
        s3.delete_object(Bucket=data.BUCKET, Key=key)
    run = account.playbook("populate")
    for key, body in kept.items():
        s3.put_object(Bucket=data.BUCKET, Key=key, Body=body)
    assert run.returncode == 2, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def completed_run(account: Account, failed_run: str) -> tuple[str, list[dict[str, Any]]]:
    """A new run instead of a retry of what failed: it imports everything again, and gives the failed one up."""
    assert "playbooks/retry_failed.yml" in failed_run.rpartition("go on with")[2]
    since = len(account.calls())
    run = account.playbook("populate", ingest_new_run_after="staging-1")
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout, account.calls(since)


def test_missing_data_is_named_by_model_and_year(failed_run: str) -> None:
    assert "HadCM3: 2031, 2044" in failed_run


def test_a_failed_run_leaves_nothing_behind(account: Account, untouched: dict[str, Any], failed_run: str) -> None:
    assert terraform_state(account) == untouched


def test_history_is_not_touched_after_a_failed_verification(account: Account, failed_run: str) -> None:
    assert "Generate historical data" not in failed_run


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
    assert {(name, admin1): kelvin for name, admin1, kelvin in rows} == pytest.approx(data.reference(scenario, year))


def test_the_account_is_as_terraform_made_it(
    account: Account, untouched: dict[str, Any], completed_run: tuple[str, Any]
) -> None:
    assert terraform_state(account) == untouched
    database = account.client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"][0]
    assert (database["DBInstanceClass"], database["AllocatedStorage"]) == ("db.t2.medium", 240)
    listed = account.client("ecs").list_task_definitions(familyPrefix="StagingManagement", status="INACTIVE")
    assert listed["taskDefinitionArns"] == []


def test_fleet_and_database_are_asked_for_before_either_is_waited_for(completed_run: tuple[str, Any]) -> None:
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
    assert [call["operation"] for call in completed_run[1]].count("RunTask") == 10


def test_the_documented_permissions_are_enough(completed_run: tuple[str, Any]) -> None:
    policy = json.loads((ROOT / "docs" / "permissions.md").read_text().split("```json")[1].split("```")[0])
    actions = [statement["Action"] for statement in policy["Statement"]]
    allowed = {name for names in actions for name in ([names] if isinstance(names, str) else names)}
    # HeadObject and HeadBucket have no permissions of their own
    heads = {"s3:HeadObject": "s3:GetObject", "s3:HeadBucket": "s3:ListBucket"}
    called = {f"{call['service']}:{call['operation']}" for call in completed_run[1] if call["caller"] == "operator"}
    assert {heads.get(name, name) for name in called} - allowed == set()


def test_the_run_ends_with_what_the_database_holds(completed_run: tuple[str, Any]) -> None:
    for line in ("cities: 200", "A1B: 18800 values over 94 years", "historical: 11200 values over 56 years"):
        assert line in completed_run[0]


@pytest.mark.parametrize("more", [{}, {"ingest_new_run_after": "staging-1"}], ids=["again", "the same new run"])
def test_a_complete_ingest_is_not_done_again(
    account: Account, completed_run: tuple[str, Any], more: dict[str, str]
) -> None:
    since = len(account.calls())
    run = account.playbook("populate", **more)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "This ingest is complete: run staging-2" in run.stdout
    assert "-e ingest_new_run_after=staging-2" in run.stdout
    assert [call for call in account.calls(since) if call["changes"] and call["caller"] == "operator"] == []


def test_another_ingest_is_a_run_of_its_own(account: Account, completed_run: tuple[str, Any]) -> None:
    run = account.playbook("populate", "--check", ingest_years="2050")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "run staging-3 would be opened" in run.stdout
