"""A client that is killed at one of its calls."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from sandbox.server import Sandbox
from tests.fakes.sandbox.control import control
from tests.waiting import PATIENCE

Client = Callable[..., Any]

# A parent and its child in a session of its own, as ansible's worker is. The child makes the calls; two more threads
# make calls all the time, so that some are under way whenever the trap springs.
CHILD = """
import itertools, sys, threading
import boto3
from botocore.config import Config
config = Config(retries={"total_max_attempts": 1}, max_pool_connections=10)
ssm = boto3.client("ssm", endpoint_url=sys.argv[1], region_name="us-east-1", config=config)
def put(name):
    ssm.put_parameter(Name=f"/crash/{name}", Value="v", Type="String")
def go_on(name):
    for number in itertools.count():
        put(f"{name}{number}")
if not sys.stdin.readline():
    sys.exit()
ssm.describe_parameters()
for name in "abcde":
    put(name)
    print(name, flush=True)
for name in sys.argv[2:]:
    threading.Thread(target=go_on, args=[name]).start()
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, *sys.argv[1:]], start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""


@pytest.fixture
def start(account: Sandbox, client: Client) -> Iterator[Callable[..., tuple[Any, psutil.Process]]]:
    """Start a parent and its child, which waits for a line before its first call; nothing of theirs stays."""
    begun: list[subprocess.Popen[str]] = []

    def make(*threads: str) -> tuple[Any, psutil.Process]:
        arguments = [sys.executable, "-c", PARENT, "-c", CHILD, account.endpoint_url, *threads]
        pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        keys = account.credentials.operator
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}
        parent = subprocess.Popen(arguments, **pipe, text=True, env=environment)
        begun.append(parent)
        return parent, psutil.Process(int(parent.stdout.readline()))

    yield make
    control(account, "settings", "PUT", {"crash": None})
    for parent in begun:
        parent.kill()
        parent.communicate()
    names = made(client)
    for first in range(0, len(names), 10):
        client("ssm").delete_parameters(Names=[f"/crash/{name}" for name in names[first : first + 10]])


def made(client: Client) -> list[str]:
    pages = client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/crash")
    return sorted(each["Name"].removeprefix("/crash/") for page in pages for each in page["Parameters"])


def trap(account: Sandbox, parent: Any, call: int, when: str) -> None:
    wanted = {"call": call, "when": when, "process": parent.pid}
    assert control(account, "settings", "PUT", {"crash": wanted})["crash"] == wanted


def run(parent: Any) -> list[str]:
    """Let the child go; give the calls that it saw answered."""
    return str(parent.communicate("go\n", timeout=PATIENCE)[0]).split()


@pytest.mark.parametrize(("when", "there"), [("before", ["a", "b"]), ("after", ["a", "b", "c"])])
def test_a_client_dies_before_a_call_or_after_it(
    account: Sandbox, client: Client, start: Any, when: str, there: list[str]
) -> None:
    parent, child = start()
    trap(account, parent, 3, when)
    since = control(account, "calls")["last"]
    assert run(parent) == ["a", "b"], "it never sees the third answered"
    assert parent.returncode == -9
    settings = control(account, "settings")
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    assert settings["crash"] is None
    crashed = settings["crashed"]
    assert (crashed["call"], crashed["when"], crashed["process"]) == (3, when, parent.pid)
    assert (crashed["service"], crashed["operation"], crashed["parameters"]["Name"]) == (
        "ssm", "PutParameter", "/crash/c"
    )  # fmt: skip
    assert crashed["killed"] == sorted([parent.pid, child.pid])
    assert made(client) == there
    recorded = control(account, f"calls?since={since}&changes=1")["calls"]
    assert [call["parameters"]["Name"].removeprefix("/crash/") for call in recorded] == there


def test_nothing_of_a_dead_client_takes_effect(account: Sandbox, client: Client, start: Any) -> None:
    parent, _child = start("x", "y", "z")
    trap(account, parent, 40, "before")
    since = control(account, "calls")["last"]
    run(parent)
    assert len(made(client)) == 39, "those under way did not happen"
    assert len(control(account, f"calls?since={since}&changes=1")["calls"]) == 39


def test_a_trap_that_is_not_reached_stays_until_it_is_taken_away(account: Sandbox, start: Any) -> None:
    parent, _child = start()
    trap(account, parent, 6, "before")
    assert run(parent) == list("abcde")
    assert parent.returncode == 0
    settings = control(account, "settings")
    assert settings["crash"] is not None and settings["crashed"] is None
    assert control(account, "settings", "PUT", {"crash": None})["crash"] is None


def test_a_call_is_performed_when_the_process_has_ended(account: Sandbox, client: Client, start: Any) -> None:
    parent, _child = start()
    trap(account, parent, 1, "before")
    parent.kill()
    parent.communicate()
    client("ssm").put_parameter(Name="/crash/other", Value="v", Type="String")
    assert control(account, "settings")["crashed"]["killed"] == []
    assert made(client) == ["other"]


def test_only_an_operators_changes_count(account: Sandbox, client: Client, start: Any) -> None:
    parent, _child = start()
    trap(account, parent, 1, "before")
    client("ssm").describe_parameters()
    account.clients("ssm").put_parameter(Name="/crash/own", Value="v", Type="String")
    assert control(account, "settings")["crashed"] is None
    assert run(parent) == []
    assert made(client) == ["own"]


def test_the_sandbox_and_what_it_needs_are_never_killed(account: Sandbox) -> None:
    postgres = next(process for process in psutil.Process().children() if "postgres" in process.name())
    for process in (psutil.Process(), psutil.Process().parent(), postgres, postgres.children()[0]):
        assert process is not None
        with pytest.raises(urllib.error.HTTPError) as refused:
            trap(account, process, 1, "before")
        assert refused.value.code == 400
        assert process.is_running()


def test_a_process_that_who_asks_did_not_start_is_never_killed(account: Sandbox) -> None:
    asks = (
        "import json, sys, urllib.error, urllib.request\n"
        "headers = {'Authorization': 'Bearer ' + sys.argv[2]}\n"
        "body = json.dumps({'crash': {'call': 1, 'when': 'before', 'process': int(sys.argv[3])}}).encode()\n"
        "try: urllib.request.urlopen(urllib.request.Request(sys.argv[1], body, headers, method='PUT'))\n"
        "except urllib.error.HTTPError as error: print(error.code, json.load(error)['error'])\n"
    )
    url, token = f"{account.endpoint_url}/_sandbox/settings", account.credentials.token
    with subprocess.Popen(["sleep", "60"]) as sibling:
        try:
            asked = [sys.executable, "-c", asks, url, token, str(sibling.pid)]
            said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
            assert said.startswith("400 ") and "not started by who asks for it" in said
            assert control(account, "settings")["crash"] is None
            trap(account, sibling, 1, "before")  # this process started it
            with pytest.raises(urllib.error.HTTPError):
                trap(account, psutil.Process(), 1, "before")
        finally:
            control(account, "settings", "PUT", {"crash": None})
            sibling.kill()


def test_a_reset_takes_the_trap_away(account: Sandbox, start: Any) -> None:
    parent, _child = start()
    trap(account, parent, 1, "before")
    assert control(account, "reset", "POST")["settings"]["crash"] is None
    assert run(parent) == list("abcde")
