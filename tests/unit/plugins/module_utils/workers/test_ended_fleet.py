"""A wait that finds that the account has ended the fleet, as its controller slept for too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import DeadlineExceeded
from ansible_collections.climate.ingest.plugins.module_utils.workers import arrival, queue_drain
from tests.fakes.aws import FakeAws
from tests.fakes.drain import DrainAccount
from tests.fakes.switched_fleet import GROUP, SwitchedFleet
from tests.fakes.workers import Ecs

FIRES = 120.0  # seconds from the beginning of the wait


@pytest.fixture
def fleet(aws: FakeAws) -> SwitchedFleet:
    return SwitchedFleet(aws).raised()


def is_up(fleet: SwitchedFleet) -> bool:
    return bool(fleet.group and fleet.group["MaxSize"])


def until_it_fires(fleet: SwitchedFleet) -> Callable[[float], int]:
    """Have the action carried out in the midst of the drain; workers run while there are instances."""

    def running(now: float) -> int:
        if now >= FIRES and not fleet.activities:
            fleet.fire()
        return 10 if is_up(fleet) else 0

    return running


def drain(account: DrainAccount, fleet: SwitchedFleet, **params: Any) -> Any:
    context = fleet.context(holder=None)
    return queue_drain.OPERATION.run(context, account.params(environment="staging", no_worker_timeout=600, **params))


def test_a_drain_raises_the_fleet_again_and_completes(account: DrainAccount, fleet: SwitchedFleet) -> None:
    account.running = until_it_fires(fleet)
    account.counts = lambda now: (0 if now > 2 * FIRES and is_up(fleet) else 5, 0, 0)
    assert drain(account, fleet).values["jobs"] == 5
    (said,) = [line for line in fleet.aws.progress.lines if "dead man's switch" in line]
    assert said.endswith("It is raised again.")
    assert fleet.aws.count("UpdateAutoScalingGroup") == 1


def test_workers_get_their_time_anew_once_it_is_raised(account: DrainAccount, fleet: SwitchedFleet) -> None:
    fires = until_it_fires(fleet)
    account.running = lambda now: min(fires(now), 10 if now < FIRES else 0)  # no spot capacity any more
    account.counts = lambda now: (5, 0, 0)
    with pytest.raises(DeadlineExceeded, match="No worker"):
        drain(account, fleet)
    assert fleet.aws.now >= FIRES + 600
    assert fleet.aws.count("UpdateAutoScalingGroup") == 1


def test_a_drain_whose_workers_run_does_not_look_at_the_fleet(account: DrainAccount, fleet: SwitchedFleet) -> None:
    drain(account, fleet)
    assert fleet.aws.count("DescribeAutoScalingGroups") == 0


def test_workers_that_are_awaited_when_the_time_has_passed_get_their_fleet_back(
    aws: FakeAws, fleet: SwitchedFleet
) -> None:
    ecs = Ecs(aws)
    ecs.service = {"status": "ACTIVE", "desiredCount": 60, "pendingCount": 0, "events": []}
    ecs.running = {0.0: 0}
    fleet.ssm = type(fleet.ssm)(aws)
    fleet.ssm.parameters["/climate.ingest/staging/unattended"] = fleet.memo.get("unattended/staging")["switch"]
    fleet.pass_hours(13)
    fleet.fire()
    params = {"environment": "staging", "cluster": "c", "name": "s", "container": "management", "timeout": 900}
    start = arrival.Start(fleet.context(holder=None), params, 60, None)
    with pytest.raises(DeadlineExceeded):
        start.wait(queue_drain.Result())
    assert is_up(fleet) and GROUP in aws.progress.lines[0]
