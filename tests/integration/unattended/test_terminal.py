"""A run whose standard output goes away: it goes on to its end, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from ptyprocess import PtyProcess

from tests.integration.conftest import BIN, ROOT, Account

MANAGE = """
case "$1" in
  run_jobs) exec sleep infinity ;;
  talk) seq 5000 ;;
  fail) exit 3 ;;
esac
"""
FLEET = ["--tags", "capacity,task_definition,database,service,drain,teardown"]
LARGEST_FILE = 1 << 30  # bytes
SECONDS = 180  # until a test takes a run for hanging


@pytest.fixture(autouse=True)
def fresh(account: Account) -> None:
    """Begin each test on an untouched account."""
    account.control("reset", "POST", {})


@pytest.fixture
def job(account: Account) -> Callable[[], None]:
    """A job that no worker takes, so that the drain waits; call it to take the job away."""
    sqs = account.client("sqs")
    queue = sqs.get_queue_url(QueueName="cc-api-staging")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")

    def take_away() -> None:
        sqs.purge_queue(QueueUrl=queue)

    return take_away


def command(account: Account, playbook: str, *arguments: str, **variables: Any) -> list[str]:
    program = str(BIN / "ansible-playbook")
    return [program, f"playbooks/{playbook}.yml", "-e", account.extra(**variables), *arguments]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "0", **more}


def start(
    arguments: list[str],
    stdout: int | IO[Any],
    stderr: int = subprocess.STDOUT,
    preexec_fn: Callable[[], None] | None = None,
    **more: str,
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        arguments,
        cwd=ROOT,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        start_new_session=True,
        preexec_fn=preexec_fn,
    )


def limit_files() -> None:
    """Let this process's files become so large and no larger."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))


def end(process: subprocess.Popen[str]) -> int:
    """Wait for its end; one that hangs is killed."""
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail("it hangs")


def in_terminal(arguments: list[str], until: str) -> PtyProcess:
    """Start a program in a terminal of its own, and wait until it shows something."""
    process = PtyProcess.spawn(arguments, cwd=str(ROOT), env=environment(TERM="xterm"))
    shown = b""
    while until.encode() not in shown:
        shown += process.read()
    return process


def hang_up(process: PtyProcess) -> None:
    """Close the terminal, as the end of an ssh connection does: its processes get SIGHUP, and their writes EIO."""
    os.close(process.fd)


def status_of(process: PtyProcess) -> int:
    """Wait for the end of a process in a terminal."""
    signal.signal(signal.SIGALRM, lambda number, frame: os.killpg(process.pid, signal.SIGKILL))
    signal.alarm(SECONDS)
    try:
        return os.waitstatus_to_exitcode(os.waitpid(process.pid, 0)[1])
    finally:
        signal.alarm(0)


def left(account: Account) -> list[str]:
    """List what a run left: the lock, groups, services, definitions."""
    locks = account.client("ssm").get_parameters_by_path(Path="/climate.ingest/staging/lock")["Parameters"]
    groups = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    ecs = account.client("ecs")
    definitions = ecs.list_task_definitions(familyPrefix="StagingManagement", status="ACTIVE")["taskDefinitionArns"]
    return [
        *[each["Name"] for each in locks if not json.loads(each["Value"])["released"]],
        *[each["AutoScalingGroupName"] for each in groups if "ingest-" in each["AutoScalingGroupName"]],
        *[arn for arn in ecs.list_services(cluster="ecsStagingCluster")["serviceArns"] if "ingest-" in arn],
        *definitions[1:],
    ]


def test_a_reader_that_ends(account: Account, job: Callable[[], None]) -> None:
    """As ``| head`` does, in the middle of a wait."""
    process = start(command(account, "populate", *FLEET), subprocess.PIPE, PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    assert any("jobs done" in line for line in process.stdout)
    process.stdout.close()
    job()
    assert end(process) == 0
    assert left(account) == []


@pytest.mark.parametrize("buffering", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(("name", "code"), [("talk", 0), ("fail", 2)])
def test_a_disk_that_gets_full(
    account: Account, tmp_path: Path, name: str, code: int, buffering: dict[str, str]
) -> None:
    """A file as large as it may become stands for it: the kernel answers EFBIG, as ENOSPC on a disk."""
    with (tmp_path / "log").open("a") as log:
        log.truncate(LARGEST_FILE - 700)
        process = start(command(account, "command", command=name), log, preexec_fn=limit_files, **buffering)
        assert end(process) == code
        assert log.tell() == LARGEST_FILE
    assert left(account) == []


def test_standard_output_on_a_full_disk_from_the_beginning(account: Account) -> None:
    with open("/dev/full", "w") as full:
        assert end(start(command(account, "command", command="talk"), full, stderr=subprocess.DEVNULL)) == 0
    assert left(account) == []


def test_a_full_disk_under_ansibles_own_log(account: Account) -> None:
    process = start(command(account, "command", command="talk"), subprocess.DEVNULL, ANSIBLE_LOG_PATH="/dev/full")
    assert end(process) == 0


def test_a_lost_connection(account: Account, job: Callable[[], None]) -> None:
    process = in_terminal(command(account, "populate", *FLEET), until="jobs done")
    hang_up(process)
    job()
    assert status_of(process) == 0
    assert left(account) == []


def test_one_signal_ends_a_run_without_a_terminal_in_order(account: Account, job: Callable[[], None]) -> None:
    process = in_terminal(command(account, "populate", *FLEET), until="jobs done")
    hang_up(process)
    os.kill(process.pid, signal.SIGTERM)
    assert status_of(process) == 2
    assert left(account) == []
    run = account.client("ssm").get_parameter(Name="/climate.ingest/staging/run")["Parameter"]["Value"]
    assert "Interrupted" in json.loads(run)["failure"]["message"]
