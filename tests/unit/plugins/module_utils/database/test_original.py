"""The class an instance had is gone back to, or the one named instead where it was retired."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from tests.fakes.aws import FakeAws, essence
from tests.fakes.rds import AFTER, ORIGINAL, Rds, resize

BIG = {"class": "db.m4.xlarge", "allocated_storage": 240}
RETIRED = {"db.m4.xlarge": "gp2", "db.t3.medium": "gp2"}
INSTEAD = "in place of db.t2.medium, which cannot be ordered any more"


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_class_that_cannot_be_gone_back_to_is_not_left(aws: FakeAws, rds: Rds, check_mode: bool):
    rds.orderable = RETIRED
    with pytest.raises(Refused, match="cannot go back to db.t2.medium.* ingest_database_class_after .*db.t3.medium"):
        resize(aws, check_mode, **BIG)
    assert aws.changes() == []


def test_storage_may_change_whatever_becomes_of_the_class(aws: FakeAws, rds: Rds):
    rds.orderable = RETIRED
    assert resize(aws, **{"class": "db.t2.medium", "allocated_storage": 240}).changed


def test_a_retired_class_is_left_for_the_one_named_and_both_are_remembered(aws: FakeAws, rds: Rds):
    rds.orderable = RETIRED
    result = resize(aws, class_after="db.t3.medium", **BIG)
    assert rds.tags == {ORIGINAL: "db.t2.medium", AFTER: "db.t3.medium"}
    assert result.values["original_class"] == "db.t2.medium"
    assert result.values["message"] == f"dbstaging: db.m4.xlarge with 240 GB; it goes back to db.t3.medium, {INSTEAD}"
    assert result.note == f"database dbstaging: a db.t2.medium before; it goes back to db.t3.medium, {INSTEAD}"
    assert result.facts == {"database_class": ["db.t2.medium", "db.m4.xlarge"]}
    back = resize(aws, state="restored")
    assert (back.after["DBInstanceClass"], rds.state["DBInstanceClass"], rds.tags) == (
        "db.t3.medium", "db.t3.medium", {}
    )  # fmt: skip
    assert back.values["message"].startswith(f"dbstaging: db.t3.medium with 240 GB, {INSTEAD}; the storage stays")
    assert back.facts == {"database_class": ["db.m4.xlarge", "db.t3.medium"]}


def test_a_class_that_can_be_ordered_is_gone_back_to_whatever_is_named(aws: FakeAws, rds: Rds):
    resize(aws, class_after="db.t3.medium", **BIG)
    assert rds.tags == {ORIGINAL: "db.t2.medium"}
    assert resize(aws, class_after="db.t3.medium", state="restored").after["DBInstanceClass"] == "db.t2.medium"


def test_a_class_that_was_retired_while_it_was_left_needs_another(aws: FakeAws, rds: Rds):
    resize(aws, **BIG)
    rds.orderable = RETIRED
    with pytest.raises(Refused, match="Set ingest_database_class_after to"):
        resize(aws, state="restored")
    aws.calls.clear()
    result = resize(aws, state="restored", class_after="db.t3.medium", wait=False)
    assert rds.tags == {ORIGINAL: "db.t2.medium", AFTER: "db.t3.medium"}
    assert aws.changes() == ["AddTagsToResource", "ModifyDBInstance"]
    # by somebody without the variable
    result = resize(aws, state="restored")
    assert (result.after["DBInstanceClass"], rds.tags) == ("db.t3.medium", {})


def test_a_preview_of_a_retired_class_is_what_is_then_done(aws: FakeAws, rds: Rds):
    rds.orderable = RETIRED
    steps: list[dict[str, Any]] = [{**BIG, "class_after": "db.t3.medium"}, {"state": "restored"}]
    preview = Preview()
    predicted = [resize(aws, check_mode=True, preview=preview, **step) for step in steps]
    assert aws.changes() == []
    done = [resize(aws, **step) for step in steps]
    assert [essence(each) for each in predicted] == [essence(each) for each in done]
    assert [each.values["message"] for each in predicted] == [each.values["message"] for each in done]
