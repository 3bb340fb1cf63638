"""The scheduled action, as AWS takes and describes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.fleet import scheduled_action
from tests.fakes.aws import FakeAws, Refusal

DUE = datetime(2026, 3, 1, 22, tzinfo=UTC)
NAME = "climate.ingest-unattended"
GONE = Refusal("ValidationError", "Group fleet not found")


def test_it_sets_the_group_to_nothing_at_a_time_in_utc(aws: FakeAws) -> None:
    aws.on("PutScheduledUpdateGroupAction", {})
    scheduled_action.put(aws.context(), "fleet", DUE.astimezone(timezone(timedelta(hours=2))))
    (sent,) = aws.sent("PutScheduledUpdateGroupAction")
    assert sent == {
        "AutoScalingGroupName": "fleet",
        "ScheduledActionName": NAME,
        "StartTime": DUE,
        "MinSize": 0,
        "MaxSize": 0,
        "DesiredCapacity": 0,
    }
    assert sent["StartTime"].utcoffset() == timedelta(0)


def test_its_time_is_read(aws: FakeAws) -> None:
    aws.on("DescribeScheduledActions", {"ScheduledUpdateGroupActions": [{"StartTime": DUE}]})
    assert scheduled_action.read(aws.context(), "fleet") == DUE
    assert aws.sent("DescribeScheduledActions") == [{"AutoScalingGroupName": "fleet", "ScheduledActionNames": [NAME]}]


@pytest.mark.parametrize("answer", [{"ScheduledUpdateGroupActions": []}, GONE])
def test_nothing_scheduled_is_none(aws: FakeAws, answer: dict[str, list[str]] | Refusal) -> None:
    aws.on("DescribeScheduledActions", answer)
    assert scheduled_action.read(aws.context(), "fleet") is None


def test_one_that_is_not_there_is_removed_already(aws: FakeAws) -> None:
    aws.on("DeleteScheduledAction", Refusal("ValidationError", "Scheduled action name not found"))
    scheduled_action.remove(aws.context(), "fleet")


def test_other_refusals_pass_through(aws: FakeAws) -> None:
    for operation in ("DeleteScheduledAction", "DescribeScheduledActions"):
        aws.on(operation, Refusal("AccessDenied"))
    for call in (scheduled_action.remove, scheduled_action.read):
        with pytest.raises(Exception, match="AccessDenied"):
            call(aws.context(), "fleet")


# as the AWS knowledge center shows it, and one whose cause is another
CAUSE = (
    "At 2026-02-12T16:01:25Z a scheduled action update of AutoScalingGroup constraints to min: 0, max: 0, desired: {}"
    " changing the desired capacity from 3 to 0. At 2026-02-12T16:01:25Z the scheduled action x executed. Setting min"
)


def test_when_it_was_carried_out_is_in_the_cause_of_what_followed(aws: FakeAws) -> None:
    others = [{"Cause": "At 2026-02-12T17:00:00Z a user request"}, {}, {"Cause": CAUSE.format(2)}]
    aws.on("DescribeScalingActivities", {"Activities": [*others, {"Cause": CAUSE.format(0)}]}, {"Activities": others})
    assert scheduled_action.fired(aws.context(), "fleet") == datetime(2026, 2, 12, 16, 1, 25, tzinfo=UTC)
    assert scheduled_action.fired(aws.context(), "fleet") is None
