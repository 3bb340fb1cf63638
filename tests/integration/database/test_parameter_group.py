"""The parameter group of the database: changed with its class, rebooted for, put back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Account

GROUP = "db-imports"
WANTED = {"ingest_database_parameter_group": GROUP}


def database(account: Account) -> tuple[str, str, str, dict[str, str]]:
    """Give class, parameter group and its status, and the tags of ours."""
    (found,) = account.client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"]
    (group,) = found["DBParameterGroups"]
    tags = {each["Key"]: each["Value"] for each in found["TagList"] if each["Key"].startswith("climate.ingest:")}
    return found["DBInstanceClass"], group["DBParameterGroupName"], group["ParameterApplyStatus"], tags


def run(account: Account, playbook: str, *arguments: str, **variables: Any) -> str:
    done = account.playbook(playbook, *arguments, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def changes(account: Account, since: int) -> list[str]:
    names = ("ModifyDBInstance", "RebootDBInstance")
    return [each["operation"] for each in account.calls(since) if each["operation"] in names]


@pytest.fixture(scope="module", autouse=True)
def group(account: Account) -> None:
    rds = account.client("rds")
    rds.create_db_parameter_group(
        DBParameterGroupName=GROUP, DBParameterGroupFamily="postgres12", Description="for imports"
    )
    rds.modify_db_parameter_group(
        DBParameterGroupName=GROUP,
        Parameters=[{"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "pending-reboot"}],
    )


def test_a_parameter_group_comes_and_goes_with_the_class(account: Account) -> None:
    with account.limited():
        preview = run(account, "populate", "--tags", "database", "--check", "--diff", **WANTED)
        assert f"+ DBParameterGroupName: {GROUP}" in preview.replace('"', "")
        assert database(account)[:2] == ("db.t3.medium", "default.postgres12")

        since = account.control("status")["calls"]
        run(account, "populate", "--tags", "database", **WANTED)
        assert changes(account, since) == ["ModifyDBInstance", "RebootDBInstance"]
        kept = {
            "climate.ingest:original-class": "db.t3.medium",
            "climate.ingest:original-parameter-group": "default.postgres12",
        }
        assert database(account) == ("db.m5.xlarge", GROUP, "in-sync", kept)
        assert account.sql("SHOW work_mem") == [("8MB",)]
        assert f"parameter group {GROUP} (in-sync, default.postgres12 before the run)" in run(account, "status")

        said = run(account, "teardown")
    assert f"db.m5.xlarge back to db.t3.medium; parameter group {GROUP} back to default.postgres12" in said
    assert database(account) == ("db.t3.medium", "default.postgres12", "in-sync", {})
    assert account.sql("SHOW work_mem") == [("4MB",)]


def test_what_nobody_rebooted_is_put_back_by_another_machine(account: Account) -> None:
    run(account, "populate", "--tags", "database", ingest_database_wait=False, **WANTED)
    assert database(account)[1] == GROUP
    run(account, "teardown")
    assert database(account) == ("db.t3.medium", "default.postgres12", "in-sync", {})


def test_a_group_of_another_family_is_refused_before_anything_is_changed(account: Account) -> None:
    account.client("rds").create_db_parameter_group(
        DBParameterGroupName="old", DBParameterGroupFamily="postgres9.6", Description="of another engine"
    )
    done = account.playbook("populate", "--tags", "preflight", ingest_database_parameter_group="old")
    text = " ".join(done.stdout.split())
    assert done.returncode != 0
    assert 'ingest_database_parameter_group is "old": DB parameter group old is of family postgres9.6' in text
