"""A controller that is killed and never comes back: the account ends the fleet, and the next run completes."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from typing import Any

import pytest

from tests.fakes.terraform_state import terraform_state
from tests.integration.conftest import Account, Controller
from tests.waiting import until

FLEET, SERVICE = "ingest-staging-spot", "ingest-staging-run-jobs"
FIRED = f"The dead man's switch set the fleet {FLEET} to 0 instances at"
FEW = {"ingest_instance_count": 2, "ingest_worker_count": 1}


def wait(account: Account, hours: float) -> None:
    """Let time pass in the account."""
    account.control("wait", "POST", {"seconds": hours * 3600})


@pytest.fixture(autouse=True)
def fresh(account: Account) -> None:
    account.control("reset", "POST")


def squeezed(text: str) -> str:
    return " ".join(text.split())


def fleet(account: Account) -> dict[str, Any]:
    answer = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[FLEET])
    return dict(next(iter(answer["AutoScalingGroups"]), {}))


def size(account: Account) -> tuple[int, int, int, int]:
    group = fleet(account)
    return group["MinSize"], group["MaxSize"], group["DesiredCapacity"], len(group["Instances"])


def all_but_the_fleet(account: Account) -> dict[str, Any]:
    """What there is, without the fleet's group, its instances, and what follows from their end: workers and jobs."""
    own = {each["InstanceId"] for each in fleet(account)["Instances"]}
    state = terraform_state(account)
    state["groups"] = [group for group in state["groups"] if group["AutoScalingGroupName"] != FLEET]
    state["instances"] = [instance for instance in state["instances"] if instance not in own]
    for cluster in state["clusters"]:
        for count in ("registeredContainerInstancesCount", "runningTasksCount", "pendingTasksCount", "statistics"):
            cluster.pop(count, None)
    state["queue"] = {name: text for name, text in state["queue"].items() if "Approximate" not in name}
    return state


def killed_in_its_drain(account: Account, **variables: Any) -> None:
    """Run until workers drain the queue, and kill the controller with all it started."""
    controller = Controller(account, **variables)
    controller.await_text("jobs done")
    os.killpg(controller.process.pid, signal.SIGKILL)
    controller.process.wait()


def test_the_account_ends_the_fleet_of_a_dead_controller_and_the_next_run_completes(account: Account) -> None:
    killed_in_its_drain(account, **FEW)
    before, raised = all_but_the_fleet(account), size(account)
    assert raised[:3] == (0, 2, 2)

    wait(account, 11)
    status = account.playbook("status")
    assert f"If no controller comes back, the account sets the fleet {FLEET} to 0" in squeezed(status.stdout)
    assert size(account) == raised

    wait(account, 1.1)
    until(lambda: size(account) == (0, 0, 0, 0))
    until(lambda: account.client("ecs").describe_services(cluster="ecsStagingCluster", services=[SERVICE]))
    assert all_but_the_fleet(account) == before
    since = len(account.calls())
    status = account.playbook("status")
    assert FIRED in squeezed(status.stdout) and "The next run raises it again." in squeezed(status.stdout)
    preview = account.playbook("populate", "--check", **FEW)
    assert preview.returncode == 0 and FIRED in squeezed(preview.stdout + preview.stderr)
    assert [call["operation"] for call in account.calls(since) if call["changes"]] == []

    wait(account, 5)  # until the job of the worker that was killed is back
    again = account.playbook("populate", **FEW)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "resuming run staging-1" in again.stdout
    assert FIRED in squeezed(again.stdout + again.stderr)
    sent = Counter(each["body"] for each in account.control("messages")["messages"])
    assert len(sent) == 94 + 56 and set(sent.values()) == {1}
    assert fleet(account) == {}
    (report,) = account.reports.glob("*.json")
    facts = json.loads(report.read_text())
    assert facts["run"]["state"] == "complete"
    assert [change["what"] for change in facts["changes"] if FIRED in change["what"]]


def test_a_drain_whose_fleet_is_ended_meanwhile_goes_on_by_itself(account: Account) -> None:
    """As on a laptop that slept too long; here it is the account's time that passes."""
    controller = Controller(account, **FEW)
    controller.await_text("jobs done")
    wait(account, 12.1)
    until(lambda: "It is raised again." in squeezed(controller.said))
    wait(account, 5)
    assert controller.end() == 0, controller.said
    assert FIRED in squeezed(controller.said) and "run staging-1 is complete" in controller.said


def test_what_is_kept_after_a_failure_is_said_to_live_until_when(account: Account) -> None:
    failed = account.playbook(
        "populate", "--tags=capacity,verify", ingest_verify_command="no_such_command", ingest_on_failure="keep"
    )
    assert failed.returncode == 2
    story = squeezed(failed.stdout.rpartition("Still there:")[2])
    assert f"If no controller comes back, the account sets the fleet {FLEET} to 0 instances at" in story
    assert "UTC (in 12h 00m)" in story or "UTC (in 11h 59m)" in story
    never = account.playbook(
        "populate",
        "--tags=capacity,verify",
        ingest_verify_command="no_such_command",
        ingest_on_failure="keep",
        ingest_unattended_hours=0,
    )
    assert f"Nothing ends the fleet {FLEET} if no controller comes back" in squeezed(never.stdout)
    wait(account, 100)
    assert size(account)[:3] == (0, 2, 2)
