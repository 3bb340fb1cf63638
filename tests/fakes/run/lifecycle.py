"""Runs that are opened, done and closed by the operation ``run``, on an account of parameters only."""

from __future__ import annotations

from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.run.lifecycle import run
from tests.fakes.ssm import FakeSsm

REQUESTED = {
    "ingest_scenario": "RCP85",
    "ingest_models": "all",
    "ingest_years": "all",
    "ingest_drain": "each",
}
EVERY = {"all_models": ["HadCM3"], "all_years": ["2006-2099"], "dataset": "", "arguments": []}


def imported(name: str = "projections", scenario: str = "RCP85", years: str = "all", **more: Any) -> dict[str, Any]:
    """Give an element of ``imports`` as Ansible validates it."""
    given = {"scenario": scenario, "models": ["all"], "years": years.split(","), "averages": False}
    return {"name": name, **EVERY, **given, **more}


HISTORY = imported("historical", "historical", all_years=["1950-2005"], averages=True)
PARAMS: dict[str, Any] = {
    "state": "open",
    "environment": "staging",
    "cluster": "ecsStagingCluster",
    "family": "StagingManagement",
    "database": "dbstaging",
    "playbook": "populate",
    "imports": [imported()],
    "commands_before": None,
    "commands_after": [],
    "drain": "each",
    "cities_command": "import_cities,bucket,key",
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
