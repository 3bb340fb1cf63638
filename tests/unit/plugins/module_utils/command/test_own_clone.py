"""The clone of one command, whose log can be read."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.command import management_command
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import TaskFailed
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import NOTHING_LEFT
from tests.fakes.aws import FakeAws, Refusal, log_groups
from tests.fakes.task import DEFINITION, PARAMS, page, task, tasks

FAMILY = "arn:aws:ecs:us-east-1:1:task-definition/StagingManagement"
OURS = "/climate.ingest/staging"
SYSLOG = {"logDriver": "syslog", "options": {"syslog-address": "tcp+tls://logs.example.com:12345", "tag": "management"}}
RUN = management_command.OPERATION.run


class Registry:
    """The family, whose own definition logs to syslog and links a side-car."""

    def __init__(self, aws: FakeAws) -> None:
        self.revisions: dict[str, dict[str, Any]] = {}
        definition = {**copy.deepcopy(DEFINITION), "memory": "2048"}
        definition["containerDefinitions"][0] |= {"logConfiguration": SYSLOG, "links": ["statsd"]}
        self.add({"tags": [], **definition})
        aws.on("ListTaskDefinitions", lambda params: {"taskDefinitionArns": sorted(self.revisions, reverse=True)})
        aws.on("DescribeTaskDefinition", lambda params: self.revisions[params["taskDefinition"]])
        aws.on("RegisterTaskDefinition", self.add)
        aws.on("DeregisterTaskDefinition", lambda params: self.revisions.pop(params["taskDefinition"]))
        aws.on("DeleteTaskDefinitions", {"failures": []})
        aws.on("DescribeLogGroups", log_groups())

    def add(self, params: dict[str, Any]) -> dict[str, Any]:
        arn = f"{FAMILY}:{len(self.revisions) + 1}"
        definition = {**{k: v for k, v in params.items() if k != "tags"}, "taskDefinitionArn": arn}
        self.revisions[arn] = {"taskDefinition": definition, "tags": params["tags"]}
        return self.revisions[arn]


@pytest.fixture
def registry(ecs: FakeAws) -> Registry:
    return Registry(ecs)


def test_a_command_whose_log_cannot_be_read_gets_a_clone_and_leaves_none(ecs: FakeAws, registry: Registry) -> None:
    ecs.on("GetLogEvents", page("1", "Installed 5 objects"), page("1"))
    result = RUN(ecs.context(), PARAMS)
    assert result.values["log"] == ["Installed 5 objects"]
    [registered] = ecs.sent("RegisterTaskDefinition")
    management, statsd = registered["containerDefinitions"]
    assert management["logConfiguration"]["options"]["awslogs-group"] == OURS
    assert (management["links"], statsd) == (["statsd"], {"name": "statsd"})
    assert ecs.sent("RunTask")[0]["taskDefinition"] == f"{FAMILY}:2"
    assert [*registry.revisions] == [f"{FAMILY}:1"]
    assert ecs.sent("DeleteTaskDefinitions") == [{"taskDefinitions": [f"{FAMILY}:2"]}]


def test_the_group_that_it_makes_is_told(ecs: FakeAws, registry: Registry) -> None:
    ecs.on("DescribeLogGroups", log_groups(OURS))
    ecs.on("CreateLogGroup", {})
    ecs.on("PutRetentionPolicy", {})
    result = RUN(ecs.context(), PARAMS)
    assert [verb for verb, _what in result.all_changes()] == ["created", "run"]
    assert result.all_changes()[0][1].startswith(f"log group {OURS} (kept")


def test_a_preview_says_the_same_and_changes_nothing(ecs: FakeAws, registry: Registry) -> None:
    ecs.on("DescribeClusters", {"clusters": [{"status": "ACTIVE"}]})
    ecs.on("DescribeLogGroups", log_groups(OURS))
    predicted = RUN(ecs.context(check_mode=True), PARAMS)
    assert ecs.changes() == []
    ecs.on("CreateLogGroup", {})
    ecs.on("PutRetentionPolicy", {})
    done = RUN(ecs.context(), PARAMS)
    assert (predicted.after, predicted.all_changes()) == (done.after, done.all_changes())


def test_a_command_that_fails_leaves_no_clone_either(ecs: FakeAws, registry: Registry) -> None:
    ecs.on("DescribeTasks", tasks(task("STOPPED", 1)))
    with pytest.raises(TaskFailed):
        RUN(ecs.context(), PARAMS)
    assert [*registry.revisions] == [f"{FAMILY}:1"]


def test_the_clone_that_a_crash_left_is_used_and_removed(ecs: FakeAws, registry: Registry) -> None:
    context = ecs.context()
    ecs.on("DeregisterTaskDefinition", Refusal("ServerException", status=400))
    [warning] = RUN(context, PARAMS).warnings
    assert warning.endswith("To remove it, run\n  ansible-playbook -i ... climate.ingest.teardown")
    assert context.memo.get(NOTHING_LEFT) is None
    ecs.on("DeregisterTaskDefinition", lambda params: registry.revisions.pop(params["taskDefinition"]))
    ecs.on("TagResource", {})
    RUN(ecs.context(), PARAMS)
    assert ecs.count("RegisterTaskDefinition") == 1
    assert [*registry.revisions] == [f"{FAMILY}:1"]


def in_a_run(registry: Registry) -> dict[str, Any]:
    tags = {"cloned-from": "x", "purpose": "management", "environment": "staging"}
    listed = [{"key": f"climate.ingest:{name}", "value": text} for name, text in tags.items()]
    registry.add({**DEFINITION, "tags": listed})
    return {}


@pytest.mark.parametrize(
    "given",
    [
        in_a_run,
        lambda registry: {"log_group": "none"},
        lambda registry: {"environment": None},
        lambda registry: {"task_definition": f"{FAMILY}:1"},
    ],
    ids=["prepared revision", "forbidden", "no environment", "just this revision"],
)
def test_others_run_as_they_are(ecs: FakeAws, registry: Registry, given: Callable[[Registry], dict[str, Any]]) -> None:
    RUN(ecs.context(), {**PARAMS, **given(registry)})
    assert ecs.changes() == ["RunTask"]


def test_a_log_that_can_be_read_needs_no_clone(ecs: FakeAws) -> None:
    RUN(ecs.context(), PARAMS)
    assert ecs.changes() == ["RunTask"]
