"""How the action face behaves in a play: what it shows, what it hides, when it leaves the work to the module."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import ansible_collections
import pexpect
import pytest

from tests.waiting import PATIENCE

BIN = Path(sys.executable).parent
OPERATION = """
import os
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result

def run(context, params):
    context.progress.status("half way", 0.5)
    context.progress.line("a \\x1b[31mred\\x1b[0m line of " + params["secret_key"])
    level, face = os.environ.get("LEVEL"), type(context.progress).__name__
    return Result(values={"face": face, "level": level, "key": params["secret_key"]})

OPERATION = Operation(run=run, argument_spec={"env": {"type": "dict"}})
"""
MODULE = """
from ansible_collections.climate.ingest.plugins.module_utils.module import run_module
from ansible_collections.test.probe.plugins.module_utils.probe import OPERATION

if __name__ == "__main__":
    run_module(OPERATION)
"""
ACTION = """
from ansible_collections.climate.ingest.plugins.plugin_utils.operation import OperationAction
from ansible_collections.test.probe.plugins.module_utils.probe import OPERATION

class ActionModule(OperationAction):
    operation = OPERATION
"""
OPTIONS = {"region": "us-east-1", "access_key": "testing", "secret_key": "hunter2"}
PROBE = {"test.probe.probe": OPTIONS}


@pytest.fixture
def environment(tmp_path: Path, interpreter: Path) -> dict[str, str]:
    """A collection with a module that tells how it was run."""
    plugins = tmp_path / "ansible_collections" / "test" / "probe" / "plugins"
    for folder, text in {"module_utils": OPERATION, "modules": MODULE, "action": ACTION}.items():
        (plugins / folder).mkdir(parents=True)
        (plugins / folder / "probe.py").write_text("from __future__ import annotations\n" + text)
    (plugins.parent / "galaxy.yml").write_text(
        "{namespace: test, name: probe, version: 1.0.0, readme: R, authors: [x]}"
    )
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([str(tmp_path), str(Path(*ansible_collections.__path__).parent)]),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
        "ANSIBLE_PYTHON_INTERPRETER": str(interpreter),
        "ANSIBLE_REMOTE_TEMP": str(tmp_path / "tmp"),
        "ANSIBLE_ASYNC_DIR": str(tmp_path / "async"),
    }


def command(folder: Path, *tasks: dict[str, Any]) -> list[str]:
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": list(tasks)}
    (folder / "play.json").write_text(json.dumps([play]))
    return [str(BIN / "ansible-playbook"), "-i", "localhost,", str(folder / "play.json")]


def play(folder: Path, environment: dict[str, str], *tasks: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """Run tasks; give their results, and what went to standard error."""
    variables = {**environment, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}
    ran = subprocess.run(command(folder, *tasks), env=variables, capture_output=True, text=True, timeout=100)
    results = [task["hosts"]["localhost"] for task in json.loads(ran.stdout)["plays"][0]["tasks"]]
    return results, ran.stderr


def test_what_the_action_cannot_do_the_module_does(tmp_path: Path, environment: dict[str, str]) -> None:
    task = {"test.probe.probe": {**OPTIONS, "env": {"RDS_PASSWORD": "correct-horse"}}, "environment": {"LEVEL": "play"}}
    told = {**environment, "ANSIBLE_INJECT_INVOCATION": "true"}
    (here, elsewhere), _stderr = play(tmp_path, told, task, {**task, "async": 60, "poll": 1})
    assert (here["face"], here["level"]) == ("DisplayProgress", "play")
    assert (elsewhere["face"], elsewhere["level"]) == ("Silent", "play")
    assert elsewhere["invocation"]["module_args"]["env"] == {"RDS_PASSWORD": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}
    assert "correct-horse" not in json.dumps([here, elsewhere])


def test_progress_leaves_json_alone_and_hides_secrets(tmp_path: Path, environment: dict[str, str]) -> None:
    (result,), stderr = play(tmp_path, environment, PROBE)
    assert "a red line of ********" in stderr and "half way (0s)" in stderr
    assert result["key"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert "hunter2" not in stderr + json.dumps(result)


def test_no_log_silences_the_progress(tmp_path: Path, environment: dict[str, str]) -> None:
    (result,), stderr = play(tmp_path, environment, {**PROBE, "no_log": True})
    assert "half way" not in stderr and "red line" not in stderr
    assert "face" not in result


def test_a_terminal_sees_a_bar_that_goes_away(tmp_path: Path, environment: dict[str, str]) -> None:
    program, *arguments = command(tmp_path, PROBE)
    child = pexpect.spawn(program, arguments, env=environment, encoding="utf-8", timeout=PATIENCE)
    child.expect_exact("\r\x1b[K[==========          ]  50% half way (0s)")
    child.expect_exact("a red line of ********\r\n")
    child.expect_exact("\r\x1b[K")
    child.expect("localhost.*ok=1")
    child.close()
