"""An ingest as production has come to do it, all at once: inventories/sandbox-production."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sweep import points
from tests.sweep.account import FACTORS, PRODUCTION, SweepAccount, sandbox_up

# in the middle of what no other test kills: the snapshot, the reboot for the parameter group, the last of the commands
# after the averages, and the database on its way back; and where the standing service is raised beside all of it.
# What is written by the clock can move a point by a call or two.
KILLED_AT = [
    ("rds.CreateDBSnapshot", 0, "after"),
    ("rds.RebootDBInstance", 0, "before"),
    ("ecs.UpdateService", 0, "after"),
    ("ecs.RunTask", -2, "after"),  # the last is the summary's
    ("rds.RemoveTagsFromResource", 0, "before"),
]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SweepAccount]:
    with sandbox_up(tmp_path_factory.mktemp("sandbox"), (*FACTORS, "--production")) as account:
        yield account


@pytest.fixture(scope="module")
def reference(account: SweepAccount) -> points.Reference:
    return points.undisturbed(account, **{**PRODUCTION, "ingest_report_folder": str(account.reports)})


@pytest.fixture(scope="module")
def facts(account: SweepAccount, reference: points.Reference) -> dict[str, Any]:
    (report,) = account.reports.glob("*.json")
    return dict(json.loads(report.read_text()))


def test_the_report_shows_all_of_it(facts: dict[str, Any]) -> None:
    done = {step["name"] for step in facts["steps"] if step["state"] == "done"}
    assert {"snapshot", "canary", "boundaries", "regions", "coastline", "vacuum", "generate_historic"} <= done
    assert {"nex_gddp_a1b_verify", "loca_a1b_verify", "nex_gddp_historical_verify"} <= done
    assert [drain["step"] for drain in facts["drains"]] == ["nex_gddp_a1b_drain"]
    assert facts["snapshot"]
    changes = [f"{change['verb']} {change['what']}" for change in facts["changes"]]
    for part in ("scaled back Auto Scaling group asgStagingDataImport", "scaled back service StagingManagementRunJobs"):
        assert any(part in change for change in changes), changes
    assert any("parameter group db-imports back to default.postgres12" in change for change in changes), changes


def test_all_is_as_it_was(reference: points.Reference) -> None:
    standing = reference.state.standing
    assert standing["asgStagingDataImport"]["DesiredCapacity"] == standing["asgStagingDataImport"]["MinSize"] == 0
    assert standing["StagingManagementRunJobs"]["desiredCount"] == 0
    assert standing["StagingManagementRunJobs"]["taskDefinition"].endswith("/StagingManagementRunJobs:1")
    assert standing["StagingWeb"]["runningCount"] == standing["StagingWeb"]["desiredCount"] > 0
    assert standing["the parameter group"] == [("default.postgres12", "in-sync")]
    assert len(standing["the list of snapshots"]) == 1


@pytest.mark.parametrize(("operation", "which", "when"), KILLED_AT)
def test_a_run_that_is_killed_goes_on(
    account: SweepAccount, reference: points.Reference, operation: str, which: int, when: str
) -> None:
    point = points.Point([number for number, call in enumerate(reference.calls, 1) if call == operation][which], when)
    outcome = points.try_point(account, point, reference, **PRODUCTION)
    assert outcome.result == points.RECOVERED, f"{outcome.reasons}\n{outcome.output}"
    near = reference.calls[max(point.call - 1 - points.SLACK, 0) : point.call + points.SLACK]
    assert outcome.operation in near, f"killed at {outcome.operation}, far from {operation}"
