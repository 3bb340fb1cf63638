"""The class of the database is not changed under the commands and workers that use it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.database import users
from ansible_collections.climate.ingest.plugins.module_utils.database.change import Change
from tests.fakes.aws import FakeAws
from tests.fakes.environment import CLUSTER, OURS, SERVICE, Environment

CHANGE = Change("dbstaging", cluster=CLUSTER, environment="staging", restore=True)
DATABASE = {"DBInstanceIdentifier": "dbstaging", "DBInstanceClass": "db.m4.xlarge"}


@pytest.fixture
def environment(aws: FakeAws) -> Environment:
    """An environment in which nothing runs yet."""
    environment = Environment(aws)
    environment.tasks.clear()
    return environment


def await_end(aws: FakeAws, **changes: Any) -> None:
    users.await_end(aws.context(), replace(CHANGE, **changes), DATABASE)


def predict(aws: FakeAws, preview: Preview | None = None, **changes: Any) -> None:
    users.predict(aws.context(check_mode=True, preview=preview), replace(CHANGE, **changes), DATABASE)


def test_an_unused_database_is_free_at_once(aws: FakeAws, environment: Environment) -> None:
    await_end(aws)
    assert aws.now == 0


@pytest.mark.parametrize("missing", [{"cluster": ""}, {"environment": ""}])
def test_without_cluster_or_environment_nobody_is_looked_for(aws: FakeAws, missing: dict[str, str]) -> None:
    await_end(aws, **missing)
    assert aws.calls == []


def test_a_command_that_runs_is_named(aws: FakeAws, environment: Environment) -> None:
    environment.command("migrate", "--noinput")
    with pytest.raises(Refused, match=r"dbstaging keeps db\.m4\.xlarge while migrate \(migrate\)"):
        await_end(aws)


def test_workers_are_named_by_their_service(aws: FakeAws, environment: Environment) -> None:
    environment.task("w1", OURS, group=f"service:{SERVICE}")
    with pytest.raises(Refused, match=f"service:{SERVICE} .w1."):
        await_end(aws)


def test_many_are_cut_to_five_names(aws: FakeAws, environment: Environment) -> None:
    for number in range(7):
        environment.task(f"w{number}", OURS, group=f"service:{SERVICE}")
    with pytest.raises(Refused) as caught:
        await_end(aws)
    assert "and 2 more" in caught.value.message and "w4" in caught.value.message and "w5" not in caught.value.message


def test_tasks_of_others_do_not_matter(aws: FakeAws, environment: Environment) -> None:
    environment.task("theirs", {"Project": "x"})
    environment.task("elsewhere", {"climate.ingest:environment": "production"})
    await_end(aws)


def test_a_task_that_was_told_to_stop_is_waited_for(aws: FakeAws, environment: Environment) -> None:
    environment.tasks[environment.command("migrate")] |= {"desiredStatus": "STOPPED", "requested": 0.0}
    await_end(aws)
    assert 30 <= aws.now < 45


def test_a_task_that_does_not_stop_is_a_deadline(aws: FakeAws, environment: Environment) -> None:
    environment.tasks[environment.command("migrate")] |= {"desiredStatus": "STOPPED"}
    with pytest.raises(DeadlineExceeded, match="dbstaging to stop after 120 seconds"):
        await_end(aws)


def test_a_preview_refuses_a_command_that_runs(aws: FakeAws, environment: Environment) -> None:
    environment.command("migrate")
    with pytest.raises(Refused, match="migrate"):
        predict(aws)


def test_a_preview_lets_workers_pass_as_they_are_removed_before(aws: FakeAws, environment: Environment) -> None:
    environment.task("w1", OURS, group=f"service:{SERVICE}")
    predict(aws)


def test_a_play_that_also_raised_the_class_waits_for_its_own_commands(aws: FakeAws, environment: Environment) -> None:
    environment.command("migrate")
    preview = Preview()
    preview.predict("database/dbstaging", {"DBInstanceClass": "db.m4.xlarge"})
    predict(aws, preview)
    predict(aws, restore=False)
    assert aws.calls == []
