"""A module and the action of its name give the same result for the same input."""

from __future__ import annotations

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

ROOT = Path(__file__).parents[4]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
QUEUE, FAMILY, CLUSTER = "cc-api-staging", "StagingManagement", "ecsStagingCluster"
TARGET = {"cluster": CLUSTER, "task_definition": FAMILY, "container": "management"}
CHECK = {"_ansible_check_mode": True}
RUN = {"environment": "faces", "cluster": CLUSTER, "goals": ["verify"], "requested": {"ingest_years": "all"}}
CLONE = {"family": FAMILY, "container": "management", "purpose": "p", "run": "r", "environment": "staging"}

SOUND = {"ingest_cluster": CLUSTER, "ingest_family": FAMILY, "ingest_container": "management"}
SPECS = {**{name: {"type": "str"} for name in SOUND}, "ingest_worker_environment": {"type": "dict"}}

# Inputs, with whether they succeed; check mode where an account without container instances cannot do the rest.
CASES: dict[str, list[tuple[dict[str, Any], bool]]] = {
    "task_definition": [
        (
            {
                **CLONE,
                "memory": 0,
                "memory_reservation": 2048,
                "env": {"API_TOKEN": "s3cret"},
                "_ansible_check_mode": True,
            },
            True,
        ),
        ({**CLONE, "container": "web"}, False),
        ({"family": FAMILY}, False),
        ({"family": FAMILY, "state": "absent"}, True),
    ],
    "management_command": [
        ({**TARGET, "command": 'create_jobs,RCP85,"ACCESS1-0,CCSM4",all', "_ansible_check_mode": True}, True),
        ({**TARGET, "command": "migrate,"}, False),
        ({**TARGET, "command": "migrate", "cluster": "nowhere"}, False),
    ],
    "create_jobs": [
        ({**TARGET, "queue": QUEUE, "command": "create_jobs", "models": "m", "years": 2050, **CHECK}, True),
        ({**TARGET, "queue": "nowhere", "command": "create_jobs", "models": "m", "years": 2050}, False),
        ({**TARGET, "queue": QUEUE, "command": "create_jobs", "settle": -1}, False),
    ],
    "teardown": [
        ({"environment": "faces", "cluster": CLUSTER, "family": FAMILY, "database": "nowhere"}, False),
        (
            {
                "environment": "faces",
                "cluster": CLUSTER,
                "family": FAMILY,
                "database": "nowhere",
                "parts": ["service", "task_definitions"],
            },
            True,
        ),
    ],
    "run": [
        ({**RUN, **CHECK}, True),
        ({**RUN, "assume_done": ["nothing"]}, False),
        ({"environment": "faces", "state": "closed", "cluster": CLUSTER, "family": FAMILY, "database": "d"}, True),
    ],
    "retry": [
        ({"environment": "faces", "cluster": CLUSTER}, False),
        ({"environment": "no spaces", "cluster": "c"}, False),
    ],
    "lock": [({"environment": "faces", **CHECK}, True), ({"environment": "no spaces"}, False)],
    "failed_run": [
        (
            {
                "environment": "faces",
                "cluster": CLUSTER,
                "family": FAMILY,
                "database": "nowhere",
                "task": "t",
                "result": {"msg": "why"},
                **CHECK,
            },
            False,
        )
    ],
    "verification": [
        (
            {
                **TARGET,
                "command": "verify",
                "scenario": "A1B",
                "models": "HadCM3",
                "years": 2050,
                "_ansible_check_mode": True,
            },
            True,
        ),
        ({**TARGET, "command": "verify", "scenario": "A1B"}, False),
    ],
    "status": [
        (
            {
                "environment": "before-any",
                "cluster": CLUSTER,
                "family": FAMILY,
                "container": "management",
                "queue": QUEUE,
                "database": "nowhere",
                "report_folder": "nowhere",
            },
            True,
        ),
        ({"environment": "before-any", "cluster": CLUSTER}, False),
    ],
    "plan": [({"queue": QUEUE, "database": "nowhere"}, True)],
    "estimate": [
        (
            {"environment": "faces", "cluster": CLUSTER, "database": "nowhere", "models": "m", "years": 2050, **CHECK},
            False,
        ),
        (
            {
                "environment": "faces",
                "cluster": CLUSTER,
                "database": "nowhere",
                "playbook": "future",
                "models": "CCSM4,MIROC5",
                "years": 2050,
                **CHECK,
            },
            True,
        ),
        ({"environment": "faces", "cluster": CLUSTER, "database": "nowhere", "sections": ["migrate"]}, True),
    ],
    "database": [({"instance": "nowhere", "class": "db.m4.xlarge"}, False), ({"instance": "nowhere"}, False)],
    "spot_capacity": [
        ({"name": "spot", "cluster": CLUSTER, "environment": "staging", "run": "r", "count": 0}, False),
        ({"name": "spot", "cluster": CLUSTER, "environment": "staging", "state": "absent"}, True),
    ],
    "processing_service": [
        ({"name": "spot", "cluster": CLUSTER, "environment": "staging"}, False),
        ({"name": "spot", "cluster": CLUSTER, "environment": "staging", "state": "absent"}, True),
    ],
    "preflight": [
        ({"variables": SOUND, "specs": SPECS, "sections": ["prepare"]}, True),
        (
            {
                "variables": {**SOUND, "ingest_container": "web", "ingest_worker_environment": {"P": "s3cret"}},
                "specs": SPECS,
                "unresolved": {"ingest_queue": "'x' is undefined"},
            },
            False,
        ),
        ({"variables": {"ingest_clutser": CLUSTER}, "specs": SPECS, "playbook": "teardown"}, False),
        ({"variables": {**SOUND, "ingest_worker_environment": ["s3cret"]}, "specs": SPECS}, False),
    ],
    "queue_drain": [({"queue": "nowhere", "cluster": CLUSTER, "service": "s"}, False)],
}


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
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables that must not matter where connection options are explicit."""
    home = tmp_path_factory.mktemp("home")
    (home / "config").write_text("[default]\nendpoint_url = https://config.invalid\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_LOCAL_TEMP": str(home / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(home / "tmp"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "AWS_PROFILE": "nonexistent",
        "AWS_ENDPOINT_URL": "https://environment.invalid",
        "AWS_CONFIG_FILE": str(home / "config"),
    }


def as_modules(
    cases: list[tuple[str, dict[str, Any]]], environment: dict[str, str], folder: Path
) -> list[dict[str, Any]]:
    """Run each module as the program it is."""
    answers = []
    for name, args in cases:
        (folder / "args.json").write_text(json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_diff": True, **args}}))
        program = subprocess.run(
            [sys.executable, str(ROOT / "plugins" / "modules" / f"{name}.py"), str(folder / "args.json")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        answers.append(json.loads(program.stdout))
    return answers


def as_actions(
    cases: list[tuple[str, dict[str, Any]]], environment: dict[str, str], folder: Path
) -> list[dict[str, Any]]:
    """Run all of them as tasks of one play."""
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
        timeout=120,
    )
    ran = json.loads(program.stdout)["plays"][0]["tasks"]
    return [task["hosts"]["localhost"] for task in ran]


def essence(answer: dict[str, Any]) -> dict[str, Any]:
    """Leave out what Ansible adds to one face or the other."""
    added = {"invocation", "action", "exception", "_ansible_no_log", "failed", "warnings"}
    kept = {name: value for name, value in answer.items() if name not in added}
    kept["msg"] = kept.get("msg", "").partition("then go on with")[0]  # a module does not know the command line
    kept["msg"] = kept["msg"].replace("ansible_collections.climate.ingest.plugins.action.", "")
    return {
        "changed": False,
        **kept,
        "failed": bool(answer.get("failed")),
        "warnings": sorted(answer.get("warnings", [])),
    }


def test_each_module_has_a_case() -> None:
    assert set(MODULES) <= CASES.keys()


def test_both_faces_agree(connection: dict[str, Any], environment: dict[str, str], tmp_path: Path) -> None:
    cases = [(name, {**args, **connection}) for name in MODULES for args, _succeeds in CASES[name]]
    expected = [succeeds for name in MODULES for _args, succeeds in CASES[name]]
    modules = as_modules(cases, environment, tmp_path)
    actions = as_actions(cases, environment, tmp_path)
    assert [essence(answer) for answer in actions] == [essence(answer) for answer in modules]
    succeeded = [not answer.get("failed") for answer in modules]
    assert succeeded == expected, [answer["msg"] for answer in modules if answer.get("failed")]
    shown = json.dumps([modules, actions])
    assert "hunter2" not in shown and "s3cret" not in shown and "testing-secret" not in shown
