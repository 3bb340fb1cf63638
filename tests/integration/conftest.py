"""Playbooks run for real, against a sandbox of their own on a free port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from sandbox.credentials import Access
from tests.fakes import documented_policy
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
AS_JSON = {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
Task = tuple[str, bool, Any]


@dataclass
class Account:
    """A sandbox that is up, and what an operator and a reviewer do with it."""

    state_dir: Path

    @property
    def reports(self) -> Path:
        return self.state_dir / "reports"

    @property
    def access(self) -> Access:
        return Access.read(self.state_dir)

    @property
    def endpoint(self) -> str:
        return self.access.endpoint_url

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access.keys.access_key,
            aws_secret_access_key=self.access.keys.secret_key,
        )

    def control(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Ask the sandbox's control address."""
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.endpoint}/_sandbox/{path}"
        request = urllib.request.Request(url, data, self.access.headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def playbook(
        self,
        name: str,
        *arguments: str,
        environment: dict[str, str] | None = None,
        cwd: Path = ROOT,
        **variables: Any,
    ) -> subprocess.CompletedProcess[str]:
        """Run a playbook on the sandbox inventory; variables go in as extra vars."""
        return subprocess.run(
            [str(BIN / "ansible-playbook"), f"playbooks/{name}.yml", "-e", self.extra(**variables), *arguments],
            cwd=cwd,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def limited(self, *less: str) -> Iterator[None]:
        """Allow the operator only what docs/permissions.md does, less some actions, for a while."""
        self.control("settings", "PUT", {"policy": documented_policy.without(*less)})
        try:
            yield
        finally:
            self.control("settings", "PUT", {"policy": None})

    def extra(self, **variables: Any) -> str:
        """Write extra vars that lead to this account, as JSON."""
        folders = {"sandbox_state_dir": str(self.state_dir), "ingest_report_folder": str(self.reports)}
        return json.dumps(folders | variables)

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """The record of calls, without those of the workload's own processes."""
        return list(self.control(f"calls?since={since}")["calls"])

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect to the database the way the application reaches it."""
        ecs = self.client("ecs")
        definition = ecs.describe_task_definition(taskDefinition="StagingManagement")["taskDefinition"]
        container = next(c for c in definition["containerDefinitions"] if c["name"] == "management")
        environment = {entry["name"]: entry["value"] for entry in container["environment"]}
        return psycopg.connect(
            host=environment["RDS_HOST"],
            port=environment["RDS_PORT"],
            dbname=environment["RDS_DB_NAME"],
            user=environment["RDS_USER"],
            password=environment["RDS_PASSWORD"],
        )

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with self.connect() as connection:
            return list(connection.execute(query))


def tasks(output: str) -> list[Task]:
    """Read what the JSON callback printed: name, changed and diff of each task that ran."""
    played = [task for play in json.loads(output)["plays"] for task in play["tasks"]]
    return [
        (task["task"]["name"], answer["changed"], answer.get("diff"))
        for task in played
        for answer in task["hosts"].values()
        if not answer.get("skipped")
    ]


class Controller:
    """A playbook under way, as somebody at a terminal has it.

    Args:
        account: where it works.
        arguments: of ansible-playbook, after the playbook.
    """

    def __init__(self, account: Account, *arguments: str, playbook: str = "populate", **variables: Any) -> None:
        self.process = subprocess.Popen(
            [str(BIN / "ansible-playbook"), f"playbooks/{playbook}.yml", "-e", account.extra(**variables), *arguments],
            cwd=ROOT,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        self._silent = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.said += line
                self._news.notify_all()
        with self._news:
            self._silent = True
            self._news.notify_all()

    def await_text(self, text: str) -> None:
        """Wait until it has printed something; fail when it ends without."""
        with self._news:
            self._news.wait_for(lambda: text in self.said or self._silent, timeout=PATIENCE)
            assert text in self.said, self.said

    def end(self) -> int:
        """Wait for its end and give its exit code; one that does not end is killed, with what it said."""
        try:
            code = self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            pytest.fail(f"it does not end:\n{self.said}")
        self._reader.join()
        return code


def sandbox_cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@contextmanager
def sandbox_up(state_dir: Path, *options: str) -> Iterator[Account]:
    """Start a sandbox; it is gone afterwards with all its processes."""
    up = sandbox_cli("up", "--state-dir", str(state_dir), *options)
    assert up.returncode == 0, up.stdout + up.stderr
    try:
        yield Account(state_dir)
    finally:
        down = sandbox_cli("down", "--state-dir", str(state_dir))
        assert down.returncode == 0, down.stdout + down.stderr


@pytest.fixture(scope="module")
def account(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A sandbox for the tests of one file, with its options ``UP``, and its shell script ``MANAGE`` as application."""
    options = [*getattr(request.module, "UP", ())]
    if manage := getattr(request.module, "MANAGE", ""):
        image = tmp_path_factory.mktemp("image")
        (image / "images.yml").write_text("images: {cc-management: {directory: ., interpreter: /bin/sh}}\n")
        (image / "manage.py").write_text(manage)
        options += ["--images", str(image / "images.yml")]
    with sandbox_up(tmp_path_factory.mktemp("sandbox"), *options) as made:
        yield made
