"""``python -m sandbox.background STATE_DIR OPTIONS``: the process that ``up`` starts."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.daemon import REASON, StartOptions
from sandbox.gateway.http_server import PortUnusable
from sandbox.own_project.postgresql import NoServer
from sandbox.own_project.scripts import NoScripts, ScriptFailed, Scripts
from sandbox.runtime import SCRIPTS_LOG
from sandbox.server import Sandbox
from sandbox.timing import Timing


def serve(state_dir: Path, options: StartOptions) -> None:
    """Run a sandbox until SIGTERM, SIGINT, or its state folder is removed.

    Args:
        state_dir: absolute.
        options: how it is started.
    """
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    settings = {
        "launch_configurations": options.launch_configurations,
        "retired_classes": options.retired_classes,
        "standing": options.standing,
        "tiles": options.tiles,
        "web_service": options.web_service,
        "spot_capacity": options.spot_capacity,
        "job_seconds": options.job_seconds,
    }
    timing = Timing(options.profile, options.factors)
    sandbox = Sandbox(
        state_dir,
        options.port,
        timing,
        settings,
        images=Path(options.images),
        postgres=Path(options.postgres) if options.postgres else None,
        scripts=Scripts(Path(options.scripts), state_dir / SCRIPTS_LOG, ended) if options.scripts else None,
    )
    try:
        sandbox.start()
    except (NoScripts, NoServer, PortUnusable, ScriptFailed) as error:
        sys.exit(f"{REASON}{error}")
    try:
        while not ended.wait(1.0) and (state_dir / "endpoint").exists():
            pass
    finally:
        sandbox.stop()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), StartOptions.from_json(sys.argv[2]))
