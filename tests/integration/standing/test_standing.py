"""A group and a service that stay are used and put back to exactly what they were, wherever a controller dies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import IngestError, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.fleet import spot_capacity
from ansible_collections.climate.ingest.plugins.module_utils.record.standing import SHARED
from ansible_collections.climate.ingest.plugins.module_utils.run import teardown
from ansible_collections.climate.ingest.plugins.module_utils.workers import service
from tests.fakes import documented_policy
from tests.fakes.aws import essence
from tests.integration.conftest import Account, sandbox_up

CLUSTER, GROUP, SERVICE = "ecsStagingCluster", "asgStagingDataImport", "StagingManagementRunJobs"
NAMED = {"ingest_fleet_group": GROUP, "ingest_worker_service": SERVICE}
UP = ("--standing",)
MANAGE = "exec sleep infinity\n"
READS = ("Describe", "List", "Get")
INSTANCES = 3  # more than the group's maximum
# the first and the last call of each kind: the memory, the switch, the group, the service
DEATHS = [
    ("PutParameter", 1),
    ("UpdateAutoScalingGroup", 0),
    ("UpdateService", 0),
    ("UpdateService", 1),
    ("ResumeProcesses", 0),
    ("DeleteParameters", -1),
]


class Killed(BaseException):
    """The controller dies."""


class Machine:
    """A controller that knows nothing but the account, and dies before a changing call.

    Args:
        dies_at: number of the call; 0: it lives.
    """

    def __init__(self, account: Account, dies_at: int = 0) -> None:
        self.account, self.dies_at, self.calls = account, dies_at, list[str]()
        self._clients: dict[str, Any] = {}
        self.context = Context(self.client)

    def client(self, name: str) -> Any:
        if name not in self._clients:
            self._clients[name] = self.account.client(name)
            self._clients[name].meta.events.register("before-call", self._before)
        return self._clients[name]

    def _before(self, model: Any, **event: Any) -> None:
        if not model.name.startswith(READS):
            self.calls.append(model.name)
            if len(self.calls) == self.dies_at:
                raise Killed

    def capacity(self, context: Context | None = None, **params: Any) -> Result:
        more = {"standing_group": GROUP, "count": INSTANCES, "minimum": INSTANCES, **params}
        return perform(context or self.context, spot_capacity.OPERATION, **more)

    def workers(self, context: Context | None = None, **params: Any) -> Result:
        more = {"standing_service": SERVICE, "count": 4, "task_definition": "StagingManagement:1", **params}
        return perform(context or self.context, service.OPERATION, **more)

    def tear_down(self, context: Context | None = None) -> Result:
        target = teardown.Target("staging", CLUSTER, "StagingManagement", "dbstaging", parts=("service", "capacity"))
        return teardown.attempt(context or self.context, target)


def perform(context: Context, operation: Operation, **params: Any) -> Result:
    defaults = {name: option.get("default") for name, option in operation.argument_spec.items()}
    return operation.run(context, {**defaults, "environment": "staging", "cluster": CLUSTER, "timeout": 60, **params})


def things(account: Account) -> dict[str, Any]:
    """Describe group and service, without what tells when something happened, and what is kept of them."""
    autoscaling, ecs, ssm = (account.client(name) for name in ("autoscaling", "ecs", "ssm"))
    [group] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"]
    [found] = ecs.describe_services(cluster=CLUSTER, services=[SERVICE], include=["TAGS"])["services"]
    [deployment] = found.pop("deployments")
    kept = [
        each["Name"]
        for path in ("/climate.ingest/staging/standing", SHARED)
        for each in ssm.get_parameters_by_path(Path=path)["Parameters"]
    ]
    actions = autoscaling.describe_scheduled_actions(AutoScalingGroupName=GROUP)["ScheduledUpdateGroupActions"]
    definition, rollout = deployment["taskDefinition"], deployment["rolloutState"]
    return {
        "group": group,
        "actions": actions,
        "service": {name: each for name, each in found.items() if name != "events"},
        "deployment": (definition, rollout),
        "kept": kept,
    }


def sizes(account: Account) -> tuple[int, int, int, str]:
    found = things_in_use(account)
    group, used = found["group"], found["service"]
    return group["DesiredCapacity"], group["MaxSize"], used["desiredCount"], used["taskDefinition"].rsplit("/", 1)[1]


def things_in_use(account: Account) -> dict[str, Any]:
    [group] = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])[
        "AutoScalingGroups"
    ]
    [found] = account.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
    return {"group": group, "service": found}


@pytest.fixture
def before(account: Account) -> Iterator[dict[str, Any]]:
    """What they are; whatever a test does, they are that again."""
    found = things(account)
    assert found["kept"] == []
    yield found
    Machine(account).tear_down()
    assert things(account) == found


def test_a_preview_changes_nothing_and_is_what_happens(account: Account, before: dict[str, Any]) -> None:
    seer, machine = Machine(account), Machine(account)
    context = Context(seer.client, check_mode=True, preview=Preview())
    predicted = [essence(step(context)) for step in (seer.capacity, seer.workers, seer.tear_down)]
    assert seer.calls == []
    real = [machine.capacity(), machine.workers(), machine.tear_down()]
    assert predicted == [essence(each) for each in real]
    assert [each.verb for each in real[:2]] == ["scaled up", "scaled up"]
    assert real[2].values["removed"] == []
    assert real[2].values["scaled_back"] == [
        f"service {SERVICE} from 4 to 0 workers",
        f"Auto Scaling group {GROUP} from {INSTANCES} to 0 instances",
    ]


def test_wherever_a_controller_dies_another_puts_all_back(account: Account, before: dict[str, Any]) -> None:
    """Before a changing call, of raising and of putting back; after a call is before the next one."""
    living = Machine(account)
    steps = ("capacity", "workers", "tear_down")
    for step in steps:
        getattr(living, step)()
    assert things(account) == before
    assert set(living.calls) >= {name for name, _nth in DEATHS}
    for name, nth in DEATHS:
        number = [at for at, each in enumerate(living.calls, 1) if each == name][nth]
        machine = Machine(account, dies_at=number)
        with pytest.raises(Killed):
            for step in steps:
                getattr(machine, step)()
        assert machine.calls[-1] == name
        assert Machine(account).tear_down().values["left"] == []
        assert things(account) == before, f"killed before call {number}, {name}"


def test_a_run_that_died_goes_on_with_what_it_has(account: Account, before: dict[str, Any]) -> None:
    machine = Machine(account, dies_at=6)
    with pytest.raises(Killed):
        machine.capacity()
    assert machine.calls[-1] == "UpdateAutoScalingGroup"
    other = Machine(account)
    other.capacity()
    other.workers()
    assert sizes(account) == (INSTANCES, INSTANCES, 4, "StagingManagement:1")
    assert not other.capacity().changed
    assert not other.workers().changed
    assert things_in_use(account)["group"]["SuspendedProcesses"][0]["ProcessName"] == "AZRebalance"


def test_the_dead_mans_switch_scales_the_group_back_and_a_run_raises_it_again(
    account: Account, before: dict[str, Any]
) -> None:
    Machine(account).capacity(unattended_hours=1)
    account.control("wait", "POST", {"seconds": 3601})
    deadline = Machine(account)
    for _ in range(200):
        group = things_in_use(account)["group"]
        if not group["DesiredCapacity"]:
            break
        deadline.context.sleep(0.1)
    assert (group["DesiredCapacity"], group["MaxSize"]) == (0, before["group"]["MaxSize"])
    raised = Machine(account).capacity(unattended_hours=1)
    assert any("dead man's switch" in each for each in raised.warnings)
    assert sizes(account)[:2] == (INSTANCES, INSTANCES)


def test_another_environment_gets_neither(account: Account, before: dict[str, Any]) -> None:
    machine = Machine(account, dies_at=3)
    with pytest.raises(Killed):
        machine.capacity()  # it has the group, and has changed nothing
    with pytest.raises(Refused, match="the environment staging is using"):
        perform(Machine(account).context, spot_capacity.OPERATION, standing_group=GROUP, environment="other")


@pytest.mark.parametrize("variable", NAMED)
def test_what_is_not_at_rest_is_refused_before_anything_is_changed(
    account: Account, before: dict[str, Any], variable: str
) -> None:
    if variable == "ingest_fleet_group":
        scale = account.client("autoscaling").set_desired_capacity
        places, one, none = {"AutoScalingGroupName": GROUP}, {"DesiredCapacity": 1}, {"DesiredCapacity": 0}
    else:
        scale = account.client("ecs").update_service
        places, one, none = {"cluster": CLUSTER, "service": SERVICE}, {"desiredCount": 1}, {"desiredCount": 0}
    scale(**places, **one)
    try:
        refused = account.playbook("populate", "--tags=preflight", **NAMED)
        assert refused.returncode != 0
        assert f"{variable} is" in refused.stdout
        assert "not 0" in refused.stdout
        with pytest.raises(IngestError):
            Machine(account).capacity() if variable == "ingest_fleet_group" else Machine(account).workers()
    finally:
        scale(**places, **none)
        for _ in range(200):
            if things(account)["group"]["Instances"] == [] and things_in_use(account)["service"]["runningCount"] == 0:
                break
            Machine(account).context.sleep(0.1)


def test_a_whole_run_ends_with_both_as_they_were(tmp_path: Any) -> None:
    with sandbox_up(tmp_path / "sandbox", *UP) as account:
        found = things(account)
        account.control("settings", "PUT", {"policy": documented_policy.with_standing()})
        run = account.playbook("populate", ingest_instance_count=INSTANCES, **NAMED)
        assert run.returncode == 0, run.stdout[-4000:] + run.stderr
        assert f"scaled back Auto Scaling group {GROUP} from {INSTANCES} to 0 instances" in run.stdout
        assert f"removed Auto Scaling group {GROUP}" not in run.stdout
        account.control("settings", "PUT", {"policy": None})
        after = things(account)
        assert after == found
        page = next(account.reports.glob("*.html")).read_text()
        assert "scaled back" in page
        for missing in ("autoscaling:ResumeProcesses", "application-autoscaling:DescribeScalableTargets"):
            account.control("settings", "PUT", {"policy": documented_policy.with_standing(missing)})
            denied = account.playbook("populate", "--tags=preflight", "-e", "ingest_new_run_after=staging-1", **NAMED)
            assert denied.returncode != 0
            assert missing.partition(":")[2] in denied.stdout
        account.control("settings", "PUT", {"policy": None})
        status = account.playbook("status", **NAMED)
        assert status.returncode == 0, status.stdout + status.stderr
        assert json.dumps(after["group"]["Tags"]) == json.dumps(found["group"]["Tags"])
