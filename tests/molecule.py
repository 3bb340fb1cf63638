"""Run the molecule scenarios, two at a time; scenarios that follow one another share a sandbox, reset between them.

In ``extensions/``, ``molecule test -s NAME`` runs one in a sandbox of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
EXTENSIONS = ROOT / "extensions"
SCENARIOS = sorted(path.parent.name for path in EXTENSIONS.glob("molecule/*/molecule.yml"))
QUICK = ("preflight", "prepare")
AT_A_TIME = 2


def run(scenario: str, ephemeral: Path, sandboxes: SimpleQueue[Path]) -> bool:
    """Run a scenario; print a line about it, and what it printed if it failed.

    Args:
        scenario: its name.
        ephemeral: its folder for molecule's own files.
        sandboxes: state folders of the sandboxes that are free.
    """
    state_dir, began = sandboxes.get(), time.monotonic()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # by default it is named after the folder `extensions`, which every collection has
        "MOLECULE_EPHEMERAL_DIRECTORY": str(ephemeral),
        "INGEST_MOLECULE_SANDBOX": str(state_dir),
    }
    config = EXTENSIONS / "molecule" / "config.yml"
    test = subprocess.run(
        [sys.executable, "-m", "molecule", "--base-config", str(config), "test", "--destroy", "never", "-s", scenario],
        cwd=EXTENSIONS,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    sandboxes.put(state_dir)
    passed = test.returncode == 0
    line = f"{scenario:26} {'passed' if passed else 'FAILED'} {time.monotonic() - began:6.1f} s"
    print(line if passed else f"{test.stdout}\n{line}", flush=True)
    return passed


def main() -> int:
    """Run the scenarios asked for; 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"all without any: {', '.join(SCENARIOS)}")
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK)}")
    options = parser.parse_args()
    if unknown := sorted(set(options.scenarios) - set(SCENARIOS)):
        parser.error(f"no scenario {', '.join(unknown)}")
    wanted = options.scenarios or (QUICK if options.quick else SCENARIOS)
    with tempfile.TemporaryDirectory(prefix="molecule-") as name:
        folder = Path(name)
        state_dirs = [folder / f"sandbox-{number}" for number in range(AT_A_TIME)]
        free: SimpleQueue[Path] = SimpleQueue()
        for state_dir in state_dirs:
            free.put(state_dir)
        try:
            with ThreadPoolExecutor(AT_A_TIME) as pool:
                # all of them, whatever becomes of the first
                results = list(pool.map(lambda scenario: run(scenario, folder / scenario, free), wanted))
        finally:
            for state_dir in state_dirs:
                down = [sys.executable, "-m", "sandbox", "down", "--state-dir", str(state_dir)]
                subprocess.run(down, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
