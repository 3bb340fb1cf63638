"""What an operator sees of a run: on a terminal, in a file, under every callback, and never in what machines read."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.text import printable
from tests.integration.conftest import AS_JSON, BIN, ROOT, Account, sandbox_up
from tests.waiting import PATIENCE

CLEAR = "\r\x1b[K"
# a command of the application that takes its time, tells it, and prints a password of its container
SLOW = [
    "shell",
    "--command",
    """import os, time
print("half", os.environ["RDS_PASSWORD"], "\\x1b[31mred", flush=True)
time.sleep(1)
print("whole")""",
]


@pytest.fixture(scope="module")
def password(account: Account) -> str:
    definition = account.client("ecs").describe_task_definition(taskDefinition="StagingManagement")["taskDefinition"]
    variables = next(each["environment"] for each in definition["containerDefinitions"] if each["name"] == "management")
    return next(each["value"] for each in variables if each["name"] == "RDS_PASSWORD")


def run(account: Account, **environment: str) -> subprocess.CompletedProcess[str]:
    ran = account.playbook("command", environment=environment, command=SLOW)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
        {"ANSIBLE_STDOUT_CALLBACK": "community.general.dense"},
        {"ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks"},
    ],
    ids=["default", "yaml", "dense", "profile_tasks"],
)
def test_each_callback_shows_the_log_as_it_comes_and_no_secret(
    account: Account, password: str, environment: dict[str, str]
) -> None:
    said = run(account, **environment).stdout
    assert "shell: half ******** red\n" in said and "shell: whole\n" in said
    assert re.search(r"shell: task is running \(\d+s\)", said)
    assert said.count("task is running") == 1
    assert password not in said
    assert "shell: task arn:" not in said  # with -v


def test_a_failure_shows_nothing_that_a_terminal_would_obey(account: Account) -> None:
    script = r"""raise SystemExit("\x1b[2J\x1b]0;owned\x07\u202eM\u00fcller \U0001f600\nsecond \x9b31mline")"""
    ran = account.playbook("command", environment=AS_JSON, command=["shell", "--command", script])
    assert ran.returncode == 2
    assert "shell: Müller 😀\n" in ran.stderr
    played = [task["hosts"]["sandbox"] for play in json.loads(ran.stdout)["plays"] for task in play["tasks"]]
    message = next(answer["msg"] for answer in played if answer.get("failed"))
    assert "Müller 😀\n" in message and "second line" in message
    assert printable(message) == message and printable(ran.stderr) == ran.stderr


def test_json_stays_json(account: Account, password: str) -> None:
    ran = run(account, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json")
    assert json.loads(ran.stdout)["stats"]["sandbox"]["failures"] == 0
    assert "shell: half ******** red" in ran.stderr
    assert password not in ran.stdout + ran.stderr


def test_in_ansible_navigator(account: Account, password: str) -> None:
    """Without an execution environment: it runs the ansible-playbook it finds."""
    ran = subprocess.run(
        [
            str(BIN / "ansible-navigator"), "run", "climate.ingest.command", "--mode", "stdout",
            "--execution-environment", "false", "--playbook-artifact-enable", "false", "--log-append", "false",
            "--log-file", str(account.state_dir / "navigator.log"), "-e", account.extra(command=SLOW),
        ],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "ANSIBLE_NOCOLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "shell: half ******** red" in ran.stdout and "shell: whole" in ran.stdout
    assert password not in ran.stdout


@pytest.fixture
def slow_account(tmp_path: Path) -> Iterator[Account]:
    """A sandbox whose instances take seconds to boot."""
    with sandbox_up(tmp_path, "--factor", "instance_boot=20") as made:
        yield made


def test_a_terminal_has_a_bar_that_is_redrawn_in_place_and_goes(slow_account: Account) -> None:
    child = pexpect.spawn(
        str(BIN / "ansible-playbook"),
        ["playbooks/populate.yml", "--tags", "capacity,teardown", "-e", slow_account.extra(ingest_instance_count=2)],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "TERM": "xterm"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=PATIENCE,
    )
    child.expect(pexpect.EOF)
    screen = str(child.before)
    child.close()
    assert child.exitstatus == 0, screen
    waits = [text for text in screen.split(CLEAR) if "ingest-staging-spot: " in text and "instances" in text]
    assert re.match(r"\[ +\] +0% ingest-staging-spot: 0 of 2 instances registered", waits[0]), screen
    assert any(re.match(r"\[=+\] 100% ingest-staging-spot: 2 of 2 instances registered", text) for text in waits), (
        screen
    )
    assert "\n" not in "".join(waits[:-1]), "each is drawn over the one before"
    assert re.search(re.escape(CLEAR) + r"(ok|changed): \[sandbox\]", screen), "it goes"


def test_more_is_told_to_who_asks(account: Account) -> None:
    assert "shell: task arn:" in account.playbook("command", "-v", command=SLOW).stdout
