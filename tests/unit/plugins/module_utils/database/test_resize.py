from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    IngestError,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from tests.fakes.aws import FakeAws, Lost, Refusal, cut, essence
from tests.fakes.rds import ORIGINAL, Rds, resize

BIG = {"class": "db.m4.xlarge", "allocated_storage": 240}
SMALL_BEFORE = {"DBInstanceClass": "db.t2.medium", "AllocatedStorage": 20}


def test_class_and_storage_change_and_the_wait_is_not_fooled_by_the_first_available(aws: FakeAws, rds: Rds):
    result = resize(aws, **BIG)
    assert result.changed
    assert result.before == SMALL_BEFORE
    assert result.after == {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}
    assert aws.now >= 500
    assert aws.sent("ModifyDBInstance") == [
        {
            "DBInstanceIdentifier": "dbstaging",
            "ApplyImmediately": True,
            "DBInstanceClass": "db.m4.xlarge",
            "AllocatedStorage": 240,
        }
    ]
    assert aws.changes() == ["AddTagsToResource", "ModifyDBInstance"]
    assert rds.tags == {ORIGINAL: "db.t2.medium"}
    assert result.values["status"] == "storage-optimization"
    assert result.values["original_class"] == "db.t2.medium"
    assert any("modifying" in text for text, _ in aws.progress.statuses)


def test_eight_minutes_of_waiting_take_few_calls(aws: FakeAws, rds: Rds):
    resize(aws, **BIG)
    assert aws.count("DescribeDBInstances") <= 50


def test_a_second_time_changes_nothing_and_asks_once(aws: FakeAws, rds: Rds):
    resize(aws, **BIG)
    aws.calls.clear()
    result = resize(aws, **BIG)
    assert not result.changed
    assert [name for name, _ in aws.calls] == ["DescribeDBInstances"]


def test_started_without_waiting_then_waited_for_is_one_modification(aws: FakeAws, rds: Rds):
    started = resize(aws, wait=False, **BIG)
    assert started.changed and aws.now == 0
    waited = resize(aws, **BIG)
    assert not waited.changed
    assert aws.now >= 500
    assert aws.count("ModifyDBInstance") == 1
    assert waited.values["db_instance_class"] == "db.m4.xlarge"


def test_restored_puts_the_remembered_class_back_and_forgets_it(aws: FakeAws, rds: Rds):
    resize(aws, **BIG)
    aws.calls.clear()
    result = resize(aws, state="restored")
    assert result.changed
    assert aws.sent("ModifyDBInstance")[0]["DBInstanceClass"] == "db.t2.medium"
    assert "AllocatedStorage" not in aws.sent("ModifyDBInstance")[0]
    assert rds.tags == {}
    assert aws.progress.lines == ["dbstaging: db.t2.medium with 240 GB; the storage stays, as RDS cannot shrink it"]
    assert aws.changes() == ["ModifyDBInstance", "RemoveTagsFromResource"]


def test_restored_without_a_memory_does_nothing(aws: FakeAws, rds: Rds):
    result = resize(aws, state="restored")
    assert not result.changed
    assert [name for name, _ in aws.calls] == ["DescribeDBInstances"]


def test_restored_after_a_crash_between_change_and_forgetting_only_forgets(aws: FakeAws, rds: Rds):
    rds.state["TagList"] = [{"Key": ORIGINAL, "Value": "db.t2.medium"}]
    result = resize(aws, state="restored")
    assert result.changed
    assert aws.changes() == ["RemoveTagsFromResource"]


def test_restored_right_after_a_start_waits_for_that_change_first(aws: FakeAws, rds: Rds):
    resize(aws, wait=False, **BIG)
    resize(aws, state="restored")
    assert aws.count("ModifyDBInstance") == 2
    assert rds.state["DBInstanceClass"] == "db.t2.medium"
    assert rds.tags == {}


def test_the_memory_is_never_overwritten(aws: FakeAws, rds: Rds):
    rds.orderable["db.t2.small"] = "gp2"
    rds.state["TagList"] = [{"Key": ORIGINAL, "Value": "db.t2.small"}]
    resize(aws, **BIG)
    assert rds.tags == {ORIGINAL: "db.t2.small"}


