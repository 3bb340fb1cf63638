"""The parameter group changes with class and storage, and goes back with the class."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from tests.fakes.aws import FakeAws, Lost, Refusal, cut, essence
from tests.fakes.rds import GROUP, ORIGINAL, Rds, resize

BIG: dict[str, Any] = {"class": "db.m4.xlarge", "allocated_storage": 240, "parameter_group": "db-imports"}
REMEMBERED = {ORIGINAL: "db.t2.medium", GROUP: "dbstaging"}
BEFORE = {"DBInstanceClass": "db.t2.medium", "AllocatedStorage": 20, "DBParameterGroupName": "dbstaging"}
AFTER = {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240, "DBParameterGroupName": "db-imports"}
IN_EFFECT = {"DBParameterGroupName": "db-imports", "ParameterApplyStatus": "in-sync"}


def test_class_storage_and_group_are_one_modification_and_a_reboot(aws: FakeAws, rds: Rds):
    result = resize(aws, **BIG)
    assert (result.changed, result.before, result.after) == (True, BEFORE, AFTER)
    assert aws.changes() == ["AddTagsToResource", "ModifyDBInstance", "RebootDBInstance"]
    assert aws.sent("ModifyDBInstance")[0].items() >= AFTER.items()
    assert (rds.tags, rds.group, rds.state["DBInstanceStatus"]) == (REMEMBERED, IN_EFFECT, "available")
    assert result.note == "database dbstaging: a db.t2.medium, parameter group dbstaging before"
    assert result.values["message"] == "dbstaging: db.m4.xlarge with 240 GB, parameter group db-imports"
    assert (result.values["parameter_group"], result.values["original_parameter_group"]) == ("db-imports", "dbstaging")


def test_what_the_class_change_brought_into_effect_is_not_rebooted(aws: FakeAws, rds: Rds):
    rds.restart_applies = True
    resize(aws, **BIG)
    assert aws.count("RebootDBInstance") == 0 and rds.group == IN_EFFECT


def test_a_group_alone_changes_without_a_class(aws: FakeAws, rds: Rds):
    result = resize(aws, parameter_group="DB-Imports")
    assert result.changed and rds.group == IN_EFFECT
    assert rds.tags == REMEMBERED
    assert set(aws.sent("ModifyDBInstance")[0]) == {"DBInstanceIdentifier", "ApplyImmediately", "DBParameterGroupName"}


def test_without_one_nothing_of_a_group_is_asked_or_changed(aws: FakeAws, rds: Rds):
    rds.group["ParameterApplyStatus"] = "pending-reboot"
    (warning,) = resize(aws, **{"class": "db.m4.xlarge"}).warnings
    assert "Parameter group dbstaging of dbstaging is pending-reboot" in warning
    assert aws.count("DescribeDBParameterGroups") == aws.count("RebootDBInstance") == 0


def test_a_second_time_changes_nothing_and_asks_once(aws: FakeAws, rds: Rds):
    resize(aws, **BIG)
    aws.calls.clear()
    assert not resize(aws, **BIG).changed
    assert [name for name, _ in aws.calls] == ["DescribeDBInstances"]


def test_started_without_waiting_is_rebooted_by_the_step_that_waits(aws: FakeAws, rds: Rds):
    assert resize(aws, wait=False, **BIG).changed
    assert not resize(aws, **BIG).changed
    assert (aws.count("ModifyDBInstance"), aws.count("RebootDBInstance"), rds.group) == (1, 1, IN_EFFECT)


def test_a_run_that_died_before_the_reboot_reboots(aws: FakeAws, rds: Rds):
    resize(aws, wait=False, **BIG)
    aws.now += 1000
    rds.describe({})
    assert rds.group["ParameterApplyStatus"] == "pending-reboot"
    resize(aws, **BIG)
    assert (aws.count("ModifyDBInstance"), aws.count("RebootDBInstance"), rds.group) == (1, 1, IN_EFFECT)


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_same_group_that_waits_for_a_reboot_is_rebooted(aws: FakeAws, rds: Rds, check_mode: bool):
    rds.group["ParameterApplyStatus"] = "pending-reboot"
    result = resize(aws, check_mode, parameter_group="dbstaging")
    assert (result.changed, result.warnings) == (True, [])
    assert aws.changes() == ([] if check_mode else ["RebootDBInstance"])
    assert rds.tags == {}


def test_both_go_back_together_and_are_forgotten_when_they_are_in_effect(aws: FakeAws, rds: Rds):
    resize(aws, **BIG)
    aws.calls.clear()
    result = resize(aws, state="restored")
    assert aws.changes() == ["ModifyDBInstance", "RebootDBInstance", "RemoveTagsFromResource"]
    sent = aws.sent("ModifyDBInstance")[0]
    assert (sent["DBInstanceClass"], sent["DBParameterGroupName"]) == ("db.t2.medium", "dbstaging")
    assert (rds.tags, rds.group["ParameterApplyStatus"]) == ({}, "in-sync")
    message = (
        "dbstaging: db.t2.medium with 240 GB, parameter group dbstaging; the storage stays, as RDS cannot shrink it"
    )
    assert aws.progress.lines == [message]
    assert result.changed and not resize(aws, state="restored").changed


def test_restored_without_waiting_keeps_the_memory_until_the_reboot(aws: FakeAws, rds: Rds):
    resize(aws, parameter_group="db-imports")
    resize(aws, state="restored", wait=False)
    assert rds.group == {"DBParameterGroupName": "dbstaging", "ParameterApplyStatus": "applying"}
    assert rds.tags == REMEMBERED and aws.progress.lines == []
    resize(aws, state="restored")
    assert rds.group["ParameterApplyStatus"] == "in-sync" and rds.tags == {}


def test_a_group_is_remembered_beside_a_class_that_was_before(aws: FakeAws, rds: Rds):
    resize(aws, **{"class": "db.m4.xlarge"})
    resize(aws, **BIG)
    assert rds.tags == REMEMBERED
    rds.groups["db-more"] = "postgres9.6"
    resize(aws, **{**BIG, "parameter_group": "db-more"})
    assert rds.tags == REMEMBERED and rds.group["DBParameterGroupName"] == "db-more"


def test_a_preview_of_several_steps_is_what_they_then_do(aws: FakeAws, rds: Rds):
    steps: list[dict[str, Any]] = [{**BIG, "wait": False}, BIG, {"state": "restored"}, {"state": "restored"}, BIG]
    preview = Preview()
    predicted = [essence(resize(aws, check_mode=True, preview=preview, **step)) for step in steps]
    assert aws.changes() == []
    assert predicted == [essence(resize(aws, **step)) for step in steps]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("group", "says"),
    [
        (
            "nonesuch",
            "There is no DB parameter group nonesuch in us-east-1. dbstaging .* family postgres9.6. Create one, or",
        ),
        ("other", "group other is of family postgres12; dbstaging .postgres 9.6.22. .* name db-imports or dbstaging"),
    ],
)
def test_a_group_that_is_missing_or_does_not_fit(aws: FakeAws, rds: Rds, group: str, says: str, check_mode: bool):
    with pytest.raises(Refused, match=says):
        resize(aws, check_mode, **{**BIG, "parameter_group": group})
    assert aws.changes() == []


@pytest.mark.parametrize("status", ["failed-to-apply", "pending-database-upgrade"])
def test_a_group_that_never_comes_into_effect(aws: FakeAws, rds: Rds, status: str):
    rds.group["ParameterApplyStatus"] = status
    with pytest.raises(Refused, match=f"Parameter group dbstaging of dbstaging is {status}: "):
        resize(aws, parameter_group="dbstaging")


def test_a_reboot_whose_answer_was_lost_is_waited_for(aws: FakeAws, rds: Rds) -> None:
    aws.on("RebootDBInstance", Lost(cut(), rds.reboot), rds.reboot)
    resize(aws, **BIG)
    assert (aws.count("RebootDBInstance"), rds.group) == (1, IN_EFFECT)


def test_a_reboot_that_got_lost_itself_is_repeated(aws: FakeAws, rds: Rds) -> None:
    aws.on("RebootDBInstance", Lost(cut()), rds.reboot)
    resize(aws, **BIG)
    assert (aws.count("RebootDBInstance"), rds.group) == (2, IN_EFFECT)


def test_a_modification_of_the_group_alone_whose_answer_was_lost_is_not_repeated(aws: FakeAws, rds: Rds) -> None:
    aws.on("ModifyDBInstance", Lost(cut(), rds.modify), rds.modify)
    resize(aws, parameter_group="db-imports")
    assert (aws.count("ModifyDBInstance"), rds.group) == (1, IN_EFFECT)


def test_a_reboot_that_comes_too_early_waits_for_what_goes_on(aws: FakeAws, rds: Rds) -> None:
    rds.restart_applies = False

    def refuse(params: dict[str, Any]) -> Any:
        rds.state["DBInstanceStatus"] = "available"
        raise Refusal("InvalidDBInstanceState")

    aws.on("RebootDBInstance", refuse, rds.reboot)
    resize(aws, **BIG)  # ends in storage-optimization, which the refusal is laid to
    assert (aws.count("RebootDBInstance"), rds.group) == (2, IN_EFFECT)


def test_a_reboot_of_an_available_instance_that_is_refused(aws: FakeAws, rds: Rds) -> None:
    aws.on("RebootDBInstance", Refusal("InvalidDBInstanceState"))
    with pytest.raises(Refused, match="dbstaging cannot be rebooted now"):
        resize(aws, parameter_group="db-imports")


def test_a_reboot_that_does_not_help_ends_with_what_was_awaited(aws: FakeAws, rds: Rds) -> None:
    rds.reboot_takes = 1e9
    with pytest.raises(DeadlineExceeded, match="db.m4.xlarge with 240 GB and parameter group db-imports in effect"):
        resize(aws, **BIG)
    assert rds.tags == REMEMBERED
