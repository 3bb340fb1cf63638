from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    InvalidInput,
    NotFound,
    Refused,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from tests.fakes.aws import FakeAws, Lost, Refusal, cut, essence
from tests.fakes.workers import DEFINITION, FAMILY_ARN, Ecs, instance


def test_the_runbook_s_service_waits_for_the_sixty_that_fit(aws: FakeAws, ecs: Ecs):
    result = ecs.run()
    assert result.changed and result.before == {}
    assert result.values["running_count"] == result.values["fits"] == 60
    assert result.values["message"] == (
        "200 workers requested (8192 MiB each); 20 x m4.2xlarge hold 60: 60 run, 140 wait."
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
    ecs.run()
    assert aws.count("DescribeServices") <= 13
    assert aws.count("ListTasks") <= 3
    assert aws.count("DescribeTaskDefinition") == aws.count("ListContainerInstances") == 1


def test_a_second_time_changes_nothing(aws: FakeAws, ecs: Ecs):
    ecs.run()
    aws.calls.clear()
    ecs.instances = [instance(number, memory=4000) for number in range(20)]  # 60 workers hold the rest
    result = ecs.run()
    assert not result.changed
    assert aws.changes() == []
    assert result.values["fits"] == 60
    assert aws.count("DescribeServices") == 2


def test_another_count_or_definition_updates_the_service(aws: FakeAws, ecs: Ecs):
    ecs.run()
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION | {"taskDefinitionArn": f"{FAMILY_ARN}:15"}})
    result = ecs.run(count=60)
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
    result = ecs.run(check_mode=True, preview=preview)
    assert result.changed and result.values["fits"] == 60
    assert "20 x m4.2xlarge would hold 60" in result.values["message"]
    assert aws.changes() == [] and aws.now == 0


def test_not_one_that_fits_is_refused_before_anything_is_made(aws: FakeAws, ecs: Ecs):
    ecs.instances = []
    with pytest.raises(Refused, match=r"Not one worker fits.*no instances hold 0.*tag capacity"):
        ecs.run()
    assert aws.changes() == []


def test_without_waiting_nothing_is_polled(aws: FakeAws, ecs: Ecs):
    ecs.run(wait=False)
    assert aws.now == 0 and aws.count("DescribeServices") == 1


def test_a_name_that_still_drains_is_waited_for(aws: FakeAws, ecs: Ecs):
    ecs.run()
    aws.now = 0.0
    ecs.run(state="absent", wait=False)
    assert ecs.run().changed
    assert aws.count("CreateService") == 2 and aws.now > 10


def test_a_service_that_is_not_ours_is_left_alone(aws: FakeAws, ecs: Ecs):
    ecs.run()
    ecs.service |= {"tags": [{"key": "Project", "value": "x"}]}
    for state in ("present", "absent"):
        with pytest.raises(Refused, match="no run made it"):
            ecs.run(state=state)
    assert aws.changes() == ["CreateService"]


def test_absent_waits_until_the_last_worker_has_ended(aws: FakeAws, ecs: Ecs):
    ecs.run()
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
    result = ecs.run(state="absent")
    assert result.changed and result.before["desiredCount"] == 200 and result.after == {}
    assert aws.sent("DeleteService")[0]["force"] is True
    assert aws.now > 25


def test_absent_twice_is_unchanged(aws: FakeAws, ecs: Ecs):
    assert not ecs.run(state="absent").changed
    assert aws.changes() == []


def test_absent_in_check_mode_only_predicts(aws: FakeAws, ecs: Ecs):
    ecs.run(wait=False)
    assert ecs.run(check_mode=True, state="absent").changed
    assert aws.changes() == ["CreateService"]


def test_a_family_alone_means_our_clone_for_the_workers(aws: FakeAws, ecs: Ecs):
    tags = [
        {"key": f"climate.ingest:{name}", "value": value}
        for name, value in (("cloned-from", "x"), ("purpose", "run_jobs"))
    ]
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{FAMILY_ARN}:14"]})
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION, "tags": tags})
    assert ecs.run(task_definition="StagingManagement").values["task_definition_arn"] == f"{FAMILY_ARN}:14"


def test_without_our_clone_no_service_is_made_as_it_would_lack_the_command(aws: FakeAws, ecs: Ecs):
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [f"{FAMILY_ARN}:12"]})
    with pytest.raises(NotFound, match="no clone for run_jobs.*tag task_definition"):
        ecs.run(task_definition="StagingManagement")
    with pytest.raises(NotFound, match="no clone for run_jobs"):
        ecs.run(check_mode=True, task_definition="StagingManagement")
    assert aws.changes() == []


def test_a_preview_of_several_steps_is_what_they_then_do(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 60}
    steps: list[dict[str, Any]] = [{}, {}, {"count": 60}, {"state": "absent"}, {"state": "absent"}, {}]
    preview = Preview()
    predicted = [essence(ecs.run(check_mode=True, preview=preview, **step)) for step in steps]
    assert aws.changes() == []
    assert predicted == [essence(ecs.run(**step)) for step in steps]
    assert [changed for changed, _, _ in predicted] == [True, False, True, True, False, True]


def test_check_mode_refuses_what_the_run_would_refuse(aws: FakeAws, ecs: Ecs):
    ecs.instances = []
    with pytest.raises(Refused, match="Not one worker fits"):
        ecs.run(check_mode=True)


def test_a_worker_an_instance_is_what_distinct_instance_means(aws: FakeAws, ecs: Ecs):
    ecs.running = {0.0: 20}
    assert ecs.run(placement_constraints=[{"type": "distinctInstance"}]).values["fits"] == 20


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
        ecs.run()


def test_a_container_that_is_not_in_the_definition_is_named(aws: FakeAws, ecs: Ecs):
    with pytest.raises(InvalidInput, match="'web' is not in StagingManagement:14; there are management, statsd"):
        ecs.run(container="web")


def test_a_count_must_be_positive(aws: FakeAws, ecs: Ecs):
    with pytest.raises(InvalidInput, match="count is 0"):
        ecs.run(count=0)


def test_a_creation_whose_answer_was_lost_makes_one_service(aws: FakeAws, ecs: Ecs) -> None:
    aws.on("CreateService", Lost(cut(), ecs.create), Refusal("InvalidParameterException", "not idempotent"))
    assert ecs.run().values["running_count"] == 60
    assert aws.count("CreateService") == 1


def test_a_creation_that_is_repeated_has_the_same_token(aws: FakeAws, ecs: Ecs) -> None:
    aws.on("CreateService", Lost(cut()), ecs.create)
    ecs.run()
    first, second = (each["clientToken"] for each in aws.sent("CreateService"))
    assert first == second
    assert 0 < len(first) <= 36
