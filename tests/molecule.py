"""Run the molecule scenarios, one after another, in a sandbox they share: it is reset between them.

``molecule test -s NAME`` in ``extensions/`` runs one in a sandbox of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTENSIONS = ROOT / "extensions"
SCENARIOS = sorted(path.parent.name for path in EXTENSIONS.glob("molecule/*/molecule.yml"))
QUICK = ("preflight", "prepare", "temporary_task_definition")


def sandbox(verb: str, state_dir: Path) -> None:
    """Start or end the sandbox."""
    command = [sys.executable, "-m", "sandbox", verb, "--state-dir", str(state_dir)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def run(scenario: str, folder: Path) -> bool:
    """Run a scenario; print a line about it, and what it printed if it failed.

    Args:
        scenario: its name.
        folder: temporary folder of this run; holds the sandbox's state.
    """
    began = time.monotonic()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # by default it is named after the folder `extensions`, which every collection has
        "MOLECULE_EPHEMERAL_DIRECTORY": str(folder / scenario),
        "INGEST_MOLECULE_SANDBOX": str(folder / "sandbox"),
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
    passed = test.returncode == 0
    if not passed:
        print(test.stdout)
    print(f"{scenario:26} {'passed' if passed else 'FAILED'} {time.monotonic() - began:6.1f} s", flush=True)
    return passed


def main() -> int:
    """Run the scenarios asked for; 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"all without any: {', '.join(SCENARIOS)}")
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK)}")
    options = parser.parse_args()
    if unknown := sorted(set(options.scenarios) - set(SCENARIOS)):
        parser.error(f"no scenario {', '.join(unknown)}")
    with tempfile.TemporaryDirectory(prefix="molecule-") as folder:
        state_dir = Path(folder) / "sandbox"
        try:
            sandbox("up", state_dir)
            # all of them, whatever becomes of the first
            results = [run(scenario, Path(folder)) for scenario in options.scenarios or (QUICK if options.quick else SCENARIOS)]
        finally:
            sandbox("down", state_dir)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
