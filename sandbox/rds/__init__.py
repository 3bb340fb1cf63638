"""RDS: each DB instance is a PostgreSQL server, and a change of it takes its time and its outage."""

from __future__ import annotations

import logging
import threading
from typing import cast

from moto.rds.models import rds_backends

from sandbox.rds.backend import SandboxRDSBackend
from sandbox.rds.instance import SandboxDBInstance
from sandbox.runtime import ACCOUNT_ID, REGION, Runtime
from sandbox.services.moto_patches import replace

logger = logging.getLogger(__name__)

_TICK = 0.05  # seconds


def install(runtime: Runtime) -> None:
    """Replace moto's RDS until the sandbox ends; then every server is stopped.

    Args:
        runtime: the sandbox.
    """
    SandboxRDSBackend.runtime = runtime
    replace(rds_backends, "backend", SandboxRDSBackend)
    threading.Thread(target=_live, args=(runtime,), name="rds", daemon=True).start()


def instance(identifier: str) -> SandboxDBInstance:
    """Give a DB instance of the account.

    Raises:
        KeyError: there is none.
    """
    return cast(SandboxDBInstance, rds_backends[ACCOUNT_ID][REGION].databases[identifier])


def _live(runtime: Runtime) -> None:
    while not runtime.stopping.wait(_TICK):
        for backend in _backends():
            try:
                backend.tick()
            except Exception:
                logger.exception("a change of a DB instance failed")
    for backend in _backends():
        backend.stop()


def _backends() -> list[SandboxRDSBackend]:
    return [cast(SandboxRDSBackend, backend) for _, _, backend in list(rds_backends.iter_backends())]
