"""The revisions of a family: which is the newest, which did a run register."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import NotFound
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions import revisions
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.revisions import (
    PredictedRevisions,
    resolve,
)
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.task_definitions import BIG, FAMILY, SOFT, DefinitionsAccount

ARN = "arn:aws:ecs:us-east-1:1:task-definition/StagingManagement"


def test_an_unknown_family_is_named(account: DefinitionsAccount) -> None:
    with pytest.raises(NotFound, match="family 'Nobody' has no ACTIVE revision"):
        account.run(family="Nobody")


def test_a_family_alone_means_our_clone_only_if_it_is_the_newest(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    account.run(**BIG)
    assert resolve(account.context(), FAMILY, "management").arn.endswith(":2")
    assert resolve(account.context(), FAMILY, "run_jobs").arn.endswith(":3")
    assert resolve(account.context(), FAMILY, "nothing").arn.endswith(":1")
    account.register()
    assert resolve(account.context(), FAMILY, "management").arn.endswith(":4")
    assert resolve(account.context(), f"{FAMILY}:2", "run_jobs").arn.endswith(":2")


def test_later_steps_of_a_preview_find_the_clone_it_foresees(account: DefinitionsAccount) -> None:
    preview = Preview()
    account.run(check_mode=True, preview=preview, **BIG)
    context = account.context(True, preview)
    clone = resolve(context, FAMILY, "run_jobs")
    assert clone.ours and clone.arn.endswith(":2") and clone.definition["memory"] == "8192"
    assert resolve(context, f"{FAMILY}:2", "").arn == resolve(context, clone.arn, "").arn == clone.arn
    assert resolve(context, FAMILY, "management").arn.endswith(":1")


def test_an_unknown_revision_is_not_found(aws: FakeAws) -> None:
    aws.on("DescribeTaskDefinition", Refusal("ClientException", "Unable to describe task definition."))
    with pytest.raises(NotFound, match="no task definition 'f:9'"):
        resolve(aws.context(), "f:9", "management")


ARN = f"arn:aws:ecs:us-east-1:1:task-definition/{FAMILY}"
CLONED = [{"key": "climate.ingest:cloned-from", "value": f"{ARN}:1"}]


def described(number: int, ours: bool = False) -> dict[str, Any]:
    return {"taskDefinition": {"taskDefinitionArn": f"{ARN}:{number}"}, "tags": CLONED if ours else []}


def test_a_revision_knows_its_number_and_who_registered_it() -> None:
    assert revisions.number_of(f"{ARN}:12") == 12
    assert revisions.Revision({"taskDefinitionArn": ARN}, {"climate.ingest:cloned-from": "x"}).ours
    assert not revisions.Revision({"taskDefinitionArn": ARN}, {"Project": "x"}).ours


def test_families_that_only_begin_alike_are_left_out_and_numbers_are_no_texts(aws: FakeAws) -> None:
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{ARN}:9", f"{ARN}Old:11", f"{ARN}:10"]})
    assert revisions.arns(aws.context(), FAMILY) == [f"{ARN}:10", f"{ARN}:9"]
    (sent,) = aws.sent("ListTaskDefinitions")
    assert (sent["familyPrefix"], sent["status"], sent["sort"]) == (FAMILY, "ACTIVE", "DESC")


def test_a_preview_lists_what_earlier_steps_leave(aws: FakeAws) -> None:
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{ARN}:2", f"{ARN}:1"]})
    context = aws.context(check_mode=True)
    predicted = PredictedRevisions(context, FAMILY)
    predicted.make({"taskDefinitionArn": f"{ARN}:3", "revision": 3}, {})
    predicted.remove([f"{ARN}:2"])
    assert revisions.arns(context, FAMILY) == [f"{ARN}:3", f"{ARN}:1"]
    assert revisions.arns(context, FAMILY, "INACTIVE") == [f"{ARN}:1"]


def test_a_preview_describes_what_earlier_steps_made_and_tagged(aws: FakeAws) -> None:
    aws.on("DescribeTaskDefinition", described(2, ours=True))
    context = aws.context(check_mode=True)
    predicted = PredictedRevisions(context, FAMILY)
    predicted.make({"taskDefinitionArn": f"{ARN}:3", "revision": 3}, {"a": "b"})
    predicted.tag(f"{ARN}:2", {"run": "r2"})
    for reference in (f"{ARN}:3", f"{FAMILY}:3"):
        assert revisions.describe(context, reference).tags == {"a": "b"}
    assert aws.calls == []
    assert revisions.describe(context, f"{FAMILY}:2").tags == {"run": "r2"}


def test_another_refusal_passes_through(aws: FakeAws) -> None:
    aws.on("DescribeTaskDefinition", Refusal("AccessDeniedException", "not authorized"))
    with pytest.raises(ClientError):
        revisions.describe(aws.context(), f"{FAMILY}:2")


def test_revisions_are_read_down_to_the_newest_that_is_not_ours(aws: FakeAws) -> None:
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{ARN}:{number}" for number in (4, 3, 2, 1)]})
    aws.on("DescribeTaskDefinition", described(4, ours=True), described(3, ours=True), described(2))
    numbers = [revisions.number_of(each.arn) for each in revisions.since_base(aws.context(), FAMILY)]
    assert numbers == [4, 3, 2]
    assert aws.count("DescribeTaskDefinition") == 3


def test_a_family_with_nothing_but_ours_has_no_base(aws: FakeAws) -> None:
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{ARN}:2"]})
    aws.on("DescribeTaskDefinition", described(2, ours=True))
    with pytest.raises(NotFound, match=f"family '{FAMILY}' has no ACTIVE revision"):
        list(revisions.since_base(aws.context(), FAMILY))


def test_in_a_play_a_revision_is_looked_up_and_described_once(aws: FakeAws) -> None:
    context = aws.context()
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{ARN}:2"]})
    aws.on("DescribeTaskDefinition", described(2))
    assert [revisions.resolve(context, FAMILY, "management").arn for _command in range(10)] == [f"{ARN}:2"] * 10
    assert (aws.count("ListTaskDefinitions"), aws.count("DescribeTaskDefinition")) == (1, 1)


def test_a_revision_just_registered_is_the_newest_of_its_purpose_only(aws: FakeAws) -> None:
    context = aws.context()
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{ARN}:2"]})
    aws.on("DescribeTaskDefinition", lambda params: described(int(params["taskDefinition"].rsplit(":", 1)[1])))
    revisions.resolve(context, FAMILY, "management")
    revisions.registered(context, FAMILY, "run_jobs", f"{ARN}:3")
    assert revisions.resolve(context, FAMILY, "run_jobs").arn == f"{ARN}:3"
    assert revisions.resolve(context, FAMILY, "management").arn == f"{ARN}:2"
    assert revisions.arns(context, FAMILY) == [f"{ARN}:3", f"{ARN}:2"]
    assert aws.count("ListTaskDefinitions") == 1


def test_what_is_forgotten_is_read_again(aws: FakeAws) -> None:
    context = aws.context()
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{ARN}:2"]}, {"taskDefinitionArns": []})
    aws.on("DescribeTaskDefinition", described(2))
    revisions.resolve(context, FAMILY, "management")
    revisions.forget(context, FAMILY)
    assert revisions.arns(context, FAMILY) == []


@pytest.fixture
def previewing(aws: FakeAws) -> Context:
    return aws.context(check_mode=True)


def predicted(context: Context) -> PredictedRevisions:
    """What a later step knows."""
    return PredictedRevisions(context, "StagingManagement")


def make(context: Context, number: int) -> None:
    predicted(context).make({"taskDefinitionArn": f"{ARN}:{number}", "revision": number}, {"a": "b"})


def test_at_first_nothing_is_predicted(previewing: Context) -> None:
    found = predicted(previewing)
    assert (found.made, found.removed, found.tags, found.highest) == ({}, [], {}, 0)


def test_a_later_step_knows_what_was_made(previewing: Context) -> None:
    make(previewing, 3)
    found = predicted(previewing)
    assert found.made[f"{ARN}:3"] == {
        "definition": {"taskDefinitionArn": f"{ARN}:3", "revision": 3},
        "tags": {"a": "b"},
    }
    assert found.highest == 3
    assert PredictedRevisions(previewing, "Other").made == {}


def test_tags_belong_to_what_was_made_or_to_what_there_is(previewing: Context) -> None:
    make(previewing, 3)
    predicted(previewing).tag(f"{ARN}:3", {"c": "d"})
    predicted(previewing).tag(f"{ARN}:2", {"e": "f"})
    found = predicted(previewing)
    assert found.made[f"{ARN}:3"]["tags"] == {"c": "d"}
    assert found.tags == {f"{ARN}:2": {"e": "f"}}


def test_what_was_only_predicted_vanishes_and_what_there_is_is_removed(previewing: Context) -> None:
    make(previewing, 3)
    predicted(previewing).remove([f"{ARN}:3", f"{ARN}:2"])
    found = predicted(previewing)
    assert (found.made, found.removed) == ({}, [f"{ARN}:2"])


def test_numbers_are_not_given_again(previewing: Context) -> None:
    make(previewing, 3)
    predicted(previewing).remove([f"{ARN}:3", f"{ARN}:7"])
    make(previewing, 5)
    assert predicted(previewing).highest == 7
