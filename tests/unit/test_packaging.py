"""The collection as it is published: what the artefact holds, and what an execution environment installs for it."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SHIPPED = {
    "CHANGELOG.rst", "CODE_OF_CONDUCT.md", "COPYING", "FILES.json", "MANIFEST.json", "README.md", "SECURITY.md",
    "changelogs", "docs", "inventories", "meta", "playbooks", "plugins", "requirements.txt", "requirements.yml",
    "roles",
}  # fmt: skip
DOCS = {"another-application.md", "controllers.md", "docsite/links.yml", "guide.md", "permissions.md", "report.png"}
LARGEST = 120_000  # bytes of a file
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)[^)]*\)")


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
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE)
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
        files = {each.name: each.size for each in archive if each.isfile()}
    assert {name.partition("/")[0] for name in files} <= SHIPPED
    assert {name.removeprefix("docs/") for name in files if name.startswith("docs/")} == DOCS
    assert {name for name in files if name.startswith("inventories/")} == {"inventories/example/hosts.yml"}
    assert {"meta/execution-environment.yml", "requirements.txt", "playbooks/populate.yml"} <= files.keys()
    assert not {name for name in files if name.endswith((".pyc", ".lock")) or name.startswith("changelogs/fragments")}
    assert {name: size for name, size in files.items() if size > LARGEST} == {}


def test_no_link_of_its_pages_leads_out_of_the_artefact(artefact: Path) -> None:
    with tarfile.open(artefact) as archive:
        names = archive.getnames()
        pages = {name: archive.extractfile(name) for name in names if name.endswith(".md")}
        links = {(name, link) for name, page in pages.items() if page for link in LINK.findall(page.read().decode())}
    assert len(links) > 50
    assert {
        each for each in links if posixpath.normpath(posixpath.join(posixpath.dirname(each[0]), each[1])) not in names
    } == set()


def test_the_example_inventory_has_what_a_user_must_set_and_nothing_else() -> None:
    (host,) = yaml.safe_load((ROOT / "inventories/example/hosts.yml").read_text())["all"]["hosts"].values()
    defaults = yaml.safe_load((ROOT / "roles/common/defaults/main.yml").read_text())
    of_the_guide = {name for name, value in defaults.items() if isinstance(value, str) and "staging" in value.lower()}
    retired = {"ingest_database_class", "ingest_database_class_after"}
    assert {name for name in host if name.startswith("ingest_")} == of_the_guide | retired | {"ingest_region"}


def test_the_guides_execution_environment_can_be_created(artefact: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs/controllers.md").read_text()
    (definition,) = re.findall(r"^```yaml\n(version: 3\n.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "execution-environment.yml").write_text(definition)
    shutil.copy(artefact, tmp_path)
    assert artefact.name in definition
    run(tmp_path, "ansible-builder", "create")
    assert (tmp_path / "context/_build/collections" / artefact.name).exists()
    assert f"COPY _build/collections/{artefact.name} /tmp/" in next((tmp_path / "context").glob("*file")).read_text()


def test_an_execution_environment_installs_only_what_the_collection_needs(artefact: Path) -> None:
    folder = artefact.parent
    run(folder, "ansible-galaxy", "collection", "install", "--offline", "--no-deps", "-p", str(folder), str(artefact))
    found = yaml.safe_load(run(folder, "ansible-builder", "introspect", str(folder)))
    required = [line.partition(">=")[0] for line in found["python"]]
    assert required == ["boto3", "botocore", "vl-convert-python"]
    assert not found["system"]
