"""An account with an open run, whose steps are management commands that end well at once."""

from __future__ import annotations

from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.command.management_command import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import carry_out
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import ARN, DEFINITION, GONE, PARAMS, task, tasks

STEP = {"environment": "staging", "step": "cities", "unless_done": [], "requires": {}}
COMMAND = {**PARAMS, **STEP, "repeatable": False}
RUN = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop", {}, ["verify"])


def open_run(aws: FakeAws) -> FakeSsm:
    """Open the run, locked by Alice."""
    ssm = FakeSsm(aws)
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION})
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [ARN]})
    aws.on("RunTask", {"tasks": [task("PENDING")], "failures": []})
    aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
    aws.on("GetLogEvents", GONE)
    lock.acquire(ssm.context(), "staging")
    record.write_run(ssm.context(), "staging", RUN)
    return ssm


def command(ssm: FakeSsm, **changes: Any) -> Result:
    """Carry a command out as a step, by default ``cities``."""
    return carry_out(ssm.context(), {**COMMAND, **changes}, OPERATION)


def step(ssm: FakeSsm, name: str = "cities") -> dict[str, Any]:
    """Read what the record has of a step."""
    return dict(ssm.parameters[f"/climate.ingest/staging/steps/{name}"])


def started(ssm: FakeSsm, **fields: Any) -> None:
    """Leave what a controller leaves that was killed while it started the step."""
    left = record.Step("staging-1", STARTED, "2026-03-01T10:00:00+00:00", **fields)
    record.write_step(ssm.context(), "staging", "cities", left)
