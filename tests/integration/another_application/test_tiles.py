"""An application that is no Django project, with 20,000 jobs of one field: inventories/sandbox-tiles."""

from __future__ import annotations

import os
import re
import signal
import struct
from pathlib import Path
from typing import Any

import yaml

from sandbox.seed import tiles
from tests.integration.conftest import ROOT, Account, Controller
from tests.waiting import until

UP = ("--tiles",)
INVENTORY = ("-i", "inventories/sandbox-tiles")
LOST = 17
NAMED = re.compile(rf"tile:? {LOST}\b")
# names of another application's
FOREIGN = re.compile(r"\b(models?|years?|scenarios?|climate|RCP85|historical|cities)\b", re.IGNORECASE)
OURS = re.compile(r"climate[./]ingest|^TASK .*$", re.MULTILINE)  # also tasks that are skipped have a title
# of the page's account, what the sandbox has
NAMES = {
    "ingest_cluster": "ecsStagingCluster",
    "ingest_family": tiles.FAMILY,
    "ingest_queue": tiles.QUEUE,
    "ingest_database": "dbstaging",
}


def foreign(text: str) -> set[str]:
    return {each.group() for each in FOREIGN.finditer(OURS.sub("", text))}


def imported(account: Account) -> int:
    """Count the rows; none while there is no table, or no database."""
    if account.sql("SELECT to_regclass('tile')")[0][0] is None:
        return 0
    return int(account.sql("SELECT count(*) FROM tile")[0][0])


def page_text(path: Path) -> list[str]:
    """What a person reads on a page, without scripts and styles."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", "", path.read_text(), flags=re.DOTALL)
    return re.findall(r">([^<]+)<", body)


def put(account: Account, *voids: int) -> None:
    source = bytearray(tiles.heights())
    for tile in voids:
        struct.pack_into(">h", source, 2 * (tile - 1), -32768)
    account.client("s3").put_object(Bucket=tiles.BUCKET, Key=tiles.KEY, Body=bytes(source))


def kill_in_the_drain(account: Account) -> None:
    """Kill a run when some tiles are imported and most are not."""
    controller = Controller(account, *INVENTORY)
    controller.await_text("Wait until the job queue is drained")
    until(
        lambda: imported(account) >= 500 or controller.process.poll() is not None,
        pause=0.1,
        why=lambda: controller.said,
    )
    assert controller.process.poll() is None, controller.said
    os.killpg(controller.process.pid, signal.SIGKILL)
    controller.process.wait()


def test_tiles_are_imported_whatever_happens(account: Account) -> None:
    put(account, LOST)
    kill_in_the_drain(account)
    failed = account.playbook("populate", *INVENTORY)
    assert failed.returncode == 2, failed.stdout
    assert NAMED.search(failed.stdout), failed.stdout
    assert "has no height for the tile" in failed.stdout, "the log of the worker says why"
    assert imported(account) == tiles.TILES - 1

    put(account)
    status = account.playbook("status", *INVENTORY)
    retried = account.playbook("retry_failed", *INVENTORY)
    assert retried.returncode == 0, retried.stdout
    complete = account.playbook("populate", *INVENTORY)
    assert complete.returncode == 0, complete.stdout
    assert imported(account) == tiles.TILES
    assert f"tiles: {tiles.TILES}, heights 0 to 4000 m" in complete.stdout

    said = {
        "failed": failed.stdout,
        "status": status.stdout,
        "retried": retried.stdout,
        "complete": complete.stdout,
        "report": "\n".join(text for path in account.reports.glob("*.html") for text in page_text(path)),
    }
    assert {name: words for name, text in said.items() if (words := foreign(text))} == {}
    assert all(NAMED.search(said[name]) for name in ("status", "retried"))
    queued = [body for queue, body in map(dict.values, account.control("messages")["messages"]) if queue == tiles.QUEUE]
    assert len(queued) == tiles.TILES + 1, "each once, and the one that failed once more"


def test_the_inventory_of_the_page_passes_preflight(account: Account, tmp_path: Path) -> None:
    page = (ROOT / "docs/another-application.md").read_text()
    (text,) = re.findall(r"^```yaml\n(all:\n.*?)^```", page, re.MULTILINE | re.DOTALL)
    (host,) = yaml.safe_load(text)["all"]["hosts"].values()
    own = yaml.safe_load((ROOT / "inventories/sandbox-tiles/hosts.yml").read_text())["all"]["hosts"]["sandbox"]
    reach: dict[str, Any] = {
        name: own[name] for name in own if name.endswith(("_key", "_url", "_token", "_credentials"))
    }
    shared = {name for name in own if name in host and name not in NAMES and name != "ingest_environment"}
    # a drain on this machine needs fewer workers
    assert {name for name in shared if own[name] != host[name]} == {"ingest_worker_count"}
    inventory = {"all": {"hosts": {"maps": host | NAMES | reach}}}
    (tmp_path / "maps.yml").write_text(yaml.safe_dump(inventory))
    preflight = account.playbook("populate", "-i", str(tmp_path / "maps.yml"), "--tags", "preflight")
    assert preflight.returncode == 0, preflight.stdout
    assert "changed=0" in preflight.stdout
