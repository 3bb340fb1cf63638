"""What differs from instance to instance: Aurora, replicas, and the status in which RDS takes a modification."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from tests.fakes.aws import FakeAws, Refusal, essence
from tests.fakes.environment import CLUSTER, Environment
from tests.fakes.rds import Rds, resize

BIG = {"class": "db.m4.xlarge", "allocated_storage": 240}


@pytest.mark.parametrize("check_mode", [True, False])
def test_of_aurora_the_class_changes_and_the_storage_is_left_alone(aws: FakeAws, rds: Rds, check_mode: bool):
    rds.orderable = {"db.r5.large": "aurora", "db.r5.xlarge": "aurora"}
    rds.state |= {
        "Engine": "aurora-postgresql",
        "StorageType": "aurora",
        "AllocatedStorage": 1,
        "DBClusterIdentifier": "c-1",
        "DBInstanceClass": "db.r5.large",
    }
    result = resize(aws, check_mode, **{"class": "db.r5.xlarge", "allocated_storage": 240})
    assert (result.before, result.after) == ({"DBInstanceClass": "db.r5.large"}, {"DBInstanceClass": "db.r5.xlarge"})
    assert result.warnings == [
        "dbstaging is an instance of Aurora, whose storage grows by itself: the 240 GB requested mean nothing to it."
    ]
    assert (result.values["message"], result.values["allocated_storage"]) == ("dbstaging: db.r5.xlarge", None)
    assert [sorted(each) for each in aws.sent("ModifyDBInstance")] == (
        [] if check_mode else [["ApplyImmediately", "DBInstanceClass", "DBInstanceIdentifier"]]
    )


def test_a_preview_of_aurora_is_what_is_then_done(aws: FakeAws, rds: Rds):
    rds.orderable = {"db.r5.large": "aurora", "db.r5.xlarge": "aurora"}
    rds.state |= {"Engine": "aurora-postgresql", "StorageType": "aurora", "DBInstanceClass": "db.r5.large"}
    steps: list[dict[str, Any]] = [{"class": "db.r5.xlarge", "allocated_storage": 240}, {"state": "restored"}]
    preview = Preview()
    predicted = [essence(resize(aws, check_mode=True, preview=preview, **step)) for step in steps]
    assert predicted == [essence(resize(aws, **step)) for step in steps]


def test_replicas_are_named_in_a_preview_as_well(aws: FakeAws, rds: Rds):
    rds.state["ReadReplicaDBInstanceIdentifiers"] = ["dbstaging-reports"]
    for check_mode in (True, False):
        assert all("dbstaging-reports" in each for each in resize(aws, check_mode, **BIG).warnings)
    assert len(resize(aws, **BIG).warnings) == 0  # it is done


@pytest.mark.parametrize("status", ["storage-initialization", "being-polished"])
def test_a_status_in_which_rds_refuses_is_waited_out(aws: FakeAws, rds: Rds, status: str):
    rds.state["DBInstanceStatus"] = status

    def refuse_and_come_to_rest(params: dict[str, Any]) -> dict[str, Any]:
        rds.state["DBInstanceStatus"] = "available"
        raise Refusal("InvalidDBInstanceState")

    aws.on("ModifyDBInstance", refuse_and_come_to_rest, rds.modify)
    assert resize(aws, **BIG).changed
    assert (rds.state["DBInstanceClass"], aws.count("ModifyDBInstance")) == ("db.m4.xlarge", 2)


def test_a_status_in_which_rds_refuses_for_ever_is_a_deadline(aws: FakeAws, rds: Rds):
    rds.state["DBInstanceStatus"] = "storage-initialization"
    aws.on("ModifyDBInstance", Refusal("InvalidDBInstanceState"))
    with pytest.raises(DeadlineExceeded, match="dbstaging, which is storage-initialization, to become available"):
        resize(aws, **BIG, timeout=600)
    assert aws.count("ModifyDBInstance") == 1


def test_nothing_is_rebooted_while_a_command_runs(aws: FakeAws, rds: Rds) -> None:
    environment = Environment(aws)
    environment.tasks.clear()
    environment.command("migrate", "--noinput")
    rds = Rds(aws)
    rds.group["ParameterApplyStatus"] = "pending-reboot"
    says = r"dbstaging is not rebooted for its parameter group while migrate \(migrate\) may be using it"
    with pytest.raises(Refused, match=says):
        resize(aws, parameter_group="dbstaging", cluster=CLUSTER, environment="staging")
    assert aws.count("RebootDBInstance") == 0
