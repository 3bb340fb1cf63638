"""The collection as it is published: what the artefact holds, and what an execution environment installs for it."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SHIPPED = {
    "CHANGELOG.rst", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "COPYING", "FILES.json", "MANIFEST.json", "README.md",
    "SECURITY.md", "changelogs", "docs", "inventories", "meta", "playbooks", "plugins", "requirements.txt",
    "requirements.yml", "roles",
}  # fmt: skip


def run(folder: Path, program: str, *arguments: str) -> str:
    """Run one of Ansible's programs, which sees no collections but those in a folder."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(folder),
        "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
    }
    command = [str(BIN / program), *arguments]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection, built."""
    folder = tmp_path_factory.mktemp("artefact")
    run(folder, "ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder))
    (built,) = folder.glob("climate-ingest-*.tar.gz")
    return built


def test_the_artefact_holds_what_users_need_and_nothing_else(artefact: Path) -> None:
    with tarfile.open(artefact) as archive:
        names = archive.getnames()
    assert {name.partition("/")[0] for name in names} <= SHIPPED
    assert {"meta/execution-environment.yml", "requirements.txt", "playbooks/populate.yml"} <= set(names)
    assert "inventories/sandbox" not in names  # its account is not shipped


def test_an_execution_environment_installs_only_what_the_collection_needs(artefact: Path) -> None:
    folder = artefact.parent
    run(folder, "ansible-galaxy", "collection", "install", "--offline", "--no-deps", "-p", str(folder), str(artefact))
    found = yaml.safe_load(run(folder, "ansible-builder", "introspect", str(folder)))
    required = [line.partition(">=")[0] for line in found["python"]]
    assert required == ["boto3", "botocore", "vl-convert-python"]
    assert not found["system"]
