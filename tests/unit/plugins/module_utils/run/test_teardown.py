from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Interrupted, Leftover
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.database import resize
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_template import Template
from ansible_collections.climate.ingest.plugins.module_utils.run import teardown
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.environment import (
    CLUSTER,
    ENDS,
    ENVIRONMENT,
    FAMILY,
    FLEET,
    GROUP,
    LATE,
    MODIFIES,
    OURS,
    PLAIN_SERVICE,
    SERVICE,
    Environment,
    lower,
    upper,
)

ALL = [
    f"service {SERVICE}",
    f"Auto Scaling group {FLEET} (2 instances)",
    f"launch template {FLEET}",
    "database dbstaging: db.m4.xlarge back to db.t2.medium",
    f"task definition {FAMILY}:2",
    f"task definition {FAMILY}:3",
]
SERVICE_GONE, GROUP_GONE, TEMPLATE_GONE, DATABASE_BACK, *DEFINITIONS_GONE = ALL
WITHOUT_DATABASE = [each for each in ALL if each != DATABASE_BACK]
WISH = {"environment": "staging", "cluster": CLUSTER, "family": FAMILY, "database": "dbstaging", "timeout": 7200}
DENIED = Refusal("AccessDeniedException", "not allowed")


@pytest.fixture
def left(aws: FakeAws) -> Environment:
    return Environment(aws)


def run(aws: FakeAws, check_mode: bool = False, **params: Any) -> Result:
    return teardown.run(aws.context(check_mode), {**WISH, **params})


def failure(aws: FakeAws, **params: Any) -> Leftover:
    with pytest.raises(Leftover) as raised:
        run(aws, **params)
    assert raised.value.details["left"]
    assert all(each in raised.value.message for each in raised.value.details["left"])
    return raised.value


def nothing_asked(left: Environment) -> bool:
    return all(each["requested"] is None for each in left.groups.values())


def nothing_runs(left: Environment) -> bool:
    return all(each["requested"] is not None for each in left.instances.values())


def test_everything_a_run_made_goes(aws: FakeAws, left: Environment) -> None:
    result = run(aws)
    assert result.changed
    assert sorted(result.values["removed"]) == sorted(ALL)
    assert result.values["left"] == []
    assert result.before["database dbstaging"]["DBInstanceClass"] == "db.m4.xlarge"
    assert result.after["database dbstaging"]["DBInstanceClass"] == "db.t2.medium"
    assert set(result.before) >= {SERVICE_GONE, f"Auto Scaling group {FLEET}", TEMPLATE_GONE}
    assert (left.database["DBInstanceClass"], left.remembers) == ("db.t2.medium", {})
    assert left.templates == left.clones == {} and left.registered == []
    assert f"removed service {SERVICE}" in aws.progress.lines
    assert f"restored {DATABASE_BACK}" in aws.progress.lines


def test_workers_end_first_and_definitions_go_last(aws: FakeAws, left: Environment) -> None:
    run(aws)
    assert aws.changes() == [
        "DeleteService",
        "DeleteAutoScalingGroup",
        "DeleteLaunchTemplate",
        "ModifyDBInstance",
        "RemoveTagsFromResource",
        "DeregisterTaskDefinition",
        "DeleteTaskDefinitions",
    ]


def test_instances_and_database_are_waited_for_together_and_politely(aws: FakeAws, left: Environment) -> None:
    run(aws)
    assert aws.now < ENDS + MODIFIES + 30
    assert aws.count("DescribeDBInstances") < 200


def test_repeated_it_finds_nothing_with_few_calls(aws: FakeAws, left: Environment) -> None:
    run(aws)
    left.instances.clear()
    aws.calls.clear()
    result = run(aws)
    assert not result.changed and result.values["removed"] == []
    assert len(aws.calls) < 15 and aws.changes() == []


