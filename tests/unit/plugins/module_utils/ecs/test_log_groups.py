"""Where the container of a clone logs, and the log group of the environment."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, Step
from ansible_collections.climate.ingest.plugins.module_utils.ecs import log_groups
from ansible_collections.climate.ingest.plugins.module_utils.ecs.log_groups import Destination, choose, ensure
from tests.fakes.aws import FakeAws, Lost, Refusal, cut
from tests.fakes.aws import log_groups as groups

OURS = "/climate.ingest/staging"
TAGS = {"climate.ingest:environment": "staging", "climate.ingest:run": "staging-1"}
MADE = Destination(OURS, made=True)
EVENTS: dict[str, Any] = {"ResponseMetadata": {}}
DENIED = Refusal("AccessDeniedException", "User: x is not authorized to perform: logs:CreateLogGroup")


def definition(driver: str | None, **options: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": "management"}
    if driver:
        entry["logConfiguration"] = {"logDriver": driver, "options": options}
    return {"containerDefinitions": [entry, {"name": "statsd"}]}


def awslogs(region: str = "us-east-1", **more: str) -> dict[str, Any]:
    return definition("awslogs", **{"awslogs-group": "g", "awslogs-region": region, **more})


def chosen(aws: FakeAws, described: dict[str, Any], group: str | None = None) -> Destination:
    return choose(aws.context(), described, "management", group, "staging")


@pytest.mark.parametrize(
    "driver",
    ["syslog", "splunk", "fluentd", "gelf", "awsfirelens", "json-file", "journald", "logentries", "none", None],
)
def test_what_cannot_be_read_goes_to_the_group_of_the_environment(aws: FakeAws, driver: str | None) -> None:
    found = chosen(aws, definition(driver))
    assert (found.group, found.made) == (OURS, True)
    assert found.why == f"it logs through {driver or 'the log driver of its Docker daemon'}"
    assert aws.calls == []


def test_what_can_be_read_stays_where_it_is(aws: FakeAws) -> None:
    assert chosen(aws, awslogs()) == Destination()


def test_another_region_is_read_where_it_is(aws: FakeAws) -> None:
    """The log of the public report: awslogs-region eu-west-1, in a run of us-east-1."""
    aws.on("DescribeLogGroups", groups())
    assert chosen(aws, awslogs("eu-west-1")) == Destination()
    assert aws.regions == ["eu-west-1"]


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_group_that_is_missing_is_no_place_to_log(aws: FakeAws, region: str) -> None:
    aws.on("DescribeLogGroups", groups("g"))
    found = chosen(aws, awslogs(region))
    assert (found.group, found.why) == (OURS, f"its log group g does not exist in {region}")


def test_a_group_whose_name_only_begins_so_is_another(aws: FakeAws) -> None:
    aws.on("DescribeLogGroups", {"logGroups": [{"logGroupName": "g-too"}]})
    assert chosen(aws, awslogs()).group == OURS


def test_a_group_whose_events_cannot_be_read_is_no_place_either(aws: FakeAws) -> None:
    aws.on("DescribeLogGroups", groups(logGroupClass="INFREQUENT_ACCESS"))
    assert "of class INFREQUENT_ACCESS" in chosen(aws, awslogs()).why


def test_a_group_that_the_driver_makes_need_not_be_there(aws: FakeAws) -> None:
    assert chosen(aws, awslogs(**{"awslogs-create-group": "true"})) == Destination()
    assert aws.calls == []


@pytest.mark.parametrize("answer", [DENIED, Lost(cut()), Refusal("UnrecognizedClientException")])
def test_what_may_not_be_asked_is_not_taken_for_missing(aws: FakeAws, answer: Exception) -> None:
    aws.on("DescribeLogGroups", answer)
    assert chosen(aws, awslogs("eu-west-1")) == Destination()


@pytest.mark.parametrize(
    ("described", "group", "expected"),
    [
        (definition("syslog"), "mine", "mine"),
        (awslogs(), "mine", "mine"),
        (awslogs(), "g", ""),
        (awslogs("eu-west-1"), "g", "g"),
        (definition("syslog"), "none", ""),
        (awslogs("eu-west-1"), "none", ""),
    ],
)
def test_the_operator_chooses_or_forbids(aws: FakeAws, described: dict[str, Any], group: str, expected: str) -> None:
    assert chosen(aws, described, group) == Destination(expected)


def test_without_an_environment_there_is_no_group_to_make(aws: FakeAws) -> None:
    assert choose(aws.context(), definition("syslog"), "management", None, None) == Destination()


def test_the_group_is_made_with_tags_and_a_retention_and_once(aws: FakeAws) -> None:
    aws.on("DescribeLogGroups", groups(OURS))
    aws.on("CreateLogGroup", EVENTS)
    aws.on("PutRetentionPolicy", EVENTS)
    context = aws.context()
    assert [ensure(context, MADE, TAGS), ensure(context, MADE, TAGS)] == [(True, []), (False, [])]
    assert aws.sent("CreateLogGroup") == [{"logGroupName": OURS, "tags": TAGS}]
    assert aws.sent("PutRetentionPolicy") == [{"logGroupName": OURS, "retentionInDays": 30}]


def test_a_preview_makes_it_once_and_nothing_really(aws: FakeAws) -> None:
    aws.on("DescribeLogGroups", groups(OURS))
    context = aws.context(check_mode=True)
    assert [ensure(context, MADE, TAGS), ensure(context, MADE, TAGS)] == [(True, []), (False, [])]
    assert aws.changes() == []


def test_a_group_that_is_there_is_used_as_it_is(aws: FakeAws) -> None:
    assert ensure(aws.context(), MADE, TAGS) == (False, [])
    assert ensure(aws.context(), Destination("mine"), TAGS) == (False, [])
    assert aws.changes() == []


def test_a_lost_answer_makes_one_group(aws: FakeAws) -> None:
    there: list[str] = []
    aws.on("DescribeLogGroups", lambda params: groups(*([] if there else [OURS]))(params))
    aws.on("CreateLogGroup", Lost(cut(), lambda params: there.append(params["logGroupName"])))
    aws.on("PutRetentionPolicy", EVENTS)
    assert ensure(aws.context(), MADE, TAGS) == (True, [])
    assert (there, aws.count("CreateLogGroup")) == ([OURS], 1)


def test_one_that_somebody_made_meanwhile_will_do(aws: FakeAws) -> None:
    aws.on("DescribeLogGroups", groups(OURS))
    aws.on("CreateLogGroup", Refusal("ResourceAlreadyExistsException"))
    assert ensure(aws.context(), MADE, TAGS) == (False, [])


@pytest.mark.parametrize("tags", [TAGS, {}])
def test_a_retention_that_a_crash_left_out_is_set_on_our_own_group(aws: FakeAws, tags: dict[str, str]) -> None:
    aws.on("DescribeLogGroups", groups(retentionInDays=0))
    aws.on("ListTagsForResource", {"tags": tags})
    aws.on("PutRetentionPolicy", EVENTS)
    assert ensure(aws.context(), MADE, TAGS) == (False, [])
    assert aws.count("PutRetentionPolicy") == bool(tags)
    [asked] = aws.sent("ListTagsForResource")
    assert asked["resourceArn"].endswith(f"log-group:{OURS}"), "without :*"


def test_who_may_not_make_it_is_told_the_choices(aws: FakeAws) -> None:
    aws.on("DescribeLogGroups", DENIED)
    aws.on("CreateLogGroup", DENIED)
    with pytest.raises(Refused) as refused:
        ensure(aws.context(), MADE, TAGS)
    for words in (
        "not authorized to perform: logs:CreateLogGroup",
        f"create {OURS} yourself",
        "ingest_log_group; none",
    ):
        assert words in refused.value.message


def test_who_may_not_set_the_retention_is_warned(aws: FakeAws) -> None:
    aws.on("DescribeLogGroups", groups(OURS))
    aws.on("CreateLogGroup", EVENTS)
    aws.on("PutRetentionPolicy", Refusal("AccessDeniedException"))
    made, [warning] = ensure(aws.context(), MADE, TAGS)
    assert made and warning == f"Log group {OURS} keeps its events for ever: PutRetentionPolicy is denied."


@pytest.mark.parametrize(
    ("task", "fargate", "refused"),
    [
        ({"requiresCompatibilities": ["FARGATE"]}, False, True),
        ({}, True, True),
        ({"requiresCompatibilities": ["FARGATE"], "executionRoleArn": "role"}, False, False),
        ({"requiresCompatibilities": ["EC2"]}, False, False),
    ],
)
def test_fargate_needs_an_execution_role(task: dict[str, Any], fargate: bool, refused: bool) -> None:
    found = log_groups.problems({**awslogs(), **task}, "management", fargate)
    assert bool(found) is refused
    assert all("executionRoleArn" in each and "ingest_log_group to none" in each for each in found)
    assert log_groups.problems({**definition("splunk"), **task}, "management", fargate) == []


def test_the_groups_of_a_run_are_known_from_its_record() -> None:
    steps = {
        name: Step("staging-1", DONE, "", facts=facts)
        for name, facts in {"prepare": {"log_group": OURS}, "task_definition": {"log_group": OURS}, "drain": {}}.items()
    }
    assert (log_groups.kept(steps), log_groups.kept({})) == (OURS, "")
