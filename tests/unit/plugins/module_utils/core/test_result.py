"""What an operation did: its changes, and what a module returns of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from tests.fakes.aws import FakeAws

OLD, NEW = {"size": 1}, {"size": 2}


@pytest.mark.parametrize(
    ("before", "after", "verb"), [({}, NEW, "created"), (OLD, NEW, "changed"), (OLD, {}, "removed")]
)
def test_the_verb_of_a_change_follows_from_before_and_after(
    before: dict[str, Any], after: dict[str, Any], verb: str
) -> None:
    assert Result(True, before, after, resource="group g").all_changes() == [(verb, "group g")]


def test_a_verb_of_its_own_is_taken() -> None:
    assert Result(True, after=NEW, resource="command c", verb="run").all_changes() == [("run", "command c")]


def test_what_is_unchanged_or_has_no_name_is_no_change() -> None:
    assert Result(False, OLD, OLD, resource="group g").all_changes() == []
    assert Result(True, OLD, NEW).all_changes() == []


def test_several_changes_are_listed_as_they_are() -> None:
    several = [("removed", "group g"), ("changed", "database d")]
    assert Result(True, resource="all", changes=several).all_changes() == several


def test_changes_go_into_the_plan_of_a_preview_only(aws: FakeAws) -> None:
    for check_mode in (False, True):
        context = aws.context(check_mode)
        Result(True, after=NEW, resource="group g").add_to_plan(context)
        assert context.preview.notes == ([("created", "group g")] if check_mode else [])


def test_the_note_is_not_returned() -> None:
    result = Result(True, OLD, NEW, values={"group": "g"}, note="2 instances", facts={"count": 2})
    assert result.as_return() == {"changed": True, "group": "g"}
    assert result.as_return(diff=True)["diff"] == {"before": OLD, "after": NEW}