def test_restored_without_waiting_keeps_the_memory_until_it_is_done(aws: FakeAws, rds: Rds):
    resize(aws, **BIG)
    resize(aws, state="restored", wait=False)
    assert rds.tags == {ORIGINAL: "db.t2.medium"}
    assert aws.progress.lines == []
    result = resize(aws, state="restored")
    assert result.changed
    assert rds.tags == {}
    assert aws.count("ModifyDBInstance") == 2


def test_check_mode_predicts_and_changes_nothing(aws: FakeAws, rds: Rds):
    result = resize(aws, check_mode=True, **BIG)
    assert result.changed
    assert result.after == {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}
    assert aws.changes() == [] and aws.now == 0


def test_check_mode_of_restored_predicts_too(aws: FakeAws, rds: Rds):
    rds.state |= {"DBInstanceClass": "db.m4.xlarge", "TagList": [{"Key": ORIGINAL, "Value": "db.t2.medium"}]}
    result = resize(aws, check_mode=True, state="restored")
    assert result.changed and result.after["DBInstanceClass"] == "db.t2.medium"
    assert aws.changes() == []


def test_a_preview_of_several_steps_is_what_they_then_do(aws: FakeAws, rds: Rds):
    steps: list[dict[str, Any]] = [
        {"state": "restored"},
        {**BIG, "wait": False},
        BIG,
        {"state": "restored"},
        {"state": "restored"},
        {"class": "db.t2.medium"},
        {"state": "restored"},
        {"class": "db.m4.xlarge"},
    ]
    preview = Preview()
    predicted = [essence(resize(aws, check_mode=True, preview=preview, **step)) for step in steps]
    assert aws.changes() == []
    done = [essence(resize(aws, **step)) for step in steps]
    assert predicted == done
    assert [changed for changed, _, _ in done] == [False, True, False, True, False, False, False, True]


def test_less_storage_than_there_is_stays_with_a_warning(aws: FakeAws, rds: Rds):
    rds.state["AllocatedStorage"] = 500
    result = resize(aws, **BIG)
    assert result.after["AllocatedStorage"] == 500
    assert "AllocatedStorage" not in aws.sent("ModifyDBInstance")[0]
    assert "500 GB, more than the 240 GB requested" in result.warnings[0]


def test_a_class_that_cannot_be_ordered_is_refused_with_those_that_can(aws: FakeAws, rds: Rds):
    del rds.orderable["db.m4.xlarge"]
    with pytest.raises(
        Refused, match=r"db.m4.xlarge cannot be ordered for postgres 9.6.22. Take one that RDS offers: db.t2.medium\."
    ):
        resize(aws, **BIG)
    assert aws.changes() == []


def test_what_else_is_pending_would_be_applied_along(aws: FakeAws, rds: Rds):
    rds.state["PendingModifiedValues"] = {"EngineVersion": "10.1"}
    with pytest.raises(Refused, match="would be applied, too: EngineVersion=10.1"):
        resize(aws, **BIG)
    assert aws.changes() == []


def test_a_change_left_for_the_maintenance_window_is_applied_when_it_is_the_wanted_one(aws: FakeAws, rds: Rds):
    rds.state["PendingModifiedValues"] = {"DBInstanceClass": "db.m4.xlarge"}
    assert resize(aws, **{"class": "db.m4.xlarge"}).changed
    assert aws.count("ModifyDBInstance") == 1


def test_the_cooldown_that_only_rds_knows_is_explained(aws: FakeAws, rds: Rds):
    text = (
        "You can't currently modify the storage of this DB instance because the previous storage change is optimized."
    )
    aws.on("ModifyDBInstance", Refusal("InvalidParameterCombination", text))
    with pytest.raises(Refused, match="cannot change now: RDS says.*leave allocated_storage at 20 GB"):
        resize(aws, **BIG)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InsufficientDBInstanceCapacity", "no capacity for db.m4.xlarge"),
        ("InvalidDBInstanceState", "cannot be modified now"),
    ],
)
def test_refusals_of_the_modification(aws: FakeAws, rds: Rds, code: str, message: str):
    aws.on("ModifyDBInstance", Refusal(code))
    with pytest.raises(Refused, match=message):
        resize(aws, **BIG)


def test_a_class_change_alone_sends_no_storage(aws: FakeAws, rds: Rds):
    rds.orderable = dict.fromkeys(rds.orderable, "io1")
    rds.state |= {"StorageType": "io1", "Iops": 1000}
    resize(aws, **{"class": "db.m4.xlarge"})
    assert set(aws.sent("ModifyDBInstance")[0]) == {"DBInstanceIdentifier", "ApplyImmediately", "DBInstanceClass"}


