"""Tasks, calls, queues, credentials and commands that do not do what they seem to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.command.management_command import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, TaskFailed
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.overrides import parse_command
from ansible_collections.climate.ingest.plugins.module_utils.fleet.arrival import Departure
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.dead_letters import DeadLetters
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import carry_out
from sandbox.runtime import Settings
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.sound_account import check, problems, queue
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import ARN, DEFINITION, PARAMS, page, task, tasks
from tests.fakes.workers import Ecs

HERE = Path(__file__).parent


def read(name: str) -> dict[str, Any]:
    return dict(json.loads((HERE / name).read_text()))


def test_a_task_that_a_person_stopped_is_no_success_of_a_step_that_is_done_once(aws: FakeAws) -> None:
    ssm = FakeSsm(aws)
    lock.acquire(ssm.context(), "staging")
    run = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop")
    record.write_run(ssm.context(), "staging", run)
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [ARN]})
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION, "tags": []})
    aws.on("RunTask", tasks(task("PENDING")))
    aws.on("DescribeTasks", tasks(task("STOPPED", 0, **read("task_stopped_by_a_person.json"))))
    aws.on("GetLogEvents", page("1"), page("1"))
    step = {"step": "migrate", "unless_done": [], "requires": {}, "repeatable": True}
    with pytest.raises(TaskFailed, match="was stopped: somebody or something called StopTask .*stopped in the console"):
        carry_out(ssm.context(), {**PARAMS, **step}, OPERATION)
    assert ssm.parameters["/climate.ingest/staging/steps/migrate"]["state"] == "failed"


def test_ec2_s_throttle_is_waited_out_while_a_fleet_goes(aws: FakeAws) -> None:
    refused = read("request_limit.json")
    throttle = Refusal(refused["code"], refused["message"], status=503)
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    instance = {"InstanceId": "i-1", "State": {"Name": "terminated"}}
    aws.on(refused["operation"], throttle, *[throttle] * 20, {"Reservations": [{"Instances": [instance]}]})
    aws.on("ListContainerInstances", {"containerInstanceArns": []})
    Departure(aws.context(), "ingest-staging-spot", "ecsStagingCluster").wait(600)
    assert aws.now > 60


def test_session_keys_that_cannot_outlast_the_run_are_warned_of(aws: FakeAws) -> None:
    (warning,) = check(aws, {}, {}, session_keys=True).warnings
    assert "expire within hours" in warning
    assert "a profile or a role (ingest_profile, AWS_PROFILE)" in warning
    assert check(aws, {}, {}, session_keys=False).warnings == []


def test_credentials_that_have_ended_are_named_with_what_to_do(aws: FakeAws) -> None:
    settings = Settings()
    settings.credentials = read("credentials_that_end.json")["credentials"]
    assert settings.credentials == "expired"
    (problem,) = problems(aws, {}, {"GetCallerIdentity": Refusal("ExpiredToken")})
    assert "credentials have expired" in problem and "Renew" in problem


POLICY = json.dumps(read("dead_letter_queue.json")["RedrivePolicy"])


def test_a_queue_that_takes_jobs_away_is_warned_of(aws: FakeAws) -> None:
    attributes = queue()["Attributes"] | {"RedrivePolicy": POLICY}
    (warning,) = check(aws, {}, {"GetQueueAttributes": {"Attributes": attributes}}).warnings
    assert warning.startswith("Queue cc-api-staging moves a job to cc-api-staging-dead after 3 receives")
    assert "Raise maxReceiveCount to 11 or more" in warning


def test_what_arrives_in_the_dead_letter_queue_is_counted(aws: FakeAws) -> None:
    aws.on("GetQueueUrl", {"QueueUrl": "https://sqs/cc-api-staging-dead"})
    aws.on("GetQueueAttributes", queue(visible=0), queue(visible=1))
    sentence = DeadLetters(aws.context(), POLICY).sentence()
    assert sentence is not None
    assert sentence.startswith("SQS moved 1 job to the dead-letter queue cc-api-staging-dead, after 3 receives each")


BLANK = (HERE / "command_with_a_blank.txt").read_text()
# as word processors, web pages and habits leave them
COMMANDS = [
    (BLANK, "Did you mean migrate,--noinput?"),
    (BLANK.replace(" ", "\u00a0"), "Did you mean migrate,--noinput?"),
    (BLANK.replace(" ", "\t"), "Did you mean migrate,--noinput?"),
    ("migrate,\u2013noinput", "a typographic dash (\u2013)"),
    ("migrate,\u2014noinput", "a typographic dash (\u2014)"),
    ("migrate,\u2212\u2212noinput", "a typographic dash (\u2212)"),
    ("migrate,\u201c--noinput\u201d", "typographic quotes (\u201c)"),
    ("\u201cmigrate\u201d", "typographic quotes (\u201c)"),
    ("'migrate'", "quotes (')"),
]


@pytest.mark.parametrize(("command", "says"), COMMANDS, ids=range(len(COMMANDS)))
def test_a_command_that_django_would_not_know_is_refused_before_anything_is_called(
    aws: FakeAws, command: str, says: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_command(command)
    assert says in caught.value.message
    (problem,) = problems(aws, {"ingest_migrate_command": command}, {})
    assert problem.startswith("ingest_migrate_command is ") and says in problem


def test_a_strategy_that_ecs_answers_in_upper_case_is_no_change(aws: FakeAws) -> None:
    ecs, found = Ecs(aws), read("strategy_in_upper_case.json")
    ecs.running = {0.0: 60}
    strategy = found["asked"]["placementStrategy"]
    ecs.run(placement_strategy=strategy)
    assert ecs.service is not None
    ecs.service |= found["answered"]
    for check_mode in (True, False):
        assert not ecs.run(check_mode=check_mode, placement_strategy=strategy).changed
    assert aws.count("UpdateService") == 0
