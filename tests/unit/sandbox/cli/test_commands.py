"""The command line's own answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.cli import main
from sandbox.credentials import Credentials


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["up", "--factor", "lunch=2"], "no delay 'lunch'"),
        (["up", "--factor", "all"], "'all' is not NAME=NUMBER"),
        (["up", "--factor", "all=-1"], "a factor is not negative"),
        (["up", "--profile", "slow"], "invalid choice: 'slow'"),
        (["up", "--port", "http"], "'http' is not a port"),
        (["up", "--port", "65536"], "'65536' is not a port: 1 to 65535, or 0 for a free one"),
        (["up", "--port", "-1"], "'-1' is not a port"),
        (["up", "--images", "/not/there.yml"], "there is no file /not/there.yml"),
        (["up", "--images", "/"], "there is no file /"),
        (
            ["up", "--postgres", "/not/there"],
            "argument --postgres: /not/there has no PostgreSQL server: there is no such",
        ),
        (["up", "--scripts", "/not/there"], "argument --scripts: /not/there is no folder"),
        (["wait", "soon"], "'soon' is not a time"),
        (["wait", "-1h"], "the following arguments are required: time"),
        (["wait", "9999h"], "'9999h' is not a time of at most a year"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_wrong_arguments(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["up", "down", "status", "env", "reset", "policy", "calls", "wait"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert "--state-dir" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "code"), [("status", 3), ("env", 3), ("calls", 3), ("reset", 3), ("policy", 3), ("down", 0)]
)
def test_without_a_sandbox(command: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "never used"
    assert main([command, "--state-dir", str(folder)]) == code
    assert not folder.exists()
    said = capsys.readouterr()
    assert "not up" in said.out + said.err


def test_an_endpoint_file_nobody_answers_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "endpoint").write_text("http://127.0.0.1:9\n")
    Credentials().write(tmp_path)
    assert main(["status", "--state-dir", str(tmp_path)]) == 3
    assert "python -m sandbox up" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "No such file"),
        ("nothing", "Expecting value"),
        ('{"Statement": [{"Effect": "Allow", "Action": "*"}]}', "statement 1: it has Resource or NotResource"),
    ],
)
def test_a_policy_that_is_none_is_not_sent(
    tmp_path: Path, text: str | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "policy.json").write_text(text)
    assert main(["policy", str(tmp_path / "policy.json"), "--state-dir", str(tmp_path)]) == 1
    assert says in capsys.readouterr().err


def test_a_policy_is_set_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr("sandbox.cli.commands.Daemon.request", lambda self, *request: sent.append(request))
    (tmp_path / "policy.json").write_text('{"Version": "2012-10-17", "Statement": []}')
    assert main(["policy", str(tmp_path / "policy.json")]) == 0
    assert main(["policy"]) == 0
    assert main(["policy", "--remove"]) == 0
    policies = [request[2]["policy"] for request in sent]
    assert policies[0] == {"Version": "2012-10-17", "Statement": []}
    assert policies[1]["Statement"] and policies[2] is None, "without a file the documented one"
