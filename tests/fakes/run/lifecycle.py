"""Runs that are opened, done and closed by the operation ``run``, on an account of parameters only."""

from __future__ import annotations

from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.run.lifecycle import run
from tests.fakes.ssm import FakeSsm

REQUESTED = {"ingest_scenario": "RCP85", "ingest_years": "all"}
PARAMS: dict[str, Any] = {
    "state": "open",
    "environment": "staging",
    "cluster": "ecsStagingCluster",
    "family": "StagingManagement",
    "database": "dbstaging",
    "goals": ["verify"],
    "requested": REQUESTED,
    "new_run_after": None,
    "assume_done": [],
    "take_over": None,
}


def opened(ssm: FakeSsm, context: Context | None = None, **changes: Any) -> Result:
    return run(context or ssm.context(), {**PARAMS, **changes})


def done(ssm: FakeSsm, *names: str) -> None:
    known = record.read(ssm.context(), "staging")
    assert known.run
    for name in names:
        step = record.Step(known.run.id, DONE, "2026-03-01T10:00:00+00:00")
        record.write_step(ssm.context(), "staging", name, step)


def complete(ssm: FakeSsm) -> None:
    opened(ssm)
    done(ssm, "verify")
    assert run(ssm.context(), {**PARAMS, "state": "closed"}).values["complete"]
    lock.release(ssm.context(), "staging")
