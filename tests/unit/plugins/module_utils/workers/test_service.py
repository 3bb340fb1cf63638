from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    Refused,
    TaskFailed,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.workers.desired_service import type_expression
from ansible_collections.climate.ingest.plugins.module_utils.workers.service import OPERATION
from tests.fakes.aws import FakeAws, Refusal, essence

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FAMILY_ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/StagingManagement"
DEFINITION = {
    "taskDefinitionArn": f"{FAMILY_ARN}:14",
    "memory": "8192",
    "containerDefinitions": [{"name": "management"}, {"name": "statsd"}],
}
UNPLACED = "(service ingest-staging-run-jobs) was unable to place a task because no container instance met all."


def instance(number: int, memory: int = 31000) -> dict[str, Any]:
    return {
        "containerInstanceArn": f"arn:{number}",
        "ec2InstanceId": f"i-{number}",
        "attributes": [{"name": "ecs.instance-type", "value": "m4.2xlarge"}],
        "remainingResources": [{"name": "CPU", "integerValue": 8192}, {"name": "MEMORY", "integerValue": memory}],
    }


class Ecs:
    """A cluster of 20 free instances and at most one service, whose running count the test moves over time."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.service: dict[str, Any] | None = None
        self.running = {0.0: 0, 5.0: 30, 20.0: 60}  # seconds after the change: workers
        self.events: list[dict[str, Any]] = []
        self.instances = [instance(number) for number in range(20)]
        self.tasks: dict[str, dict[str, Any]] = {}
        aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION})
        aws.on("DescribeServices", self.describe)
        aws.on("CreateService", self.create)
        aws.on("UpdateService", self.update)
        aws.on("DeleteService", self.delete)
        aws.on("ListContainerInstances", self.list_instances)
        aws.on("DescribeContainerInstances", lambda params: {"containerInstances": self.instances})
        aws.on("ListTasks", lambda params: {"taskArns": list(self.tasks)})
        aws.on("DescribeTasks", lambda params: {"tasks": [self.tasks[arn] for arn in params["tasks"]]})
        aws.on("GetLogEvents", {"events": [{"message": "MemoryError"}], "nextBackwardToken": "b"})

    def list_instances(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"containerInstanceArns": [each["containerInstanceArn"] for each in self.instances]}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["include"] == ["TAGS"]
        if self.service is None:
            return {"services": [], "failures": [{"reason": "MISSING"}]}
        if self.service["status"] == "DRAINING" and self.aws.now > 10:
            self.service["status"] = "INACTIVE"
        moments = [count for moment, count in self.running.items() if moment <= self.aws.now]
        self.service["runningCount"] = moments[-1]
        return {"services": [dict(self.service, events=self.events)]}

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in params.items() if key not in ("cluster", "propagateTags")}
        self.service = {"status": "ACTIVE", "runningCount": 0, "pendingCount": 0, "createdAt": NOW} | kept
        return {"service": self.service}

    def update(self, params: dict[str, Any]) -> dict[str, Any]:
        assert self.service
        self.service |= {key: value for key, value in params.items() if key not in ("cluster", "service")}
        return {"service": self.service}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        assert self.service
        self.service["status"] = "DRAINING"
        return {"service": self.service}

    def stop(self, number: int, code: int, **more: Any) -> None:
        arn = f"arn:aws:ecs:us-east-1:123456789012:task/ecsStagingCluster/{number}"
        self.tasks[arn] = {
            "taskArn": arn,
            "taskDefinitionArn": DEFINITION["taskDefinitionArn"],
            "lastStatus": "STOPPED",
            "createdAt": NOW,
            "startedAt": NOW,
            "stopCode": "EssentialContainerExited",
            "containers": [{"name": "management", "exitCode": code}, {"name": "statsd", "exitCode": 137}],
        } | more


@pytest.fixture
def ecs(aws: FakeAws) -> Ecs:
    return Ecs(aws)


def run(aws: FakeAws, check_mode: bool = False, preview: Preview | None = None, **params: Any) -> Result:
    defaults = {
        "state": "present",
        "name": "ingest-staging-run-jobs",
        "cluster": "ecsStagingCluster",
        "environment": "staging",
        "task_definition": "StagingManagement:14",
        "purpose": "run_jobs",
        "container": "management",
        "count": 200,
        "instance_types": ["m4.2xlarge"],
        "placement_strategy": [{"type": "spread", "field": "attribute:ecs.instance-type"}],
        "wait": True,
        "timeout": 900,
    }
    return OPERATION.run(aws.context(check_mode, preview), defaults | params)


def test_the_runbook_s_service_waits_for_the_sixty_that_fit(aws: FakeAws, ecs: Ecs):
    result = run(aws)
    assert result.changed and result.before == {}
    assert result.values["running_count"] == result.values["fits"] == 60
    assert result.values["message"] == (
        "200 workers asked of 8192 MiB each; 20 x m4.2xlarge hold 60: 60 run, 140 wait."
    )
    assert aws.progress.lines == [result.values["message"]]
    assert result.warnings == []
    created = aws.sent("CreateService")[0]
    assert created["placementConstraints"] == [
        {"type": "memberOf", "expression": "attribute:ecs.instance-type == m4.2xlarge"}
    ]
    assert created["placementStrategy"] == [{"type": "spread", "field": "attribute:ecs.instance-type"}]
    assert created["desiredCount"] == 200
    assert created["propagateTags"] == "SERVICE"
    assert {"key": "climate.ingest:run", "value": "manual"} in created["tags"]
    assert aws.sent("ListContainerInstances")[0]["filter"] == "attribute:ecs.instance-type == m4.2xlarge"
    assert aws.changes() == ["CreateService"]


def test_twenty_seconds_of_waiting_take_few_calls(aws: FakeAws, ecs: Ecs):
    run(aws)
    assert aws.count("DescribeServices") <= 13
    assert aws.count("ListTasks") <= 3
    assert aws.count("DescribeTaskDefinition") == aws.count("ListContainerInstances") == 1


def test_a_second_time_changes_nothing(aws: FakeAws, ecs: Ecs):
    run(aws)
    aws.calls.clear()
    ecs.instances = [instance(number, memory=4000) for number in range(20)]  # 60 workers hold the rest
    result = run(aws)
    assert not result.changed
    assert aws.changes() == []
    assert result.values["fits"] == 60
    assert aws.count("DescribeServices") == 2


def test_another_count_or_definition_updates_the_service(aws: FakeAws, ecs: Ecs):
    run(aws)
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION | {"taskDefinitionArn": f"{FAMILY_ARN}:15"}})
    result = run(aws, count=60)
    assert result.changed
    assert result.before["desiredCount"] == 200 and result.after["desiredCount"] == 60
    assert aws.sent("UpdateService")[0]["taskDefinition"] == f"{FAMILY_ARN}:15"
    assert aws.count("CreateService") == 1


def test_check_mode_predicts_from_the_fleet_that_an_earlier_step_would_raise(aws: FakeAws, ecs: Ecs):
    ecs.instances = []
    described = {"InstanceType": "m4.2xlarge", "MemoryInfo": {"SizeInMiB": 32768}, "VCpuInfo": {"DefaultVCpus": 8}}
    aws.on("DescribeInstanceTypes", {"InstanceTypes": [described]})
    preview = Preview()
    fleet = {"environment": "staging", "types": ["m4.2xlarge"], "count": 20}
    preview.predict("spot_capacity/ingest-staging-spot", {"fleet": fleet})
    result = run(aws, check_mode=True, preview=preview)
    assert result.changed and result.values["fits"] == 60
    assert "20 x m4.2xlarge would hold 60" in result.values["message"]
    assert aws.changes() == [] and aws.now == 0


def test_not_one_that_fits_is_refused_before_anything_is_made(aws: FakeAws, ecs: Ecs):
    ecs.instances = []
    with pytest.raises(Refused, match=r"Not one worker fits.*no instances hold 0.*tag capacity"):
        run(aws)
    assert aws.changes() == []


def test_when_less_fits_than_computed_the_event_ends_the_wait_with_a_warning(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0, 5.0: 40}
    ecs.events = [{"id": "e1", "message": UNPLACED}]
    result = run(aws)
    assert aws.now < 60
    assert result.values["running_count"] == 40
    assert "40 of 60 workers of ingest-staging-run-jobs run: (service" in result.warnings[0]


def test_an_event_from_before_is_not_taken_for_a_new_one(aws: FakeAws, ecs: Ecs):
    run(aws, count=10)
    ecs.events = [{"id": "old", "message": UNPLACED}]
    ecs.running = {0.0: 10, aws.now + 30: 20}
    result = run(aws, count=20)
    assert result.values["running_count"] == 20


def test_workers_that_crash_are_told_with_their_last_lines(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0}
    logging = {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-stream-prefix": "p"}}
    containers = [{"name": "management", "logConfiguration": logging}]
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION | {"containerDefinitions": containers}})
    for number in range(3):
        ecs.stop(number, 1)
    with pytest.raises(TaskFailed, match="(?s)3 workers of .* crashed and none is running.*exit code 1.*MemoryError"):
        run(aws)


def test_stopped_tasks_of_an_earlier_service_are_not_this_one_s_crashes(aws: FakeAws, ecs: Ecs):
    for number in range(5):
        ecs.stop(number, 1, createdAt=datetime(2025, 12, 31, tzinfo=UTC))
    assert run(aws).values["running_count"] == 60


def test_lost_instances_are_no_crashes(aws: FakeAws, ecs: Ecs):
    for number in range(5):
        ecs.stop(number, 137, stopCode="SpotInterruption")
    assert run(aws).values["running_count"] == 60


def test_workers_that_find_the_queue_empty_end_the_wait(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0, 3.0: 5}
    ecs.stop(1, 0)
    result = run(aws)
    assert aws.now < 10
    assert "the others have found the queue empty" in result.warnings[0]


def test_two_hundred_stopped_workers_are_described_in_batches_and_once(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0, 60.0: 60}
    for number in range(200):
        ecs.stop(number, 137, stopCode="SpotInterruption")
    run(aws)
    assert [len(each["tasks"]) for each in aws.sent("DescribeTasks")] == [100, 100]


def test_no_worker_in_time_is_a_deadline_with_what_ecs_says(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 0}
    ecs.events = [{"id": "e1", "message": UNPLACED}]
    with pytest.raises(DeadlineExceeded, match="60 workers of .* after 100 seconds. ECS says: .*unable to place"):
        run(aws, timeout=100)


def test_some_workers_in_time_are_a_warning(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 7}
    result = run(aws, timeout=100)
    assert result.warnings == [
        "7 of 60 workers of ingest-staging-run-jobs run: after 100 seconds; ECS reported nothing."
    ]


def test_without_waiting_nothing_is_polled(aws: FakeAws, ecs: Ecs):
    run(aws, wait=False)
    assert aws.now == 0 and aws.count("DescribeServices") == 1


def test_a_name_that_still_drains_is_waited_for(aws: FakeAws, ecs: Ecs):
    run(aws)
    aws.now = 0.0
    run(aws, state="absent", wait=False)
    assert run(aws).changed
    assert aws.count("CreateService") == 2 and aws.now > 10


def test_a_service_that_is_not_ours_is_left_alone(aws: FakeAws, ecs: Ecs):
    run(aws)
    ecs.service |= {"tags": [{"key": "Project", "value": "x"}]}
    for state in ("present", "absent"):
        with pytest.raises(Refused, match="no run made it"):
            run(aws, state=state)
    assert aws.changes() == ["CreateService"]


def test_absent_waits_until_the_last_worker_has_ended(aws: FakeAws, ecs: Ecs):
    run(aws)
    aws.now = 0.0
    group = "service:ingest-staging-run-jobs"
    ecs.stop(1, 0, lastStatus="DEPROVISIONING", group=group)
    ecs.stop(2, 0, group=group)
    ecs.stop(3, 0, lastStatus="RUNNING", group="family:other")
    arn = next(iter(ecs.tasks))
    aws.on(
        "DescribeTasks",
        lambda params: {
            "tasks": [
                ecs.tasks[each] | ({"lastStatus": "STOPPED"} if each == arn and aws.now > 25 else {})
                for each in params["tasks"]
            ]
        },
    )
    result = run(aws, state="absent")
    assert result.changed and result.before["desiredCount"] == 200 and result.after == {}
    assert aws.sent("DeleteService")[0]["force"] is True
    assert aws.now > 25


def test_absent_twice_is_unchanged(aws: FakeAws, ecs: Ecs):
    assert not run(aws, state="absent").changed
    assert aws.changes() == []


def test_absent_in_check_mode_only_predicts(aws: FakeAws, ecs: Ecs):
    run(aws, wait=False)
    assert run(aws, check_mode=True, state="absent").changed
    assert aws.changes() == ["CreateService"]


def test_a_service_deleted_meanwhile_is_noticed(aws: FakeAws, ecs: Ecs):
    aws.on("DescribeServices", {"services": []})
    with pytest.raises(NotFound, match="is gone while its workers were awaited"):
        run(aws)


def test_a_family_alone_means_our_clone_for_the_workers(aws: FakeAws, ecs: Ecs):
    tags = [
        {"key": f"climate.ingest:{name}", "value": value}
        for name, value in (("cloned-from", "x"), ("purpose", "run_jobs"))
    ]
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{FAMILY_ARN}:14"]})
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION, "tags": tags})
    assert run(aws, task_definition="StagingManagement").values["task_definition_arn"] == f"{FAMILY_ARN}:14"


def test_without_our_clone_no_service_is_made_as_it_would_lack_the_command(aws: FakeAws, ecs: Ecs):
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{FAMILY_ARN}:12"]})
    with pytest.raises(NotFound, match="no clone for run_jobs.*tag task_definition"):
        run(aws, task_definition="StagingManagement")
    with pytest.raises(NotFound, match="no clone for run_jobs"):
        run(aws, check_mode=True, task_definition="StagingManagement")
    assert aws.changes() == []


def test_a_preview_of_several_steps_is_what_they_then_do(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 60}
    steps: list[dict[str, Any]] = [{}, {}, {"count": 60}, {"state": "absent"}, {"state": "absent"}, {}]
    preview = Preview()
    predicted = [essence(run(aws, check_mode=True, preview=preview, **step)) for step in steps]
    assert aws.changes() == []
    assert predicted == [essence(run(aws, **step)) for step in steps]
    assert [changed for changed, _, _ in predicted] == [True, False, True, True, False, True]


def test_check_mode_refuses_what_the_run_would_refuse(aws: FakeAws, ecs: Ecs):
    ecs.instances = []
    with pytest.raises(Refused, match="Not one worker fits"):
        run(aws, check_mode=True)


def test_a_worker_an_instance_is_what_distinct_instance_means(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 20}
    assert run(aws, placement_constraints=[{"type": "distinctInstance"}]).values["fits"] == 20


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        ("DescribeTaskDefinition", "ClientException", "no task definition 'StagingManagement:14'"),
        ("DescribeServices", "ClusterNotFoundException", "no ECS cluster ecsStagingCluster"),
        ("ListContainerInstances", "ClusterNotFoundException", "no ECS cluster ecsStagingCluster"),
    ],
)
def test_what_is_not_there_is_named(aws: FakeAws, ecs: Ecs, operation: str, code: str, message: str):
    aws.on(operation, Refusal(code, "Unable to describe it."))
    with pytest.raises(NotFound, match=message):
        run(aws)


def test_a_container_that_is_not_in_the_definition_is_named(aws: FakeAws, ecs: Ecs):
    with pytest.raises(InvalidInput, match="'web' is not in StagingManagement:14; there are management, statsd"):
        run(aws, container="web")


def test_a_count_must_be_positive(aws: FakeAws, ecs: Ecs):
    with pytest.raises(InvalidInput, match="count is 0"):
        run(aws, count=0)


def test_fargate_takes_a_network_and_no_placement(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 200}
    network = {"subnets": ["subnet-b", "subnet-a"], "security_groups": ["sg-1"], "assign_public_ip": True}
    run(aws, launch_type="FARGATE", network_configuration=network, instance_types=None)
    created = aws.sent("CreateService")[0]
    assert created["launchType"] == "FARGATE" and "placementConstraints" not in created
    assert created["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-b", "subnet-a"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "ENABLED",
    }


def test_capacity_providers_are_passed_on(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 200}
    run(aws, capacity_provider_strategy=[{"capacity_provider": "spot", "weight": 1, "base": None}])
    created = aws.sent("CreateService")[0]
    assert created["capacityProviderStrategy"] == [{"capacityProvider": "spot", "weight": 1}]
    assert "launchType" not in created


def test_several_types_and_further_constraints_are_one_query(aws: FakeAws, ecs: Ecs):
    zone = {"type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1a"}
    run(aws, instance_types=["m4.2xlarge", "m5.2xlarge"], placement_constraints=[zone, {"type": "distinctInstance"}])
    assert aws.sent("ListContainerInstances")[0]["filter"] == (
        "(attribute:ecs.instance-type in [m4.2xlarge, m5.2xlarge]) and (attribute:ecs.availability-zone == us-east-1a)"
    )


def test_the_runbook_s_expression():
    assert type_expression(["m4.2xlarge"]) == "attribute:ecs.instance-type == m4.2xlarge"
