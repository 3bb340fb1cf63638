"""The options of ``up``, and what a sandbox that is up has of them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sandbox.cli import start
from sandbox.daemon import StartOptions
from sandbox.own_project import postgresql

WHEEL = postgresql.wheel().programs.parent


def read(*arguments: str) -> StartOptions:
    parser = argparse.ArgumentParser()
    start.add_options(parser)
    return start.read(parser.parse_args(arguments))


def test_without_options_all_is_as_by_default() -> None:
    assert read() == StartOptions()


def test_the_second_application_is_asked_for() -> None:
    assert read("--tiles") == StartOptions(tiles=True)


def test_jobs_take_longer_where_they_are_to_be_watched() -> None:
    assert read("--job-seconds", "0.8") == StartOptions(job_seconds=0.8)


@pytest.mark.parametrize("seconds", ["-1", "soon", "nan", "3601"])
def test_no_seconds(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(f"--job-seconds={seconds}")
    assert repr(seconds) in capsys.readouterr().err


def test_folders_are_kept_with_their_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scripts").mkdir(mode=0o755)
    (tmp_path / "scripts" / "1.sql").touch(mode=0o644)
    (tmp_path / "mine.yml").touch()
    monkeypatch.chdir(tmp_path)
    options = read("--scripts", "scripts", "--images", "mine.yml", "--postgres", str(WHEEL), "--port", "5001")
    assert (options.scripts, options.images) == (str(tmp_path / "scripts"), str(tmp_path / "mine.yml"))
    assert (options.postgres, options.port) == (str(WHEEL), 5001)


@pytest.mark.parametrize(
    ("wanted", "differs"),
    [
        (StartOptions(), ""),
        (StartOptions(port=5001, postgres="/pg", scripts="/own"), ""),
        (StartOptions(port=5002), "port is 5001, not 5002"),
        (StartOptions(postgres="/other"), "postgres is /pg, not /other"),
        (StartOptions(scripts="/others"), "scripts is /own, not /others"),
    ],
)
def test_what_differs_is_named(wanted: StartOptions, differs: str) -> None:
    up = asdict(StartOptions(postgres="/pg", scripts="/own"))
    status: dict[str, Any] = {"endpoint": "http://127.0.0.1:5001", "initial": {}, **up}
    del status["port"]
    assert start.differences(wanted, status) == differs


def test_a_sandbox_of_before_there_was_an_option_differs() -> None:
    status = {"endpoint": "http://127.0.0.1:5001", "initial": {}} | asdict(StartOptions())
    del status["scripts"], status["port"]
    assert start.differences(StartOptions(port=5001, scripts="/own"), status) == "scripts is None, not /own"
