"""The background process and its commands, as a person runs them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox import processes
from sandbox.daemon import StartOptions
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(state_dir: Path) -> Iterator[Run]:
    def run(command: str, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(sandbox(command, state_dir, *arguments), capture_output=True, text=True, cwd=ROOT, **more)

    yield run
    run("down")


def sandbox(command: str, state_dir: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "sandbox", command, "--state-dir", str(state_dir), *arguments]


def pid(state_dir: Path) -> int:
    return int((state_dir / "sandbox.pid").read_text())


def started_by(state_dir: Path) -> list[psutil.Process]:
    endpoint_url, scratch_dir = (state_dir / "scratch").read_text().splitlines()
    return list(processes.find(endpoint_url, Path(scratch_dir)))


def alive(process: psutil.Process) -> bool:
    # whoever inherits orphans here may not reap them at once
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def status(run: Run) -> dict[str, Any]:
    return dict(json.loads(run("status", "--json").stdout))


def test_up_status_calls_reset_and_down(run: Run, state_dir: Path) -> None:
    up = run(
        "up", "--factor", "instance_boot=0.1", env=os.environ | {"AWS_PROFILE": "not-there", "HTTP_PROXY": "http://x:1"}
    )
    assert (up.returncode, up.stderr) == (0, "")
    endpoint = (state_dir / "endpoint").read_text().strip()
    assert endpoint in up.stdout and "quick instance_boot=0.1" in up.stdout
    now = status(run)
    assert (now["endpoint"], now["profile"], now["factors"]) == (endpoint, "quick", {"instance_boot": 0.1})
    assert now["cluster"]["instances"] == 2
    assert now["database"]["status"] == "available" and now["queue"]["visible"] == 0
    assert f"endpoint  {endpoint}" in run("status").stdout

    again = run("up")
    assert (again.returncode, "up already" in again.stdout) == (0, True)
    mine = state_dir.with_name("mine.yml")
    mine.write_text("")
    other = run("up", "--profile", "aws", "--spot-capacity", "3", "--images", str(mine))
    assert other.returncode == 1
    assert "profile is quick, not aws" in other.stderr and "down" in other.stderr
    assert f"not {mine}" in other.stderr

    assert run("calls").stdout == ""
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{endpoint}/a-bucket")
    calls = json.loads(run("calls", "--json").stdout)["calls"]
    assert [(call["operation"], call["caller"], call["error"]) for call in calls] == [
        ("ListObjects", "stranger", "AccessDenied")
    ]
    assert "s3.ListObjects" in run("calls").stdout and run("calls", "--changes").stdout == ""

    # in a shell that is set up for an account of its own
    shell = 'eval "$1" && "$2" -c "import boto3; print(boto3.client(\'sts\').get_caller_identity()[\'Account\'])"'
    other = {"AWS_PROFILE": "not-there", "AWS_SESSION_TOKEN": "real", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}
    asked = subprocess.run(
        ["sh", "-c", shell, "sh", run("env").stdout, sys.executable],
        env=os.environ | other,
        capture_output=True,
        text=True,
    )
    assert asked.stdout == "123456789012\n", asked.stderr

    before = started_by(state_dir)
    assert run("reset").returncode == 0
    assert run("calls").stdout == "" and status(run)["endpoint"] == endpoint
    assert not any(alive(process) for process in before)

    server, children = psutil.Process(pid(state_dir)), started_by(state_dir)
    scratch = Path((state_dir / "scratch").read_text().splitlines()[1])
    assert children
    down = run("down")
    assert (down.returncode, down.stdout) == (0, "the sandbox is down\n")
    assert not alive(server) and not any(alive(child) for child in children)
    assert not scratch.exists()
    assert not [name for name in ("endpoint", "credentials") if (state_dir / name).exists()]
    assert (run("down").returncode, run("status").returncode, run("reset").returncode) == (0, 3, 3)
    assert "python -m sandbox up" in run("status").stderr


def test_what_a_killed_sandbox_leaves_is_gone_with_the_next(run: Run, state_dir: Path) -> None:
    run("up")
    orphans = started_by(state_dir)
    scratch = Path((state_dir / "scratch").read_text().splitlines()[1])
    os.kill(pid(state_dir), signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid(state_dir))] if psutil.pid_exists(pid(state_dir)) else [], timeout=PATIENCE)
    assert orphans and all(alive(orphan) for orphan in orphans)
    assert run("status").returncode == 3
    assert run("up").returncode == 0
    assert not any(alive(orphan) for orphan in orphans) and not scratch.exists()

    orphans = started_by(state_dir)
    os.kill(pid(state_dir), signal.SIGKILL)
    assert run("down").returncode == 0
    assert not any(alive(orphan) for orphan in orphans)


def test_a_sandbox_of_before_there_were_credentials_is_named(run: Run, state_dir: Path) -> None:
    assert run("up").returncode == 0
    (state_dir / "credentials").unlink()
    again = run("up")
    assert again.returncode == 1 and "older version" in again.stderr and "`down` first" in again.stderr


def test_of_two_started_at_once_one_wins(run: Run, state_dir: Path) -> None:
    both = [
        subprocess.Popen(sandbox("up", state_dir), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(2)
    ]
    answers = sorted(process.communicate(timeout=PATIENCE)[0].splitlines()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert answers == ["the sandbox is up", "the sandbox is up already"]


def test_a_start_that_fails_says_why_and_leaves_nothing(run: Run, state_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = run("up", "--port", str(port))
    assert up.returncode == 1
    assert (
        up.stderr == f"the sandbox did not come up: port {port} of 127.0.0.1 cannot be used: Address already in use\n"
    )
    assert run("status").returncode == 3
    assert run("up").returncode == 0


def test_options_reach_the_background_process_as_they_were() -> None:
    options = StartOptions(5000, "aws", {"drain": 0.5}, "/a b/images.yml", False, True, 3, "/a b/15", "/a b/scripts")
    assert StartOptions.from_json(options.as_json()) == options
    assert StartOptions.from_json("{}") == StartOptions()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder of one script, which says what it can reach; it fails where there is a file ``broken``."""
    folder = tmp_path / "own scripts"
    folder.mkdir(mode=0o755)
    for name, text in {
        "10-queue.py": "import boto3\nprint(boto3.client('sqs').create_queue(QueueName='own')['QueueUrl'])\n",
        "20-table.sql": "CREATE TABLE own AS SELECT 42 AS one;\nSELECT 'table of ' || current_user AS made FROM own;\n",
        "30-check.sh": f"#!/bin/sh\nsleep 600 &\nif [ -e '{tmp_path}/broken' ]; then echo it is broken; exit 5; fi\n",
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def test_scripts_fill_the_account_after_up_and_after_reset(run: Run, state_dir: Path, scripts: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    up = run("up", "--scripts", str(scripts), "--port", port, env=os.environ | {"HTTP_PROXY": "http://x:1"})
    assert (up.returncode, up.stderr) == (0, "")
    url = f"http://127.0.0.1:{port}/123456789012/own"
    assert up.stdout.startswith(f"-- 10-queue.py\n{url}\n-- 20-table.sql\nSELECT 1\n")
    assert "table of climate" in up.stdout and "sandbox is up" in up.stdout
    assert run("calls").stdout == ""
    sleeping = next(each for each in started_by(state_dir) if each.name() == "sleep")
    reset = run("reset")
    assert (reset.returncode, reset.stderr) == (0, "")
    assert url in reset.stdout and "table of climate" in reset.stdout and f":{port}" in reset.stdout
    assert not alive(sleeping)
    assert run("up", "--scripts", str(scripts), "--port", port).returncode == 0
    other = run("up", "--scripts", str(scripts), "--postgres", str(scripts))
    assert other.returncode == 2 and "has no PostgreSQL server" in other.stderr

    scripts.with_name("broken").touch()
    reset = run("reset")
    assert reset.returncode == 1
    assert reset.stderr.splitlines()[0].startswith("the sandbox is down")
    assert reset.stderr.endswith(f"the script {scripts}/30-check.sh failed with exit code 5\nit is broken\n")
    assert run("status").returncode == 3 and not (state_dir / "scratch").exists()


def test_a_script_that_fails_ends_the_sandbox(run: Run, state_dir: Path, scripts: Path) -> None:
    scripts.with_name("broken").touch()
    up = run("up", "--scripts", str(scripts))
    assert (up.returncode, up.stdout) == (1, "")
    assert up.stderr == (
        f"the sandbox did not come up: the script {scripts}/30-check.sh failed with exit code 5\nit is broken\n"
    )
    assert run("status").returncode == 3 and not (state_dir / "scratch").exists()


def test_down_ends_a_script_that_runs(run: Run, state_dir: Path, scripts: Path, until: Callable[..., Any]) -> None:
    (scripts / "30-check.sh").write_text("#!/bin/sh\nexec sleep 600\n")
    up = subprocess.Popen(
        sandbox("up", state_dir, "--scripts", str(scripts)), stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    log = state_dir / "scripts.log"
    until(lambda: log.exists() and "30-check.sh" in log.read_text())
    assert run("down").returncode == 0
    assert "30-check.sh was killed by SIGKILL" in up.communicate(timeout=PATIENCE)[1]
    assert up.returncode == 1