def test_names_do_not_matter_tags_do(aws: FakeAws, left: Environment) -> None:
    left.service("importer", OURS)
    left.group("fleet-7", OURS, count=1)
    left.templates["copy"] = OURS
    left.instance("i-detached", OURS)
    theirs = {ENVIRONMENT: "production"}
    left.service("web", {}), left.group("asgWeb", {}), left.group("other", theirs)
    left.templates["other"] = theirs
    removed = run(aws).values["removed"]
    assert set(removed) - set(ALL) == {
        "service importer",
        "Auto Scaling group fleet-7 (1 instance)",
        "launch template copy",
        "instance i-detached",
    }
    assert (
        left.services["web"]["requested"]
        is left.groups["asgWeb"]["requested"]
        is left.groups["other"]["requested"]
        is None
    )
    assert set(left.templates) == {"other"}


def test_what_only_has_our_names_is_left_with_a_warning(aws: FakeAws, left: Environment) -> None:
    for things in (left.services, left.groups):
        things.clear()
    left.tasks.clear(), left.instances.clear()
    left.service(SERVICE, {}), left.group(FLEET, {ENVIRONMENT: "production"})
    left.templates[FLEET] = {}
    result = run(aws)
    assert result.values["removed"] == [DATABASE_BACK, *DEFINITIONS_GONE]
    assert [text.partition(" exists")[0] for text in result.warnings] == [
        f"Service {SERVICE}",
        f"The launch template {FLEET}",
    ]
    assert left.services[SERVICE]["requested"] is left.groups[FLEET]["requested"] is None


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
    assert "the class of the database: db.t2.medium cannot be ordered" in error.message
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


def test_a_class_that_is_back_already_is_only_forgotten(aws: FakeAws, left: Environment) -> None:
    left.command("generate_historic")
    left.database["DBInstanceClass"] = "db.t2.medium"
    assert run(aws).values["left"] == []
    assert left.remembers == {} and aws.count("ModifyDBInstance") == 0


def test_a_resize_under_way_ends_before_the_class_goes_back(aws: FakeAws, left: Environment) -> None:
    left.database |= {"DBInstanceClass": "db.t2.medium", "PendingModifiedValues": {"DBInstanceClass": "db.m4.xlarge"}}
    left.database["DBInstanceStatus"], left.modified_at = "modifying", 0.0
    run(aws)
    assert left.database["DBInstanceClass"] == "db.t2.medium" and left.remembers == {}


def test_in_check_mode_it_lists_and_changes_nothing(aws: FakeAws, left: Environment) -> None:
    result = run(aws, check_mode=True)
    assert result.changed and result.values["removed"] == ALL
    assert result.after["database dbstaging"]["DBInstanceClass"] == "db.t2.medium"
    assert aws.changes() == [] and aws.now == 0


def test_in_check_mode_a_command_that_runs_is_listed_with_what_it_keeps(aws: FakeAws, left: Environment) -> None:
    left.command("generate_historic")
    result = run(aws, check_mode=True)
    assert sorted(result.values["removed"]) == sorted(WITHOUT_DATABASE)
    assert "dbstaging keeps db.m4.xlarge while generate_historic (generate_historic)" in result.values["left"][0]
    assert any("still there: the class of the database" in text for text in aws.progress.lines)


def test_in_check_mode_a_play_is_taken_to_wait_for_its_commands(aws: FakeAws, left: Environment) -> None:
    left.command("generate_historic")
    preview = Preview()
    desired = {"state": "present", "instance": "dbstaging", "class": "db.m4.xlarge", "timeout": 1, "wait": True}
    resize.run(aws.context(True, preview), desired)
    assert teardown.run(aws.context(True, preview), WISH).values["left"] == []


