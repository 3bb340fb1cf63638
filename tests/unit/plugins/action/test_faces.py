"""A module and the action of its name give the same result for the same input."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.unit.plugins.action.cases import CASES, CLUSTER, FAMILY, QUEUE
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[4]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
# those of module_utils that hold operations
PACKAGES = {path.parent.name for path in (ROOT / "plugins" / "module_utils").glob("*/__init__.py")} - {"core"}
FORK_EACH = """
import json, os, runpy, sys
import boto3
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

for program in json.loads(sys.argv[1]):
    if (child := os.fork()) == 0:
        sys.argv = program
        runpy.run_path(program[0], run_name="__main__")
    os.waitpid(child, 0)
"""


@pytest.fixture(scope="module")
def connection() -> Iterator[dict[str, Any]]:
    """An account with a cluster, a task definition and a queue."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {
        "endpoint_url": f"http://{host}:{port}",
        "region": "us-east-1",
        "access_key": "testing-access",
        "secret_key": "testing-secret",
        "session_token": "",
        "profile": "",
    }
    keys = {
        "aws_access_key_id": "testing-access",
        "aws_secret_access_key": "testing-secret",
        "region_name": "us-east-1",
    }
    ecs = boto3.client("ecs", endpoint_url=options["endpoint_url"], **keys)
    ecs.create_cluster(clusterName=CLUSTER)
    container = {"name": "management", "image": "m", "memory": 512, "environment": [{"name": "A", "value": "hunter2"}]}
    ecs.register_task_definition(family=FAMILY, containerDefinitions=[container])
    boto3.client("sqs", endpoint_url=options["endpoint_url"], **keys).create_queue(QueueName=QUEUE)
    yield options
    server.stop()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, interpreter: Path) -> dict[str, str]:
    """Variables that must not matter where connection options are explicit."""
    home = tmp_path_factory.mktemp("home")
    (home / "config").write_text("[default]\nendpoint_url = https://config.invalid\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
        "ANSIBLE_PYTHON_INTERPRETER": str(interpreter),
        "ANSIBLE_REMOTE_TEMP": str(home / "tmp"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "AWS_PROFILE": "nonexistent",
        "AWS_ENDPOINT_URL": "https://environment.invalid",
        "AWS_CONFIG_FILE": str(home / "config"),
    }


def as_modules(
    cases: list[tuple[str, dict[str, Any]]], environment: dict[str, str], folder: Path
) -> list[dict[str, Any]]:
    """Run each module as a program, in a process of its own that need not import boto3 again."""
    programs = []
    for number, (name, args) in enumerate(cases):
        arguments = folder / f"args-{number}.json"
        arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_diff": True, **args}}))
        programs.append([str(ROOT / "plugins" / "modules" / f"{name}.py"), str(arguments)])
    ran = subprocess.run(
        [sys.executable, "-c", FORK_EACH, json.dumps(programs)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    answers = [json.loads(line) for line in ran.stdout.splitlines() if line]
    assert len(answers) == len(cases), ran.stderr
    return answers


def as_tasks(
    cases: list[tuple[str, dict[str, Any]]], environment: dict[str, str], folder: Path
) -> list[dict[str, Any]]:
    """Run all of them as tasks of one play, inside the controller where their options let them."""
    tasks = [
        {
            f"climate.ingest.{name}": {key: value for key, value in args.items() if not key.startswith("_ansible")},
            "check_mode": args.get("_ansible_check_mode", False),
            "diff": True,
            "ignore_errors": True,
        }
        for name, args in cases
    ]
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    (folder / "play.json").write_text(json.dumps([play]))
    program = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", str(folder / "play.json")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    ran = json.loads(program.stdout)["plays"][0]["tasks"]
    return [task["hosts"]["localhost"] for task in ran]


def essence(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out what Ansible adds to one face or the other."""
    added = {"invocation", "action", "exception", "_ansible_no_log", "failed", "warnings", "resource_actions"}
    kept = {name: value for name, value in answer.items() if name not in added}
    for name in {"msg", *kept} & {"msg", "outcome"}:  # a module does not know the command line
        kept[name] = kept.get(name, "").partition("then resume with")[0]
    kept["msg"] = kept["msg"].replace("ansible_collections.climate.ingest.plugins.action.", "")
    return {
        "changed": False,
        **kept,
        "failed": bool(answer.get("failed")),
        "warnings": sorted(answer.get("warnings", [])),
    }


def package(module: str) -> str:
    """Name the package of module_utils that holds the operation of a module."""
    face = importlib.import_module(f"ansible_collections.climate.ingest.plugins.modules.{module}")
    parts = str(face.OPERATION.run.__module__).split(".")
    return parts[parts.index("module_utils") + 1]


def test_each_module_has_a_case() -> None:
    assert set(MODULES) <= CASES.keys()


def test_both_faces_agree(connection: dict[str, Any], environment: dict[str, str], tmp_path: Path) -> None:
    cases = [(name, {**args, **connection}) for name in MODULES for args, _succeeds in CASES[name]]
    expected = [succeeds for name in MODULES for _args, succeeds in CASES[name]]
    modules = as_modules(cases, environment, tmp_path)
    actions = as_tasks(cases, environment, tmp_path)
    assert [essence(answer) for answer in actions] == [essence(answer) for answer in modules]
    succeeded = [not answer.get("failed") for answer in modules]
    assert succeeded == expected, [answer["msg"] for answer in modules if answer.get("failed")]
    shown = json.dumps([modules, actions])
    assert "hunter2" not in shown and "s3cret" not in shown and "testing-secret" not in shown


def test_modules_of_every_package_run_as_programs(
    connection: dict[str, Any], environment: dict[str, str], tmp_path: Path
) -> None:
    """Ansible sends a module with just the files it imports; with the log of its calls it does not run inside."""
    by_package = {package(name): name for name in MODULES}
    assert by_package.keys() == PACKAGES
    cases = [(name, {**CASES[name][0][0], **connection}) for name in by_package.values()]
    logged = [(name, {**args, "debug_botocore_endpoint_logs": True}) for name, args in cases]
    programs = as_tasks(logged, {**environment, "ANSIBLE_INJECT_INVOCATION": "true"}, tmp_path)
    modules = as_modules(cases, environment, tmp_path)
    assert [essence(answer) for answer in programs] == [essence(answer) for answer in modules]
    assert all("module_args" in answer["invocation"] for answer in programs)
