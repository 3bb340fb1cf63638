"""The guide's own numbers, on programs that cost nothing: 200 workers, too few instances, commands that fail."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.integration.conftest import Account

CLUSTER = "ecsStagingCluster"
LOG_GROUP = "/climate.ingest/staging"
WORKERS = 200
INSTANCES = 67  # of m4.2xlarge, with room for three workers each
CAME = 20
POLLED = {
    "DescribeServices", "DescribeTasks", "ListTasks", "GetQueueAttributes", "FilterLogEvents",
    "DescribeAutoScalingGroups", "ListContainerInstances", "DescribeContainerInstances",
}  # fmt: skip
RECORD = {"GetParameters", "GetParametersByPath", "PutParameter"}
UP = ("--spot-capacity", str(CAME), "--no-launch-configurations")
# stands for the application: a worker that never finds the queue empty, and commands that end in every bad way
MANAGE = """
case "$1" in
  run_jobs) exec sleep infinity ;;
  bad) for line in $(seq 30); do echo "line $line"; done; exit 3 ;;
  hungry) echo reading; exec python -c 'import time; hoard = b"x" * 2**28; time.sleep(60)' ;;
  long) echo begun; exec sleep infinity ;;
esac
"""


def start_workers(account: Account, **variables: Any) -> str:
    """Raise the fleet and the service, watch the empty queue, remove the service."""
    run = account.playbook(
        "future",
        "--tags=capacity,task_definition,service",
        ingest_instance_count=INSTANCES,
        ingest_worker_count=WORKERS,
        ingest_capacity_timeout=10,
        **variables,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return re.sub(r"\s+", " ", run.stdout + run.stderr)


def stopped_workers(account: Account) -> set[str]:
    pages = (
        account.client("ecs")
        .get_paginator("list_tasks")
        .paginate(cluster=CLUSTER, desiredStatus="STOPPED", family="StagingManagement")
    )
    return {arn for page in pages for arn in page["taskArns"]}


@pytest.fixture(scope="module")
def scarce_run(account: Account) -> tuple[str, int]:
    """What was said where 20 of 67 instances came, and how many workers ran."""
    said = start_workers(account)
    return said, len(stopped_workers(account))


@pytest.fixture(scope="module")
def full_run(account: Account, scarce_run: tuple[str, int]) -> tuple[str, int, list[dict[str, Any]]]:
    """What was said with enough capacity, how many workers ran, and the calls that were made."""
    account.control("settings", "PUT", {"spot_capacity": None})
    before = stopped_workers(account)
    since = account.calls()[-1]["number"]
    said = start_workers(account, ingest_new_run_after="staging-1")  # in staging-1 the queue is drained
    calls = account.calls(since)
    return said, len(stopped_workers(account) - before), [call for call in calls if call["caller"] == "operator"]


def test_too_little_capacity_is_said_and_resumed(scarce_run: tuple[str, int]) -> None:
    said, workers = scarce_run
    assert f"{CAME} of {INSTANCES} spot instances joined {CLUSTER} in 10 seconds." in said
    assert "Continuing with those." in said
    assert re.search(r"200 workers requested \(\d+ MiB each\); 20 x m4.2xlarge hold 60: 60 run, 140 wait.", said)
    assert workers == 60


def test_two_hundred_workers_run(full_run: tuple[str, int, Any]) -> None:
    said, workers, _calls = full_run
    assert workers == WORKERS
    assert "workers requested" not in said, "nothing to warn of where all fit"


def test_calls_are_made_in_batches_and_once_a_poll(full_run: tuple[str, int, list[dict[str, Any]]]) -> None:
    counts = Counter(call["operation"] for call in full_run[2])
    polls = counts["DescribeServices"]
    assert polls < 40
    assert 2 <= counts["DescribeTasks"] <= 2 * polls, "200 tasks are two batches a look"
    assert max(counts.values()) <= 2 * polls
    steps = 7  # preflight, capacity asked for, definition, capacity awaited, service, drain, the run closed
    assert {name: count for name, count in counts.items() if name not in POLLED | RECORD and count > steps} == {}
    read = 2 * steps + 6  # record and lock each, and what the report is made of
    assert {name: counts[name] for name in RECORD if counts[name] > read} == {}
    assert counts["CreateService"] == counts["DeleteService"] == 1
    assert [call for call in full_run[2] if call["error"]] == []


def test_the_fleet_is_a_copy_of_the_launch_template(account: Account, full_run: tuple[str, int, Any]) -> None:
    ec2 = account.client("ec2")

    def latest(name: str) -> dict[str, Any]:
        versions = ec2.describe_launch_template_versions(LaunchTemplateName=name, Versions=["$Latest"])
        return dict(versions["LaunchTemplateVersions"][0]["LaunchTemplateData"])

    source, copy = latest("ltStagingContainerInstance"), latest("ingest-staging-spot")
    for name in ("ImageId", "KeyName", "IamInstanceProfile", "SecurityGroupIds"):
        assert copy[name] == source[name]
    assert [disk["Ebs"]["VolumeSize"] for disk in copy["BlockDeviceMappings"]] == [100]
    assert account.client("autoscaling").describe_launch_configurations()["LaunchConfigurations"] == []


def test_teardown_removes_all_of_it(account: Account, full_run: tuple[str, int, Any]) -> None:
    run = account.playbook("teardown")
    assert run.returncode == 0, run.stdout + run.stderr
    instances = account.client("ecs").list_container_instances(cluster=CLUSTER)["containerInstanceArns"]
    groups = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert len(instances) == 2
    assert [group["AutoScalingGroupName"] for group in groups] == ["asgStagingContainerInstance"]


def register(account: Account, family: str, **changes: Any) -> None:
    """Register a family like StagingManagement, its first container changed."""
    ecs = account.client("ecs")
    seeded = ecs.describe_task_definition(taskDefinition="StagingManagement:1")["taskDefinition"]
    containers = seeded["containerDefinitions"]
    containers[0] |= changes
    ecs.register_task_definition(family=family, containerDefinitions=containers, volumes=seeded["volumes"])


def command(account: Account, text: str, family: str = "StagingManagement") -> CompletedProcess[str]:
    """Run migrations with another command; it must fail the play."""
    run = account.playbook("populate", "--tags=migrate", ingest_migrate_command=text, ingest_family=family)
    assert run.returncode == 2, run.stdout + run.stderr
    return run


def test_an_exit_code_fails_the_play_with_the_last_20_lines(account: Account) -> None:
    said = command(account, "bad").stdout
    message = said.rpartition("bad ended with exit code 3")[2]
    assert message
    assert re.findall(r"^\s+line (\d+)$", message.partition("task_arn")[0], re.MULTILINE)[:20] == [
        str(number) for number in range(11, 31)
    ]


def test_a_command_killed_for_its_memory_fails_the_play(account: Account) -> None:
    register(account, "SmallManagement", memory=64)
    said = command(account, "hungry", "SmallManagement").stdout
    assert "was killed for using more memory than its hard limit (exit code 137" in said
    assert "OutOfMemoryError" in said and "  reading" in said


def test_a_command_that_cannot_start_fails_the_play(account: Account) -> None:
    register(account, "BrokenManagement", image="no-such-image:1")
    said = command(account, "migrate", "BrokenManagement").stdout
    assert "migrate failed to start: CannotPullContainerError" in said


def test_a_command_whose_host_is_lost_fails_the_play(account: Account) -> None:
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(command, account, "long")
        ec2_id = host_of(account, lambda: not run.done())
        account.client("ec2").terminate_instances(InstanceIds=[ec2_id])
        said = run.result().stdout
    assert "long never ended by itself and has no exit code" in said
    assert "  begun" in said


def host_of(account: Account, going: Callable[[], bool]) -> str:
    """Give the EC2 instance of the only running task that has printed something."""
    ecs, logs = account.client("ecs"), account.client("logs")
    while going():
        arns = ecs.list_tasks(cluster=CLUSTER, family="StagingManagement")["taskArns"]
        tasks = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []
        for task in tasks:
            stream = f"ingest/management/{task['taskArn'].rpartition('/')[2]}"
            if logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=stream)["logStreams"]:
                host = ecs.describe_container_instances(
                    cluster=CLUSTER, containerInstances=[task["containerInstanceArn"]]
                )["containerInstances"][0]
                return str(host["ec2InstanceId"])
        time.sleep(0.1)
    raise AssertionError("the command ended before its host was known")
