"""The variables of a container."""

from __future__ import annotations

import pytest

from tests.fakes.sandbox.ecs_world import LOG, World

ROLE = {"executionRoleArn": "arn:aws:iam::123456789012:role/execution"}


def test_overrides_replace_command_and_environment(workers: World) -> None:
    workers.logs.create_log_group(logGroupName="jobs")
    definition = workers.define(
        "echo not this",
        logConfiguration=LOG,
        environment=[{"name": "KEPT", "value": "1"}, {"name": "CHANGED", "value": "1"}],
    )
    script = "env | grep -E '^(KEPT|CHANGED|FROM_IMAGE|AWS_ENDPOINT_URL|SECRET_OF_HOST)=' | sort"
    override = {"name": "main", "command": [script], "environment": [{"name": "CHANGED", "value": "2"}]}
    task = workers.run(definition, overrides={"containerOverrides": [override]})
    assert task["overrides"]["containerOverrides"] == [override]
    workers.task_in(task["taskArn"], "STOPPED")
    url = workers.runtime.endpoint_url
    assert workers.lines(task) == [f"AWS_ENDPOINT_URL={url}", "CHANGED=2", "FROM_IMAGE=yes", "KEPT=1"]


def test_the_environment_of_this_machine_stays_out(workers: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_HOST", "x")
    task = workers.run(workers.define('test -z "$SECRET_OF_HOST"'))
    assert workers.task_in(task["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 0


def test_secrets_come_from_ssm_and_files_from_s3(workers: World) -> None:
    workers.client("ssm").put_parameter(Name="/db/password", Value="hidden", Type="SecureString")
    s3 = workers.client("s3")
    s3.create_bucket(Bucket="settings")
    s3.put_object(Bucket="settings", Key="app.env", Body=b"# comment\nCOLOUR=red\n")
    definition = workers.define(
        'test "$PASSWORD $COLOUR" = "hidden red"',
        task=ROLE,
        secrets=[{"name": "PASSWORD", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/db/password"}],
        environmentFiles=[{"value": "arn:aws:s3:::settings/app.env", "type": "s3"}],
    )
    stopped = workers.task_in(workers.run(definition)["taskArn"], "STOPPED")
    assert stopped["containers"][0].get("exitCode") == 0, stopped


@pytest.mark.parametrize(
    "settings",
    [
        {"secrets": [{"name": "X", "valueFrom": "missing"}]},
        {"secrets": [{"name": "X", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}]},
        {"environmentFiles": [{"value": "arn:aws:s3:::nowhere/app.env", "type": "s3"}]},
    ],
)
def test_what_cannot_be_resolved_fails_the_start(workers: World, settings: dict[str, object]) -> None:
    stopped = workers.task_in(workers.run(workers.define("true", task=ROLE, **settings))["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["containers"][0]["reason"].startswith("ResourceInitializationError: ")
