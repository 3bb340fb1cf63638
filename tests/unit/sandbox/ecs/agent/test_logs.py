"""What containers print goes to CloudWatch Logs."""

from __future__ import annotations

from tests.fakes.sandbox.ecs_world import LOG, World


def test_lines_arrive_while_the_container_runs(workers: World) -> None:
    options = {**LOG["options"], "awslogs-create-group": "true"}
    definition = workers.define("echo first; sleep 60", logConfiguration={**LOG, "options": options})
    task = workers.run(definition)
    workers.task_in(task["taskArn"], "RUNNING")
    workers.until(lambda: workers.lines(task) == ["first"])
    assert workers.task(task["taskArn"])["lastStatus"] == "RUNNING"


def test_output_without_newline_and_of_great_length_is_logged(workers: World) -> None:
    workers.logs.create_log_group(logGroupName="jobs")
    script = "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; printf 'the end'"
    task = workers.run(workers.define(script, logConfiguration=LOG))
    workers.task_in(task["taskArn"], "STOPPED")
    stream = f"p/main/{task['taskArn'].rpartition('/')[2]}"
    found = workers.logs.get_log_events(logGroupName="jobs", logStreamName=stream, startFromHead=False, limit=10)
    assert found["events"][-1]["message"] == "the end"
    assert found["events"][-2]["message"] == "line 2999"


def test_a_missing_log_group_keeps_the_container_from_starting(workers: World) -> None:
    task = workers.run(workers.define("true", logConfiguration=LOG))
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert "The specified log group does not exist" in stopped["containers"][0]["reason"]
