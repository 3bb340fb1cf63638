"""Another user of this machine tries to get into a sandbox that is up."""

from __future__ import annotations

import json
import multiprocessing
import os
import pwd
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from botocore.exceptions import ClientError

from tests.integration.conftest import Account, sandbox_cli, sandbox_up
from tests.waiting import PATIENCE

# who PostgreSQL runs as where the sandbox runs as root: of all users the one who is nearest to it
OTHER = "nobody"
As = Callable[..., Any]


def become(name: str) -> None:
    user = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


@pytest.fixture(scope="module")
def as_other() -> As:
    """Call a function of this file as another user, in a process of its own."""
    if os.geteuid() != 0:
        pytest.skip("becoming another user takes root")

    def call(function: Callable[..., Any], *arguments: Any) -> Any:
        # first as this user: a module that is imported late may be where the other one cannot read it
        function(*arguments)
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork"), become, (OTHER,)) as pool:
            return pool.submit(function, *arguments).result(timeout=PATIENCE)

    assert call(os.geteuid) == pwd.getpwnam(OTHER).pw_uid
    return call


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """A sandbox whose state folder is where everybody can get to, as in a checkout that others can read."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        state_dir = Path(name) / "sandbox"
        state_dir.mkdir(mode=0o777)
        state_dir.chmod(0o777)
        with sandbox_up(state_dir) as made:
            yield made


def ask(endpoint: str, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    connection = HTTPConnection(endpoint.removeprefix("http://"), timeout=PATIENCE)
    connection.request(method, path, b'{"taskDefinition": "StagingManagement"}', headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def run_task(endpoint: str, access_key: str) -> str:
    """Run a command, with keys that are made up; give the error."""
    client = boto3.client("ecs", "us-east-1", endpoint_url=endpoint, aws_access_key_id=access_key,
                          aws_secret_access_key="guessed")  # fmt: skip
    override = {"name": "management", "command": ["shell", "--command", "import os; os.system('id')"]}
    try:
        client.run_task(taskDefinition="StagingManagement", overrides={"containerOverrides": [override]})
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "it ran"


def test_no_call_is_answered(account: Account, as_other: As) -> None:
    tasks = account.client("ecs").list_tasks(cluster="ecsStagingCluster")["taskArns"]
    target = {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.RunTask"}
    assert as_other(ask, account.endpoint, "POST", "/", target)[0] == 400
    assert as_other(run_task, account.endpoint, "operator") == "UnrecognizedClientException"
    assert as_other(run_task, account.endpoint, account.access.keys.access_key) == "InvalidSignatureException"
    for method, path in (("GET", "status"), ("GET", "calls"), ("PUT", "settings"), ("POST", "reset")):
        assert as_other(ask, account.endpoint, method, f"/_sandbox/{path}", {})[0] == 401
    refused = [call for call in account.calls() if call["operation"] == "RunTask"]
    assert {call["caller"] for call in refused} == {"stranger"}
    assert account.client("ecs").list_tasks(cluster="ecsStagingCluster")["taskArns"] == tasks == []


def readable(folders: list[str]) -> list[str]:
    """List what can be read or entered of these folders and all below."""
    found = []
    for folder in folders:
        for path in (Path(folder), *Path(folder).rglob("*")):
            wanted = os.R_OK | os.W_OK if path.is_dir() else os.R_OK
            if os.access(path, os.R_OK) or os.access(path, wanted):
                found.append(str(path))
    return found


def opened(path: str) -> str:
    try:
        return Path(path).read_text()
    except PermissionError:
        return "refused"


def test_nothing_of_it_can_be_read(account: Account, as_other: As) -> None:
    run = account.playbook("status")
    assert run.returncode == 0, run.stdout + run.stderr
    account.playbook("populate", "--tags", "migrate")
    scratch = (account.state_dir / "scratch").read_text().splitlines()[1]
    names = [str(account.state_dir / name) for name in ("credentials", "sandbox.log", "dbstaging.log", "endpoint")]
    assert [as_other(opened, name) for name in [*names, f"{scratch}/dbstaging/data/pg_hba.conf"]] == ["refused"] * 5
    assert as_other(readable, [str(account.state_dir), scratch]) == []
    written = list(account.state_dir.rglob("*"))
    assert [path for path in written if path.suffix == ".html"]
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (account.state_dir, *written)}
    assert modes == {(True, 0o700), (False, 0o600)}


def traced(pids: list[int]) -> list[str]:
    """Try to look into processes, as a debugger would."""
    found = []
    for pid in pids:
        for name in ("environ", "cwd/data/pg_hba.conf", "root/etc/hostname"):
            try:
                Path(f"/proc/{pid}/{name}").read_bytes()
                found.append(f"{pid} {name}")
            except (PermissionError, FileNotFoundError):
                pass
    return found


def test_the_database_server_cannot_be_looked_into(account: Account, as_other: As) -> None:
    scratch = (account.state_dir / "scratch").read_text().splitlines()[1]
    server = int((Path(scratch) / "dbstaging" / "data" / "postmaster.pid").read_text().splitlines()[0])
    assert os.stat(f"/proc/{server}").st_uid == pwd.getpwnam(OTHER).pw_uid, "it would be no test"
    assert traced([server]) != []
    assert as_other(traced, [server]) == []


def connect(port: int, user: str, password: str, database: str) -> str:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user=user, password=password, dbname=database).close()
    except psycopg.OperationalError as error:
        return str(error)
    return "connected"


def test_the_database_takes_the_application_only(account: Account, as_other: As) -> None:
    port = account.client("rds").describe_db_instances()["DBInstances"][0]["Endpoint"]["Port"]
    for user in ("climate", "rdsadmin", "postgres", "root", OTHER):
        for password in ("sandbox-password", "", user):
            for database in ("climate", "postgres", "template1"):
                assert as_other(connect, port, user, password, database) != "connected"
    assert as_other(listening, port) == ["127.0.0.1"]


def listening(port: int) -> list[str]:
    """List the addresses of this machine at which a port answers."""
    found = []
    for address in {"127.0.0.1", *(each[4][0] for each in socket.getaddrinfo(socket.gethostname(), None))}:
        if address.startswith("127.0.") and address != "127.0.0.1":
            continue
        family = socket.AF_INET6 if ":" in str(address) else socket.AF_INET
        with socket.socket(family) as tried:
            if tried.connect_ex((address, port)) == 0:
                found.append(str(address))
    return found


def test_another_users_folder_is_not_used(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving a folder to another user takes root")
    os.chown(tmp_path, pwd.getpwnam(OTHER).pw_uid, -1)
    (tmp_path / "scratch").write_text(f"http://127.0.0.1:1\n{tmp_path / 'precious'}\n")
    (tmp_path / "precious").mkdir()
    for command in ("up", "down"):
        ended = sandbox_cli(command, "--state-dir", str(tmp_path))
        assert ended.returncode == 1
        assert "belongs to another user" in ended.stderr and "Traceback" not in ended.stderr
    assert (tmp_path / "precious").is_dir()


def state(account: Account) -> str:
    """Ask for the status as the owner does."""
    return str(json.loads(sandbox_cli("status", "--json", "--state-dir", str(account.state_dir)).stdout)["endpoint"])


def test_the_owner_is_answered(account: Account) -> None:
    assert state(account) == account.endpoint
