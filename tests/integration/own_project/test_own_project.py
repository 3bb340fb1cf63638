"""A Django project that needs PostGIS is populated on the sandbox, as sandbox/README.md says."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.own_project import scripts
from tests import postgis
from tests.integration.conftest import ROOT, Account, sandbox_cli, sandbox_up

PROJECT = Path(__file__).with_name("weather")
MISSING = postgis.missing(postgis.POSTGIS)
needs_postgis = pytest.mark.skipif(MISSING is not None, reason=MISSING or "")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project in a folder of its own, which nobody else can write to."""
    folder = tmp_path / "my project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o022)
    # has the same packages as a virtual environment of its own would
    interpreter = folder / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    interpreter.chmod(0o755)
    return folder


@pytest.fixture
def account(project: Path, tmp_path: Path) -> Iterator[Account]:
    options = [
        "--postgres",
        str(postgis.POSTGIS),
        "--scripts",
        f"{project}/scripts",
        "--images",
        f"{project}/images.yml",
    ]
    with sandbox_up(tmp_path / "state", *options) as account:
        yield account


@needs_postgis
def test_a_project_of_ones_own_is_populated(account: Account, project: Path) -> None:
    inventories = ["-i", "inventories/sandbox", "-i", str(project / "inventory.yml")]
    run = account.playbook("populate", *inventories)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr
    for line in (
        "temperatures: 42",  # 3 stations, 2 models, 4 years to come and 3 of the past
        "normals: 3",
        "stations near Philadelphia: Baltimore, New York",
    ):
        assert line in run.stdout
    reset = sandbox_cli("reset", "--state-dir", str(account.state_dir))
    assert "registered the task definition weather" in reset.stdout, reset.stderr


def test_the_readme_shows_the_files_of_the_project() -> None:
    readme = (ROOT / "sandbox" / "README.md").read_text()
    blocks = [textwrap.dedent(text) for text in re.findall(r"^ *```\w+\n(.*?)^ *```", readme, re.MULTILINE | re.DOTALL)]
    for name in ("inventory.yml", "images.yml", "scripts/10-database.sql", "scripts/20-account.py"):
        text = (PROJECT / name).read_text().removeprefix("---\n")
        assert text in blocks, f"{name} is not in the README as it is"


def test_the_scripts_are_such(project: Path) -> None:
    assert [path.name for path in scripts.find(project / "scripts")] == ["10-database.sql", "20-account.py"]
