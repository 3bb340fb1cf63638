"""moto's server with the sandbox's SQS, a program of its own: it prints its address, as moto's does."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace
from typing import Any, cast

from moto.server import main

from sandbox.services import sqs

if __name__ == "__main__":
    runtime: Any = SimpleNamespace(stopping=Event())
    sqs.install(cast("sqs.Runtime", runtime))
    main(["--port", "0"])
