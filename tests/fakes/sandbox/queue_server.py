"""moto's server with the sandbox's SQS: ``python queue_server.py`` prints its address, as moto's own does."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).parents[3]))

from moto.server import main  # noqa: E402

from sandbox.services import sqs  # noqa: E402

if __name__ == "__main__":
    runtime: Any = SimpleNamespace(stopping=Event())
    sqs.install(cast("sqs.Runtime", runtime))
    main(["--port", "0"])
