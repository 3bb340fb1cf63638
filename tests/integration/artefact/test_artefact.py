"""The built collection in an empty environment: a Python with ansible-core and boto3, a home folder, an inventory.

What it populates is the second application of the sandbox, which is no Django project.
Nothing of this checkout is on its path but the two collections that the artefact depends on.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ansible_collections
import pytest
import yaml

from sandbox.seed import tiles
from tests.integration.conftest import BIN, ROOT, Account
from tests.waiting import PATIENCE

PACKAGES = ("ansible-core", "boto3", "botocore")
DEPENDENCIES = ("amazon", "community")
# in the example's place, what the sandbox has
NAMES = {
    "ingest_environment": "maps",
    "ingest_cluster": "ecsStagingCluster",
    "ingest_family": tiles.FAMILY,
    "ingest_queue": tiles.QUEUE,
    "ingest_database": "dbstaging",
}
UP = ("--tiles",)
INVENTORIES = ("-i", "my inventory.yml", "-i", "on-this-machine.yml")
OPTIONS = "-e ingest_drain_stable_seconds=1 -e ingest_worker_count=3"
TILES, LOST = "1-40", 17


class Stranger:
    """Somebody who installed the artefact, and types commands in a folder of their own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "my work"
        self.collection = home / ".ansible/collections/ansible_collections/climate/ingest"
        self.folder.mkdir(parents=True)

    def types(self, command: str, code: int = 0) -> str:
        """Type a command as a shell takes it; give what it printed."""
        environment = {
            "HOME": str(self.home),
            "PATH": f"{self.home}/venv/bin{os.pathsep}{os.defpath}",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
        }
        ran = subprocess.run(
            command, shell=True, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert ran.returncode == code, f"{command}\n{ran.stdout}"
        return ran.stdout

    def plays(self, playbook: str, *arguments: str, code: int = 0) -> str:
        """Run a playbook of the collection by its name."""
        words = ["ansible-playbook", f"climate.ingest.{playbook}", *INVENTORIES, *shlex.split(OPTIONS), *arguments]
        return self.types(shlex.join(words), code)


@pytest.fixture(scope="module")
def stranger(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    stranger = Stranger(tmp_path_factory.mktemp("home"))
    home = stranger.home
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home / "venv")], check=True)
    wanted = [f"{name}=={version(name)}" for name in PACKAGES]
    install = [str(BIN / "uv"), "pip", "install", "--quiet", "--compile-bytecode", "--system-certs"]
    subprocess.run([*install, "--python", str(home / "venv/bin/python"), *wanted], check=True)
    collections = stranger.collection.parents[1]
    for name in DEPENDENCIES:
        (collections / name).mkdir(parents=True)
        found = next(Path(path) / name / "aws" for path in ansible_collections.__path__ if Path(path, name).is_dir())
        (collections / name / "aws").symlink_to(found)
    stranger.types(f"ansible-galaxy collection build {shlex.quote(str(ROOT))}")
    stranger.types("ansible-galaxy collection install --offline climate-ingest-*.tar.gz")
    _write_inventories(stranger, account)
    return stranger


def _write_inventories(stranger: Stranger, account: Account) -> None:
    """Copy the example and put names in, as the README says; lead to the account on this machine by another file."""
    copied = stranger.folder / "my inventory.yml"
    shutil.copy(stranger.collection / "inventories/example/hosts.yml", copied)
    inventory = yaml.safe_load(copied.read_text())
    (host,) = inventory["all"]["hosts"].values()
    assert NAMES.keys() <= host.keys()
    copied.write_text(yaml.safe_dump({"all": {"hosts": {"maps": host | NAMES}}}))
    of_sandbox = yaml.safe_load((ROOT / "inventories/sandbox-tiles/hosts.yml").read_text())["all"]["hosts"]["sandbox"]
    left_out = {*host, "sandbox_state_dir"}
    variables: dict[str, Any] = {name: value for name, value in of_sandbox.items() if name not in left_out}
    variables |= {"sandbox_state_dir": str(account.state_dir)}
    variables["ingest_imports"] = [{"name": "tiles", "values": {"tile": TILES}}]
    (stranger.folder / "on-this-machine.yml").write_text(yaml.safe_dump({"all": {"vars": variables}}))


def go_on(said: str, playbook: str) -> str:
    """Give the command that a message tells to type."""
    start = f"ansible-playbook climate.ingest.{playbook} "
    lines = [line.strip().removeprefix("resume").strip() for line in said.splitlines()]
    command = next((line for line in lines if line.startswith(start)), "")
    assert command, said
    assert shlex.split(command)[2:] == [*INVENTORIES, *shlex.split(OPTIONS)]
    return command


def test_it_is_installed_and_used_by_name(account: Account, stranger: Stranger) -> None:
    assert "changed=0" in stranger.plays("populate", "--tags", "preflight")
    assert "The plan; nothing was changed" in stranger.plays("populate", "--check")

    s3, place = account.client("s3"), {"Bucket": tiles.BUCKET, "Key": tiles.KEY}
    source = tiles.heights()
    start = 2 * (LOST - 1)
    s3.put_object(**place, Body=source[:start] + b"\x80\x00" + source[start + 2 :])  # no height
    failed = stranger.plays("populate", code=2)
    s3.put_object(**place, Body=source)

    status = stranger.plays("status")
    assert all(re.search(rf"tile:? {LOST}\b", said) for said in (failed, status))
    assert go_on(status, "retry_failed") == go_on(failed, "retry_failed")
    retried = stranger.types(go_on(failed, "retry_failed"))
    complete = stranger.types(go_on(retried, "future"))  # all that this inventory has
    assert "run maps-1 is complete" in complete
    assert "changed=0" in stranger.plays("teardown")

    # charts are drawn by a library that is not there
    assert (stranger.folder / "reports/maps-1.json").exists()
    assert "-m pip install vl-convert-python" in (stranger.folder / "reports/maps-1.html").read_text()