def test_in_check_mode_what_was_only_predicted_goes_as_well(aws: FakeAws, left: Environment) -> None:
    left.services.clear(), left.groups.clear(), left.templates.clear(), left.instances.clear()
    context = aws.context(check_mode=True)
    tags = {"tags": lower(OURS), "Tags": upper(OURS)}
    context.preview.predict(f"service/{SERVICE}", {**PLAIN_SERVICE, **tags})
    sizes = {"DesiredCapacity": 3, "MinSize": 0, "MaxSize": 3}
    template = asdict(Template(id="", name=FLEET, version="1", data={}, tags=OURS))
    fleet = {"template": template, "group": {**sizes, **tags}, "fleet": {"count": 3}}
    context.preview.predict(f"spot_capacity/{FLEET}", fleet)
    parts = ["service", "capacity"]
    result = teardown.run(context, {**WISH, "parts": parts})
    assert result.values["removed"] == [SERVICE_GONE, f"Auto Scaling group {FLEET} (3 instances)", TEMPLATE_GONE]
    assert ("removed", SERVICE_GONE) in result.changes
    assert teardown.run(context, {**WISH, "parts": parts}).values["removed"] == []


def test_the_fleet_alone_is_given_up_without_waiting_for_it(aws: FakeAws, left: Environment) -> None:
    result = run(aws, parts=["service", "capacity"], wait=False)
    assert result.values["removed"] == [SERVICE_GONE, GROUP_GONE, TEMPLATE_GONE]
    assert ENDS <= aws.now < ENDS + 10, "workers are waited for"
    assert left.remembers and left.clones


def test_what_goes_already_is_waited_for_and_no_change(aws: FakeAws, left: Environment) -> None:
    run(aws, parts=["service", "capacity"], wait=False)
    result = run(aws, parts=["service", "capacity"])
    assert not result.changed and result.before == result.after == {}
    assert all(each["state"] == "terminated" for each in left.instances.values())


def test_registrations_that_outlive_their_instances_go(aws: FakeAws, left: Environment) -> None:
    left.groups.clear(), left.instances.clear(), left.registered.clear()
    left.instance("i-old", {**OURS, GROUP: FLEET}, state="terminated")
    left.registered.append("i-theirs")
    run(aws)
    assert left.registered == ["i-theirs"]


def test_a_definition_that_is_not_deleted_is_a_warning(aws: FakeAws, left: Environment) -> None:
    failures = [{"arn": "arn:x:2", "reason": "The specified task definition is still in ACTIVE status"}]
    aws.on("DeleteTaskDefinitions", {"failures": failures})
    assert "arn:x:2 is deregistered but not deleted" in run(aws).warnings[0]


def test_the_caller_may_decide_what_becomes_of_what_is_left(aws: FakeAws, left: Environment) -> None:
    aws.on("DeleteService", DENIED)
    result = teardown.attempt(aws.context(), WISH)
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


def test_what_only_has_our_name_is_told_of_once(aws: FakeAws, left: Environment) -> None:
    left.tasks.clear(), left.services.clear()
    left.service(SERVICE, {}), left.service("importer", OURS)
    aws.on("DeleteService", lambda params: left.delete_service_late(params, LATE))
    result = run(aws)
    assert "service importer" in result.values["removed"]
    assert len(result.warnings) == 1


def test_a_class_that_is_back_before_the_instances_are_gone_is_told(aws: FakeAws, left: Environment) -> None:
    left.modifies = 20
    assert DATABASE_BACK in run(aws).values["removed"]


def test_instances_in_no_group_that_cannot_be_terminated_keep_nothing_else(aws: FakeAws, left: Environment) -> None:
    left.instance("i-detached", OURS)
    aws.on("TerminateInstances", DENIED)
    error = failure(aws)
    assert error.details["left"][0].startswith("instances in no group: AWS refused TerminateInstances")
    assert sorted(error.details["removed"]) == sorted(ALL)


def test_task_definitions_that_cannot_be_removed_keep_nothing_else(aws: FakeAws, left: Environment) -> None:
    aws.on("DeregisterTaskDefinition", DENIED)
    error = failure(aws)
    assert error.details["left"][0].startswith("the task definitions: AWS refused DeregisterTaskDefinition")
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


def test_asked_to_stop_it_stops_at_once(aws: FakeAws, left: Environment) -> None:
    def stop(seconds: float) -> None:
        raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        teardown.run(replace(aws.context(), sleep=stop), WISH)
    assert nothing_asked(left)
