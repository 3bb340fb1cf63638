"""A sandbox for the sweep, and playbooks in it that may die."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.integration.conftest import BIN, ROOT, Account

# as much waiting as can be done without: a point is two runs, and there are many points
VARIABLES: dict[str, Any] = {
    # a few years of the future, and the thirty of the past that make one average
    "ingest_years": "2006,2099",
    "ingest_historical_years": ",".join(str(year) for year in range(1951, 1981)),
    "ingest_drain_stable_seconds": 1,
    "ingest_queue_settle_seconds": 1,
    "ingest_instance_count": 1,
    "ingest_worker_count": 2,
    # workers that wait for messages rather than end and begin again
    "ingest_worker_environment": {"SQS_POLL_SECONDS": "2"},
    # it only reads
    "ingest_report_folder": "",
}
# three imports whose jobs are run by one drain
TOGETHER: dict[str, Any] = {
    "ingest_drain": "together",
    "ingest_imports": [
        {"scenario": "A1B", "years": [2006], "all_models": ["HadCM3"]},
        {"scenario": "E1", "years": [2050, 2051], "all_models": ["HadCM3"]},
        {"scenario": "historical", "years": [*range(1951, 1981)], "all_models": ["HadCM3"], "averages": True},
    ],
}
# one worker does one job before the others begin
CANARY: dict[str, Any] = {"ingest_canary": "always"}
# an ingest as production has come to do it: its inventory, in the environment that all sweeps look at
PRODUCTION: dict[str, Any] = {
    "ingest_environment": "staging",
    "inventory": "inventories/sandbox-production",
    "ingest_summary_command": "",
}
FACTORS = ("--factor", "all=0.2")
LONGEST_RUN = 300.0  # seconds


@dataclass
class Ended:
    """A playbook that has ended.

    Attributes:
        code: exit code; -9 when it was killed, None when it had to be for taking too long.
        seconds: how long it ran.
        output: what it printed.
    """

    code: int | None
    seconds: float
    output: str


class SweepAccount(Account):
    """A sandbox that is up; see ``sandbox_up``."""

    def changes(self, since: int = 0) -> list[dict[str, Any]]:
        """Give the changing calls of operators after a number, in order."""
        calls = self.control(f"calls?changes=1&since={since}")["calls"]
        return [call for call in calls if call["caller"] == "operator"]

    def populate(
        self,
        crash: dict[str, Any] | None = None,
        playbook: str = "populate",
        arguments: Sequence[str] = (),
        longest: float = LONGEST_RUN,
        inventory: str = "inventories/sandbox",
        **variables: Any,
    ) -> Ended:
        """Run populate.yml, or another playbook, to its end.

        Args:
            inventory: its folder.
            crash: the trap it runs into, without its process: see sandbox/README.md.
            arguments: of ansible-playbook, after the playbook.
            longest: seconds after which it is killed.
            variables: beside, or in place of, the sweep's own.
        """
        log = self.state_dir / f"{playbook}.log"
        extra = json.dumps({"sandbox_state_dir": str(self.state_dir), **VARIABLES, **variables})
        command = [str(BIN / "ansible-playbook"), "-i", inventory, f"playbooks/{playbook}.yml", "-e", extra, *arguments]
        began = time.monotonic()
        with log.open("wb") as output:
            # it becomes the playbook when it is told to: by then the trap is set for it
            process = subprocess.Popen(
                ["/bin/sh", "-c", 'read -r go && exec "$@" </dev/null', "sh", *command],
                cwd=ROOT,
                env={**os.environ, "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            if crash is not None:
                self.control("settings", "PUT", {"crash": {**crash, "process": process.pid}})
            code = _await(process, longest)
        return Ended(code, time.monotonic() - began, log.read_text(errors="replace"))


def _await(process: subprocess.Popen[bytes], longest: float) -> int | None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(b"go\n", timeout=longest)
        return process.returncode
    root = psutil.Process(process.pid)
    for one in [*root.children(recursive=True), root]:
        with contextlib.suppress(psutil.Error):
            one.kill()
    process.wait()
    return None


@contextlib.contextmanager
def sandbox_up(state_dir: Path, factors: Sequence[str] = FACTORS) -> Iterator[SweepAccount]:
    """Start a sandbox; it is gone afterwards with all its processes.

    Args:
        state_dir: its folder.
        factors: options for its delays.

    Raises:
        RuntimeError: it does not come up.
    """
    command = [sys.executable, "-m", "sandbox"]
    up = subprocess.run(
        [*command, "up", "--state-dir", str(state_dir), *factors], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if up.returncode:
        raise RuntimeError(up.stdout + up.stderr)
    try:
        yield SweepAccount(state_dir)
    finally:
        subprocess.run([*command, "down", "--state-dir", str(state_dir)], cwd=ROOT, capture_output=True, check=False)
