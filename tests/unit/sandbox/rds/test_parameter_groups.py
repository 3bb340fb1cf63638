"""DB parameter groups, and what becomes of them on an instance."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.db_instance import Database, Until

Client = Callable[..., Any]


@pytest.fixture
def group(client: Client) -> Iterator[str]:
    rds = client("rds")
    rds.create_db_parameter_group(
        DBParameterGroupName="db-imports", DBParameterGroupFamily="postgres12", Description="for imports"
    )
    yield "db-imports"
    with contextlib.suppress(ClientError):
        rds.delete_db_parameter_group(DBParameterGroupName="db-imports")


def setting(name: str, value: str, method: str = "pending-reboot") -> dict[str, Any]:
    return {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}


def status(database: Database) -> tuple[str, str]:
    (found,) = database.describe()["DBParameterGroups"]
    return found["DBParameterGroupName"], found["ParameterApplyStatus"]


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_instance_has_its_familys_default_group(steady: Database, client: Client) -> None:
    assert status(steady) == ("default.postgres12", "in-sync")
    found = client("rds").describe_db_parameter_groups(DBParameterGroupName="default.postgres12")
    assert found["DBParameterGroups"][0]["DBParameterGroupFamily"] == "postgres12"


def test_another_group_takes_effect_with_a_reboot(database: Database, until: Until, group: str) -> None:
    database.rds.modify_db_parameter_group(
        DBParameterGroupName=group, Parameters=[setting("max_connections", "77"), setting("work_mem", "8192")]
    )
    assert database.modify(DBParameterGroupName=group)["DBParameterGroups"] == [
        {"DBParameterGroupName": group, "ParameterApplyStatus": "applying"}
    ]
    until(lambda: status(database) == (group, "pending-reboot"))
    with database.connect() as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("400",)
    database.rds.reboot_db_instance(DBInstanceIdentifier=database.name)
    assert database.states(until, lambda now: now["DBInstanceStatus"] == "available") == ["rebooting", "available"]
    assert status(database) == (group, "in-sync")
    with database.connect() as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("77",)
        assert connection.execute("SHOW work_mem").fetchone() == ("8MB",)
    code, message = refusal(database.rds.delete_db_parameter_group, DBParameterGroupName=group)
    assert (code, "still members of this parameter group" in message) == ("InvalidDBParameterGroupState", True)
    database.modify(DBParameterGroupName="default.postgres12")
    until(lambda: status(database) == ("default.postgres12", "pending-reboot"))


def test_the_restart_of_a_class_change_does_not_apply_it(database: Database, until: Until, group: str) -> None:
    database.modify(DBParameterGroupName=group, DBInstanceClass="db.m5.large")
    until(lambda: database.describe()["DBInstanceClass"] == "db.m5.large" and database.status == "available")
    assert status(database) == (group, "pending-reboot")
    database.modify(DBParameterGroupName="default.postgres12")


def test_the_name_changes_at_once_also_without_asking_for_it(database: Database, group: str) -> None:
    now = database.modify(at_once=False, DBParameterGroupName=group, DBInstanceClass="db.m5.large")
    assert now["PendingModifiedValues"] == {"DBInstanceClass": "db.m5.large"}
    assert status(database) == (group, "applying")
    database.modify(at_once=False, DBParameterGroupName="default.postgres12")


def test_parameters_of_a_group_in_use(database: Database, until: Until, group: str) -> None:
    database.modify(DBParameterGroupName=group)
    until(lambda: status(database)[1] == "pending-reboot")
    database.rds.reboot_db_instance(DBInstanceIdentifier=database.name)
    until(lambda: database.status == "available")
    database.rds.modify_db_parameter_group(
        DBParameterGroupName=group, Parameters=[setting("work_mem", "2048", "immediate")]
    )
    assert status(database) == (group, "in-sync")
    with database.connect() as connection:
        until(lambda: connection.execute("SHOW work_mem").fetchone() == ("2MB",))
    database.rds.modify_db_parameter_group(DBParameterGroupName=group, Parameters=[setting("max_connections", "50")])
    assert status(database) == (group, "pending-reboot")
    found = database.rds.describe_db_parameters(DBParameterGroupName=group, Source="user")["Parameters"]
    assert {each["ParameterName"]: each["ParameterValue"] for each in found} == {
        "work_mem": "2048",
        "max_connections": "50",
    }
    database.modify(DBParameterGroupName="default.postgres12")


@pytest.mark.parametrize(
    ("parameter", "code", "message"),
    [
        (
            setting("max_connections", "77", "immediate"),
            "InvalidParameterCombination",
            "immediate apply method for static",
        ),
        (setting("no_such", "1"), "InvalidParameterValue", "Could not find parameter with name: no_such"),
        (setting("max_connections", "2"), "InvalidParameterValue", "allowed values are: 6-8388607"),
        (setting("synchronous_commit", "'; x"), "InvalidParameterValue", "Invalid parameter value"),
        (setting("autovacuum", "1", "soon"), "InvalidParameterValue", "soon"),
    ],
)
def test_parameters_that_are_refused(
    client: Client, group: str, parameter: dict[str, Any], code: str, message: str
) -> None:
    found = refusal(client("rds").modify_db_parameter_group, DBParameterGroupName=group, Parameters=[parameter])
    assert found[0] == code and message in found[1]


@pytest.mark.parametrize(
    ("name", "family", "code"),
    [
        ("db-imports", "postgres12", "DBParameterGroupAlreadyExists"),
        ("other", "postgres10.7", "InvalidParameterValue"),
        ("default.postgres13", "postgres13", "InvalidParameterValue"),
        ("two--hyphens", "postgres12", "InvalidParameterValue"),
        ("ends-", "postgres12", "InvalidParameterValue"),
    ],
)
def test_groups_that_cannot_be_made(client: Client, group: str, name: str, family: str, code: str) -> None:
    make = client("rds").create_db_parameter_group
    params = {"DBParameterGroupName": name, "DBParameterGroupFamily": family, "Description": "x"}
    assert refusal(make, **params)[0] == code


def test_groups_are_limited_in_number(client: Client) -> None:
    rds, made = client("rds"), []
    with pytest.raises(ClientError, match="Cannot create more than 50"):
        for number in range(60):
            name = f"group-{number}"
            rds.create_db_parameter_group(
                DBParameterGroupName=name, DBParameterGroupFamily="postgres12", Description="x"
            )
            made.append(name)
    for name in made:
        rds.delete_db_parameter_group(DBParameterGroupName=name)


def test_a_group_of_another_family_is_refused(steady: Database, client: Client) -> None:
    rds = client("rds")
    rds.create_db_parameter_group(
        DBParameterGroupName="old", DBParameterGroupFamily="postgres9.6", Description="another family"
    )
    steady.refuses(
        "InvalidParameterCombination",
        "The parameter group old with DBParameterGroupFamily postgres9.6 can't be used for this instance. Use a"
        " parameter group with DBParameterGroupFamily postgres12",
        DBParameterGroupName="old",
        DBInstanceClass="db.m5.large",
    )
    rds.delete_db_parameter_group(DBParameterGroupName="old")


def test_groups_that_are_not_there_and_default_ones(client: Client) -> None:
    rds = client("rds")
    for call in (rds.describe_db_parameter_groups, rds.describe_db_parameters, rds.delete_db_parameter_group):
        code, message = refusal(call, DBParameterGroupName="nonesuch")
        assert (code, message) == ("DBParameterGroupNotFound", "DBParameterGroup not found: nonesuch")
    default = {"DBParameterGroupName": "default.postgres12"}
    assert refusal(rds.delete_db_parameter_group, **default)[0] == "InvalidDBParameterGroupState"
    code, message = refusal(rds.modify_db_parameter_group, **default, Parameters=[setting("work_mem", "64")])
    assert (code, message) == ("InvalidParameterValue", "Cannot modify a default parameter group.")
