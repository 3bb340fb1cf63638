"""What cannot be removed keeps nothing else from being removed, and is named."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.run import teardown
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.environment import (
    CLUSTER,
    ENDS,
    FLEET,
    LATE,
    OURS,
    SERVICE,
    Environment,
)
from tests.fakes.teardown import (
    ALL,
    DEFINITIONS_GONE,
    DENIED,
    GROUP_GONE,
    SERVICE_GONE,
    TARGET,
    TEMPLATE_GONE,
    WITHOUT_DATABASE,
    failure,
    nothing_runs,
    run,
)


@pytest.fixture
def left(aws: FakeAws) -> Environment:
    return Environment(aws)


def test_a_service_that_cannot_be_removed_keeps_only_the_database(aws: FakeAws, left: Environment) -> None:
    aws.on("DeleteService", DENIED)
    error = failure(aws)
    assert error.details["left"] == [
        f"service {SERVICE}: AWS refused DeleteService: AccessDeniedException: not allowed",
        "the class of the database: dbstaging keeps its class: workers may still use it",
    ]
    assert nothing_runs(left) and left.templates == left.clones == {}
    assert aws.count("ModifyDBInstance") == 0


def test_a_service_that_does_not_end_does_not_keep_instances_running(aws: FakeAws, left: Environment) -> None:
    aws.on("DeleteService", {})
    error = failure(aws, timeout=600)
    assert f"service {SERVICE}: Gave up waiting for service {SERVICE} to be deleted after 600 seconds" in error.message
    assert SERVICE_GONE not in error.details["removed"]
    requested = left.groups[FLEET]["requested"]
    assert requested is not None and requested < 130
    assert aws.count("ModifyDBInstance") == 0


def test_a_group_that_cannot_be_removed_keeps_nothing_else(aws: FakeAws, left: Environment) -> None:
    left.instance("i-detached", OURS)
    aws.on("DeleteAutoScalingGroup", DENIED)
    error = failure(aws)
    assert error.details["left"] == [
        f"spot capacity {FLEET}: AWS refused DeleteAutoScalingGroup: AccessDeniedException: not allowed"
    ]
    assert set(error.details["removed"]) == set(ALL) - {GROUP_GONE, TEMPLATE_GONE} | {"instance i-detached"}
    assert left.instances["i-detached"]["requested"] is not None


def test_a_group_that_is_busy_scaling_is_asked_again(aws: FakeAws, left: Environment) -> None:
    busy = Refusal("ScalingActivityInProgress")
    aws.on("DeleteAutoScalingGroup", busy, busy, left.delete_auto_scaling_group)
    assert GROUP_GONE in run(aws).values["removed"]


def test_a_throttle_is_not_an_end(aws: FakeAws, left: Environment) -> None:
    slow = Refusal("ThrottlingException", "Rate exceeded")
    aws.on("DeleteService", slow, left.delete_service)
    aws.on("DeleteAutoScalingGroup", slow, left.delete_auto_scaling_group)
    assert run(aws).values["left"] == []


def test_instances_that_stay_are_named_with_what_can_be_done(aws: FakeAws, left: Environment) -> None:
    aws.on("DeleteAutoScalingGroup", {})
    left.remembers = {}
    error = failure(aws, timeout=300)
    assert f"Gave up waiting for the spot instances of {FLEET} to terminate after 300 seconds" in error.message
    assert "tear down again" in error.message
    assert GROUP_GONE not in error.details["removed"]


@pytest.mark.parametrize("call", ["ListServices", "DescribeAutoScalingGroups", "DescribeLaunchTemplates"])
def test_what_cannot_be_looked_for_does_not_hide_the_rest(aws: FakeAws, left: Environment, call: str) -> None:
    aws.on(call, DENIED)
    error = failure(aws)
    assert f"AWS refused {call}" in error.message
    assert set(error.details["removed"]) >= set(DEFINITIONS_GONE)


def test_workers_that_cannot_be_looked_for_keep_the_database(aws: FakeAws, left: Environment) -> None:
    aws.on("ListServices", DENIED)
    error = failure(aws)
    assert "dbstaging keeps its class: workers may still use it" in error.message
    assert SERVICE_GONE in error.details["removed"], "its usual name is known"
    assert aws.count("ModifyDBInstance") == 0


def test_a_cluster_that_does_not_exist_keeps_only_the_database(aws: FakeAws, left: Environment) -> None:
    missing = Refusal("ClusterNotFoundException", "Cluster not found.")
    for call in ("ListServices", "DescribeServices", "ListTasks", "ListContainerInstances"):
        aws.on(call, missing)
    error = failure(aws)
    assert error.details["left"] == [
        f"service {SERVICE}: There is no ECS cluster {CLUSTER}.",
        "the class of the database: dbstaging keeps its class: workers may still use it",
    ]
    assert set(error.details["removed"]) == {GROUP_GONE, TEMPLATE_GONE, *DEFINITIONS_GONE}


def test_a_database_that_does_not_exist_keeps_nothing_else(aws: FakeAws, left: Environment) -> None:
    error = failure(aws, database="nowhere")
    assert error.details["left"] == ["the class of the database: There is no RDS instance nowhere in us-east-1."]
    assert sorted(error.details["removed"]) == sorted(WITHOUT_DATABASE)


def test_a_database_rds_refuses_to_change_keeps_nothing_else(aws: FakeAws, left: Environment) -> None:
    aws.on("DescribeOrderableDBInstanceOptions", {"OrderableDBInstanceOptions": []})
    error = failure(aws)
    assert "the class of the database: dbstaging cannot go back to db.t2.medium" in error.message
    assert sorted(error.details["removed"]) == sorted(WITHOUT_DATABASE)


def test_a_command_that_runs_keeps_the_database_and_is_not_touched(aws: FakeAws, left: Environment) -> None:
    arn = left.command("generate_historic")
    error = failure(aws)
    assert error.details["left"] == [
        "the class of the database: dbstaging keeps db.m4.xlarge while generate_historic (generate_historic) may be"
        " using it: wait until they have ended, or stop them, and try again."
    ]
    assert sorted(error.details["removed"]) == sorted(WITHOUT_DATABASE)
    assert left.tasks[arn]["desiredStatus"] == "RUNNING" and left.remembers


def test_a_command_that_is_stopping_is_waited_for(aws: FakeAws, left: Environment) -> None:
    left.command("migrate", desiredStatus="STOPPED", requested=25.0)
    assert run(aws).values["left"] == []


def test_a_command_hinders_nobody_where_no_class_is_remembered(aws: FakeAws, left: Environment) -> None:
    left.command("generate_historic")
    left.remembers = {}
    assert sorted(run(aws).values["removed"]) == sorted(WITHOUT_DATABASE)


def test_in_check_mode_a_command_that_runs_is_listed_with_what_it_keeps(aws: FakeAws, left: Environment) -> None:
    left.command("generate_historic")
    result = run(aws, check_mode=True)
    assert sorted(result.values["removed"]) == sorted(WITHOUT_DATABASE)
    assert "dbstaging keeps db.m4.xlarge while generate_historic (generate_historic)" in result.values["left"][0]
    assert any("still there: the class of the database" in text for text in aws.progress.lines)


def test_a_definition_that_is_not_deleted_is_a_warning(aws: FakeAws, left: Environment) -> None:
    failures = [{"arn": "arn:x:2", "reason": "The specified task definition is still in ACTIVE status"}]
    aws.on("DeleteTaskDefinitions", {"failures": failures})
    assert "arn:x:2 is deregistered but not deleted" in run(aws).warnings[0]


def test_the_caller_may_decide_what_becomes_of_what_is_left(aws: FakeAws, left: Environment) -> None:
    aws.on("DeleteService", DENIED)
    result = teardown.attempt(aws.context(), teardown.Target(**TARGET))
    assert result.changed and len(result.values["left"]) == 2
    assert GROUP_GONE in result.values["removed"]


def test_what_is_found_but_shares_its_name_with_something_foreign_is_no_mere_warning(
    aws: FakeAws, left: Environment
) -> None:
    left.templates[FLEET] = {}
    assert f"spot capacity {FLEET}: The launch template {FLEET} exists and carries no tag" in failure(aws).message


def test_a_service_that_cannot_be_removed_keeps_no_other(aws: FakeAws, left: Environment) -> None:
    left.service("importer", OURS)
    refused = {SERVICE: DENIED}

    def delete(params: dict[str, Any]) -> dict[str, Any]:
        if params["service"] in refused:
            raise refused[params["service"]]
        return left.delete_service(params)

    aws.on("DeleteService", delete)
    error = failure(aws)
    assert "service importer" in error.details["removed"] and SERVICE_GONE not in error.details["removed"]


@pytest.mark.parametrize("ends", [ENDS, LATE], ids=["only its workers are late", "it is late"])
def test_a_service_that_ends_with_its_instances_keeps_nothing(aws: FakeAws, left: Environment, ends: float) -> None:
    aws.on("DeleteService", lambda params: left.delete_service_late(params, ends))
    result = run(aws)
    assert left.groups[FLEET]["requested"] < 130
    assert sorted(result.values["removed"]) == sorted(ALL)
    assert result.values["left"] == []
    assert aws.changes().index("DeleteAutoScalingGroup") < aws.changes().index("ModifyDBInstance")


def test_instances_in_no_group_that_cannot_be_terminated_keep_nothing_else(aws: FakeAws, left: Environment) -> None:
    left.instance("i-detached", OURS)
    aws.on("TerminateInstances", DENIED)
    error = failure(aws)
    assert error.details["left"][0].startswith("instances in no group: AWS refused TerminateInstances")
    assert sorted(error.details["removed"]) == sorted(ALL)


def test_task_definitions_that_cannot_be_removed_keep_nothing_else(aws: FakeAws, left: Environment) -> None:
    aws.on("DeregisterTaskDefinition", DENIED)
    error = failure(aws)
    assert error.details["left"][0].startswith(
        "the task definitions of StagingManagement: AWS refused DeregisterTaskDefinition"
    )
    assert sorted(error.details["removed"]) == sorted(set(ALL) - set(DEFINITIONS_GONE))


def test_a_change_rds_gives_up_is_not_told_as_done(aws: FakeAws, left: Environment) -> None:
    aws.on("DescribeEvents", {"Events": []})
    aws.on("ModifyDBInstance", left.give_up)
    error = failure(aws)
    assert "RDS gave up changing dbstaging" in error.message
    assert sorted(error.details["removed"]) == sorted(WITHOUT_DATABASE)


def test_a_command_that_does_not_stop_keeps_the_database(aws: FakeAws, left: Environment) -> None:
    left.command("migrate", desiredStatus="STOPPED")
    error = failure(aws)
    assert "Gave up waiting for what uses dbstaging to stop after 120 seconds" in error.message
    assert left.remembers
