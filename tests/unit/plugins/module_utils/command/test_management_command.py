"""A management command: its result and its preview."""

from __future__ import annotations

from ansible_collections.climate.ingest.plugins.module_utils.command.management_command import run
from tests.fakes.aws import FakeAws
from tests.fakes.task import ARN, PARAMS, TASK


def test_a_command_runs_to_its_end(ecs: FakeAws) -> None:
    result = run(ecs.context(), PARAMS)
    assert result.changed
    assert result.values["exit_code"] == 0
    assert result.values["command"] == ["loaddata", "scenarios"]
    assert (result.values["task_arn"], result.values["task_definition_arn"]) == (TASK, ARN)
    sent = ecs.sent("RunTask")[0]
    assert sent["count"] == 1
    assert sent["overrides"] == {"containerOverrides": [{"name": "management", "command": ["loaddata", "scenarios"]}]}
    assert sent["tags"] == [
        {"key": "climate.ingest:run", "value": "manual"},
        {"key": "climate.ingest:environment", "value": "staging"},
    ]
    assert len(sent["clientToken"]) == 32


def test_check_mode_checks_everything_and_runs_nothing(ecs: FakeAws) -> None:
    ecs.on("DescribeClusters", {"clusters": [{"status": "ACTIVE"}], "failures": []})
    result = run(ecs.context(check_mode=True), PARAMS)
    assert (result.changed, result.values["predicted"]) == (True, True)
    assert result.after["command"] == ["loaddata", "scenarios"]
    assert ecs.changes() == []
