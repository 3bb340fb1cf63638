"""A run as operators meet it: interrupted, failed, held by another, resumed."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Account, Controller
from tests.waiting import until

# a worker that never finds the queue empty, a command that fails, one that takes its time
MANAGE = """
case "$1" in
  run_jobs|long) exec sleep infinity ;;
  bad) echo "what went wrong"; exit 3 ;;
esac
"""
FLEET = "--tags=capacity,task_definition,database,service,drain"


@pytest.fixture(autouse=True)
def fresh(account: Account) -> None:
    """Begin each test on an untouched account."""
    account.control("reset", "POST")


def calls(account: Account, operation: str) -> int:
    return [call["operation"] for call in account.calls()].count(operation)


def groups(account: Account) -> list[str]:
    found = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return [group["AutoScalingGroupName"] for group in found if not group.get("Status")]


def parameter(account: Account, name: str) -> Any:
    answer = account.client("ssm").get_parameter(Name=f"/climate.ingest/staging/{name}")
    return json.loads(answer["Parameter"]["Value"])


def status_of(account: Account, task: str) -> str:
    found = account.client("ecs").describe_tasks(cluster="ecsStagingCluster", tasks=[task])["tasks"]
    return str(found[0]["lastStatus"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_a_failure_like_any_other(account: Account, number: int) -> None:
    controller = Controller(account, FLEET)
    account.client("sqs").send_message(QueueUrl=queue(account), MessageBody="{}")
    controller.await_text("jobs done")
    os.kill(controller.process.pid, number)
    assert controller.end() == 2
    assert "Interrupted" in controller.said
    assert "Run staging-1 was stopped by you in task 'Wait until the job queue is drained'" in squeezed(controller.said)
    for gone in ("service ingest-staging-run-jobs", "Auto Scaling group ingest-staging-spot", "db.t3.medium"):
        assert gone in controller.said.rpartition("Still there:")[0]
    assert groups(account) == ["asgStagingContainerInstance"]
    assert "Go on with\n" in controller.said and "ansible-playbook playbooks/populate.yml" in controller.said
    assert parameter(account, "run")["state"] == "open"


def queue(account: Account) -> str:
    return str(account.client("sqs").get_queue_url(QueueName="cc-api-staging")["QueueUrl"])


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_a_second_interrupt_stops_at_once_and_the_next_run_goes_on(account: Account) -> None:
    controller = Controller(account, "--tags=migrate", ingest_migrate_command="long")
    controller.await_text("task is running")
    os.kill(controller.process.pid, signal.SIGINT)
    os.kill(controller.process.pid, signal.SIGINT)
    assert controller.end() != 0
    again = Controller(account, "--tags=migrate", ingest_migrate_command="long")
    again.await_text("migrate: found its task again: arn:")
    task = again.said.partition("migrate: found its task again: ")[2].split()[0]
    account.client("ecs").stop_task(cluster="ecsStagingCluster", task=task)
    assert again.end() == 2
    assert calls(account, "RunTask") == 1


def test_a_failed_step_says_why_and_how_to_go_on(account: Account) -> None:
    run = account.playbook("populate", "--tags=prepare,migrate", ingest_migrate_command="bad")
    assert run.returncode == 2
    cause, _, outcome = run.stdout.rpartition("Run staging-1 failed in task 'Run migrations'.")
    for part in ("exit code 3", "what went wrong", "removed task definition StagingManagement:2"):
        assert part in cause
    assert "job queue" in outcome and "StagingManagement:2" not in outcome, "nothing is told twice"
    again = account.playbook("populate", "--tags=migrate")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "resuming run staging-1" in again.stdout


def test_what_costs_money_is_kept_on_request(account: Account) -> None:
    run = account.playbook("populate", "--tags=capacity,verify", ingest_verify_command="bad", ingest_on_failure="keep")
    assert run.returncode == 2
    assert "Removed: nothing." in run.stdout
    assert "  - Auto Scaling group ingest-staging-spot" in run.stdout.rpartition("Still there:")[2]
    assert "ingest-staging-spot" in groups(account)


def test_secrets_of_the_command_line_are_not_said_again(account: Account) -> None:
    run = account.playbook(
        "populate", "--tags=migrate", "-e", "ingest_secret_key=hunter2", ingest_migrate_command="bad"
    )
    assert run.returncode == 2
    assert "hunter2" not in run.stdout + run.stderr


def test_another_controller_is_refused_at_once(account: Account) -> None:
    first = Controller(account, "--tags=migrate", ingest_migrate_command="long")
    first.await_text("task is running")
    for playbook, more in (("populate", {}), ("teardown", {}), ("command", {"command": "check"})):
        second = account.playbook(playbook, **more)
        assert second.returncode == 2
        assert "is in use by" in second.stdout
        assert f"(process {first.process.pid}) since" in second.stdout
        assert "-e ingest_take_over=1" in squeezed(second.stdout)
    third = Controller(account, "--tags=migrate", ingest_migrate_command="long", ingest_take_over=1)
    third.await_text("migrate: found its task again: ")
    until(
        lambda: (
            calls(account, "StopTask")
            or not account.client("ssm")
            .get_parameters_by_path(Path="/climate.ingest/staging/lock")["Parameters"][0]["Name"]
            .endswith("/1")
        )
    )
    for controller in (first, third):
        controller.process.kill()
        controller.end()


def test_of_two_started_together_one_wins(account: Account) -> None:
    both = [Controller(account, "--tags=migrate", ingest_migrate_command="long") for _ in range(2)]
    until(lambda: any(each.process.poll() is not None for each in both))
    (lost,) = [each for each in both if each.process.poll() is not None]
    (won,) = [each for each in both if each is not lost]
    assert lost.end() == 2 and "is in use by" in lost.said
    won.await_text("task is running")
    assert calls(account, "RunTask") == 1
    won.process.kill()
    won.end()


def test_a_killed_controller_is_no_hindrance_on_its_machine(account: Account) -> None:
    first = Controller(account, "--tags=migrate", ingest_migrate_command="long")
    first.await_text("task is running")
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    second = account.playbook("teardown")
    assert second.returncode == 0, second.stdout + second.stderr


def test_where_there_is_no_way_to_tell_the_choices_are_offered_and_work(account: Account, tmp_path: Path) -> None:
    """create_jobs was under way when the controller was killed, and ECS has forgotten it."""
    years, tags = {"ingest_years": "2006"}, ("--tags=create_jobs", "--skip-tags=baseline")
    first = Controller(account, *tags, ingest_create_jobs_command="long", **years)
    first.await_text("task is running")
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    task = parameter(account, "steps/create_jobs")["task"]
    account.client("ecs").stop_task(cluster="ecsStagingCluster", task=task)
    until(lambda: status_of(account, task) == "STOPPED")
    account.control("forget", "POST")
    again = account.playbook("populate", *tags, ingest_create_jobs_command="check", **years)
    assert again.returncode == 2
    for choice in ("ingest_assume_done=create_jobs", "ingest_purge_queue=true"):
        assert choice in again.stdout
    assert calls(account, "RunTask") == 1
    done = account.playbook("populate", *tags, ingest_assume_done=["create_jobs"], **years)
    assert done.returncode == 0, done.stdout + done.stderr
    assert parameter(account, "steps/create_jobs")["state"] == "done"
    assert calls(account, "RunTask") == 1
    told = json.loads((account.reports / "staging-1.json").read_text())["interruptions"]["newest"]
    assert [(each["step"], each["within"]) for each in told] == [("create_jobs", True), ("", False)]
    assert "which did not release the environment" in (account.reports / "staging-1.html").read_text()
