"""The soak: a run that meets everything, at random, and completes.

Exit code 1 when something is wrong in the end. From the checkout's folder: ``.venv/bin/python -m tests.soak``.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.proxy import Proxy
from tests.faults.rules import Chance, Fault
from tests.soak import acts, checks, report
from tests.soak.course import Soak
from tests.sweep.account import sandbox_up

# of the calls, and of those that change something
SHARE, CHANGING = 0.06, 0.25
MINUTES = 30.0
# a cut of the network is for all calls at once
FAULTS = tuple(fault for fault in Fault if fault is not Fault.CUT)
VARIABLES = {"ingest_report_folder": ""}


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, and write the report; 1 if something is wrong."""
    options = _parser().parse_args(arguments)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        account = stack.enter_context(sandbox_up(folder, factors=()))
        proxy = stack.enter_context(Proxy(account.endpoint, Chance(seed, FAULTS, SHARE, CHANGING)))
        log = options.keep_log or folder / "controllers.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        soak = Soak(account, proxy, acts.course(seed), VARIABLES, log, MINUTES)
        soak.run()
        wrong = [each.what for each in soak.happened if not each.went_well]
        wrong += [f"not reached: {each.act} ({each.step})" for each in soak.moments]
        wrong += checks.wrong(account)
        exchanges = proxy.exchanges()
    seconds = time.monotonic() - began
    text = report.markdown(
        seed, f"{datetime.now(UTC):%Y-%m-%d}", seconds, soak.happened, soak.controllers, exchanges, wrong
    )
    if options.output:
        options.output.write_text(text)
    print("\n".join([*(f"WRONG: {each}" for each in wrong), f"{seconds:.0f} s, seed {seed}"]))
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, metavar="N", help="of faults and acts (default: a new one, printed)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there, as Markdown")
    parser.add_argument("--keep-log", type=Path, metavar="FILE", help="keep there what the controllers printed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