def test_another_refusal_passes_through(aws: FakeAws, rds: Rds):
    aws.on("ModifyDBInstance", Refusal("KMSKeyNotAccessibleFault"))
    with pytest.raises(Exception, match="KMSKeyNotAccessibleFault") as raised:
        resize(aws, **BIG)
    assert not isinstance(raised.value, IngestError)


def test_the_record_gets_the_class_before_and_after(aws: FakeAws, rds: Rds):
    assert resize(aws, **BIG).facts == {"database_class": ["db.t2.medium", "db.m4.xlarge"]}
    assert resize(aws, **BIG).facts == {"database_class": ["db.t2.medium", "db.m4.xlarge"]}
    assert resize(aws, state="restored").facts == {"database_class": ["db.m4.xlarge", "db.t2.medium"]}
    assert resize(aws, state="restored").facts == {}
    assert resize(aws, **{"allocated_storage": 300}).facts == {}


def test_the_iops_go_along_with_the_growth(aws: FakeAws, rds: Rds):
    rds.state |= {"StorageType": "gp3", "Iops": 3000}
    resize(aws, **{"allocated_storage": 400})
    assert aws.sent("ModifyDBInstance")[0]["Iops"] == 12000


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_database_that_only_has_to_forget_reports_it(aws: FakeAws, rds: Rds, check_mode: bool):
    rds.state["TagList"] = [{"Key": ORIGINAL, "Value": "db.t2.medium"}]
    result = resize(aws, check_mode, state="restored")
    assert (result.changed, result.before, result.after, result.facts) == (True, SMALL_BEFORE, SMALL_BEFORE, {})
    assert len(aws.progress.lines) == 1


def test_what_is_returned(aws: FakeAws, rds: Rds):
    result = resize(aws, **BIG)
    assert result.note == "database dbstaging: a db.t2.medium before"
    assert result.values == {
        "instance": "dbstaging",
        "db_instance_class": "db.m4.xlarge",
        "allocated_storage": 240,
        "original_class": "db.t2.medium",
        "parameter_group": None,
        "original_parameter_group": None,
        "status": "storage-optimization",
        "message": "dbstaging: db.m4.xlarge with 240 GB",
    }
    assert resize(aws, check_mode=True, **BIG).values["predicted"] is True


@pytest.mark.parametrize("remembered", ["db.t2.small", None])
def test_a_preview_remembers_the_class_the_next_step_goes_back_to(aws: FakeAws, rds: Rds, remembered: str | None):
    rds.orderable["db.t2.small"] = "gp2"
    rds.state["TagList"] = [{"Key": ORIGINAL, "Value": remembered}] if remembered else []
    preview = Preview()
    resize(aws, check_mode=True, preview=preview, **{"class": "db.t2.medium"})
    kept = {ORIGINAL: remembered} if remembered else {}
    assert preview.get("database/dbstaging") == {**SMALL_BEFORE, "tags": kept}
    resize(aws, check_mode=True, preview=preview, **BIG)
    assert preview.get("database/dbstaging")["tags"] == {ORIGINAL: remembered or "db.t2.medium"}
    resize(aws, check_mode=True, preview=preview, state="restored")
    assert preview.get("database/dbstaging")["tags"] == {}


def test_a_preview_of_a_restoration_under_way_predicts_the_forgetting(aws: FakeAws, rds: Rds):
    resize(aws, **BIG)
    resize(aws, state="restored", wait=False)
    assert resize(aws, check_mode=True, state="restored").changed
    assert resize(aws, state="restored").changed


def test_a_modification_whose_answer_was_lost_is_waited_for(aws: FakeAws, rds: Rds) -> None:
    aws.on("ModifyDBInstance", Lost(cut(), rds.modify), rds.modify)
    assert resize(aws, **{"class": "db.m4.xlarge", "allocated_storage": 240}).changed
    assert (rds.state["DBInstanceClass"], aws.count("ModifyDBInstance")) == ("db.m4.xlarge", 1)


def test_a_modification_that_got_lost_itself_is_repeated(aws: FakeAws, rds: Rds) -> None:
    aws.on("ModifyDBInstance", Lost(cut()), rds.modify)
    resize(aws, **{"class": "db.m4.xlarge"})
    assert (rds.state["DBInstanceClass"], aws.count("ModifyDBInstance")) == ("db.m4.xlarge", 2)
