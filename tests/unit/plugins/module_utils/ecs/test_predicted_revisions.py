"""What a preview predicts of a family's revisions."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.ecs.predicted_revisions import PredictedRevisions
from tests.fakes.aws import FakeAws

ARN = "arn:aws:ecs:us-east-1:1:task-definition/StagingManagement"


@pytest.fixture
def context(aws: FakeAws) -> Context:
    return aws.context(check_mode=True)


def predicted(context: Context) -> PredictedRevisions:
    """What a later step knows."""
    return PredictedRevisions(context, "StagingManagement")


def make(context: Context, number: int) -> None:
    predicted(context).make({"taskDefinitionArn": f"{ARN}:{number}", "revision": number}, {"a": "b"})


def test_at_first_nothing_is_predicted(context: Context) -> None:
    found = predicted(context)
    assert (found.made, found.removed, found.tags, found.highest) == ({}, [], {}, 0)


def test_a_later_step_knows_what_was_made(context: Context) -> None:
    make(context, 3)
    found = predicted(context)
    assert found.made[f"{ARN}:3"] == {
        "definition": {"taskDefinitionArn": f"{ARN}:3", "revision": 3},
        "tags": {"a": "b"},
    }
    assert found.highest == 3
    assert PredictedRevisions(context, "Other").made == {}


def test_tags_belong_to_what_was_made_or_to_what_there_is(context: Context) -> None:
    make(context, 3)
    predicted(context).tag(f"{ARN}:3", {"c": "d"})
    predicted(context).tag(f"{ARN}:2", {"e": "f"})
    found = predicted(context)
    assert found.made[f"{ARN}:3"]["tags"] == {"c": "d"}
    assert found.tags == {f"{ARN}:2": {"e": "f"}}


def test_what_was_only_predicted_vanishes_and_what_there_is_is_removed(context: Context) -> None:
    make(context, 3)
    predicted(context).remove([f"{ARN}:3", f"{ARN}:2"])
    found = predicted(context)
    assert (found.made, found.removed) == ({}, [f"{ARN}:2"])


def test_numbers_are_not_given_again(context: Context) -> None:
    make(context, 3)
    predicted(context).remove([f"{ARN}:3", f"{ARN}:7"])
    make(context, 5)
    assert predicted(context).highest == 7
