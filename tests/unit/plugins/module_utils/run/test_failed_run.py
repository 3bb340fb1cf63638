"""The end of a run whose step failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import NotFound, RunFailed
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN
from ansible_collections.climate.ingest.plugins.module_utils.record import go_on, lock, record
from ansible_collections.climate.ingest.plugins.module_utils.run import teardown
from ansible_collections.climate.ingest.plugins.module_utils.run.failed_run import run
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import ALICE, BOB, FakeSsm

PARAMS: dict[str, Any] = {
    "environment": "staging",
    "cluster": "c",
    "family": "f",
    "database": "d",
    "on_failure": "remove",
    "task": "Run migrations",
    "result": {"msg": "migrate ended with exit code 3"},
    "timeout": 60,
}


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    return FakeSsm(aws)


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Context]:
    """The contexts of the teardowns that were tried."""
    tried: list[Context] = []

    def attempt(context: Context, params: Any) -> Result:
        tried.append(context)
        return Result(values={"removed": ["service s"], "scaled_back": [], "left": ["database d: busy"]})

    monkeypatch.setattr(teardown, "attempt", attempt)
    return tried


def story(ssm: FakeSsm, context: Context | None = None, **changes: Any) -> RunFailed:
    with pytest.raises(RunFailed) as caught:
        run(context or ssm.context(command="ansible-playbook p.yml"), {**PARAMS, **changes})
    return caught.value


def test_it_says_what_failed_what_went_what_stands_and_how_to_go_on(ssm: FakeSsm, attempts: list[Context]) -> None:
    message = story(ssm).message
    for part in ("'Run migrations'", "exit code 3", "- service s", "- database d: busy", "\n  ansible-playbook p.yml"):
        assert part in message
    assert "the job queue" in message.rpartition("Still there:")[2]


@pytest.mark.parametrize(
    ("result", "goes_on"),
    [
        ({}, "climate.ingest.future -i hosts.yml -t verify"),
        ({"go_on_with": "retry_failed.yml"}, "climate.ingest.retry_failed -i hosts.yml"),
        (go_on.PURGED, "climate.ingest.future -i hosts.yml -t verify -e ingest_purge_queue=true"),
    ],
)
def test_it_goes_on_as_the_cause_asks(
    ssm: FakeSsm, attempts: list[Context], result: dict[str, Any], goes_on: str
) -> None:
    context = ssm.context(command="ansible-playbook climate.ingest.future -i hosts.yml -t verify")
    assert story(ssm, context, result={"msg": "m", **result}).message.endswith(
        f"resume with\n  ansible-playbook {goes_on}"
    )


def test_who_saw_what_was_removed_is_told_of_the_rest(ssm: FakeSsm, attempts: list[Context]) -> None:
    outcome = story(ssm).details["outcome"]
    assert outcome.startswith("The run in staging failed in task 'Run migrations'.\nStill there:")
    assert outcome.endswith("ansible-playbook p.yml") and "service s" not in outcome and "exit code 3" not in outcome
    assert "Removed: nothing." in story(ssm, on_failure="keep").details["outcome"]


def test_kept_things_are_listed_and_stand(ssm: FakeSsm, attempts: list[Context]) -> None:
    error = story(ssm, on_failure="keep")
    assert attempts[0].check_mode
    assert error.details["removed"] == []
    assert "service s" in error.details["left"]


def test_nothing_is_removed_when_another_controller_took_over(ssm: FakeSsm, attempts: list[Context]) -> None:
    lock.acquire(ssm.context(ALICE), "staging")
    lock.acquire(ssm.context(BOB), "staging", take_over="1")
    error = story(ssm, ssm.context(ALICE))
    assert attempts == []
    assert "in use by bob@desk" in error.details["left"][0]
    assert "exit code 3" in error.message


def test_the_record_keeps_what_failed_and_what_went(ssm: FakeSsm, attempts: list[Context]) -> None:
    lock.acquire(ssm.context(), "staging")
    opened = "2026-03-01T10:00:00+00:00"
    record.write_run(ssm.context(), "staging", record.Run("staging-1", 1, "k", OPEN, opened, "alice@laptop"))
    assert "exit code 3" in story(ssm, result={"msg": "exit code 3 " + "\N{SNOWMAN}" * 5000}).message
    story(ssm)
    failure = ssm.parameters["/climate.ingest/staging/run"]["failure"]
    assert (failure["task"], failure["message"]) == ("Run migrations", "migrate ended with exit code 3")
    assert "/climate.ingest/staging/steps/teardown" in ssm.parameters


def test_a_teardown_that_fails_does_not_hide_why_the_run_failed(ssm: FakeSsm, monkeypatch: pytest.MonkeyPatch) -> None:
    def attempt(context: Context, params: Any) -> Result:
        raise NotFound("no cluster")

    monkeypatch.setattr(teardown, "attempt", attempt)
    assert "exit code 3" in story(ssm).message and "no cluster" in story(ssm).message


GROUP = {"AutoScalingGroupName": "ingest-staging-spot", "MaxSize": 20}
DUE = {"StartTime": datetime(2026, 3, 1, 21, 30, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        (
            {"ScheduledUpdateGroupActions": [DUE]},
            "If no controller comes back, the account sets the fleet ingest-staging-spot to 0 instances at 2026-03-01"
            " 21:30 UTC (in 11h 30m).",
        ),
        ({"ScheduledUpdateGroupActions": []}, "Nothing ends the fleet ingest-staging-spot if no controller comes back"),
        (Refusal("AccessDenied"), "is not known: AWS refused DescribeScheduledActions"),
    ],
)
def test_a_fleet_that_is_kept_is_said_to_live_until_when(
    ssm: FakeSsm, attempts: list[Context], actions: Any, says: str
) -> None:
    ssm.aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": [GROUP]})
    ssm.aws.on("DescribeScheduledActions", actions)
    assert says in story(ssm, on_failure="keep").message.rpartition("Still there:")[2]


def test_of_a_fleet_that_is_gone_nothing_is_said(ssm: FakeSsm, attempts: list[Context]) -> None:
    assert "controller" not in story(ssm).message


def test_a_preview_removes_nothing(ssm: FakeSsm, attempts: list[Context]) -> None:
    error = story(ssm, ssm.context(check_mode=True))
    assert attempts[0].check_mode and error.details["removed"] == []
