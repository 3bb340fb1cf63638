"""What a teardown removes, in which order, and what it leaves alone."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Interrupted, Leftover
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.database import resize
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_template import Template
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import NOTHING_LEFT
from ansible_collections.climate.ingest.plugins.module_utils.run import teardown
from tests.fakes.aws import FakeAws
from tests.fakes.environment import (
    ARN,
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
from tests.fakes.rds import Rds
from tests.fakes.rds import resize as resized
from tests.fakes.teardown import (
    ALL,
    DATABASE_BACK,
    DEFINITIONS_GONE,
    DENIED,
    GROUP_GONE,
    PARAMS,
    SERVICE_GONE,
    TEMPLATE_GONE,
    nothing_asked,
    run,
)


@pytest.fixture
def left(aws: FakeAws) -> Environment:
    return Environment(aws)


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
    assert len(aws.calls) <= 15 and aws.changes() == []


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


def test_in_check_mode_a_play_is_taken_to_wait_for_its_commands(aws: FakeAws, left: Environment) -> None:
    left.command("generate_historic")
    preview = Preview()
    desired = {"state": "present", "instance": "dbstaging", "class": "db.m4.xlarge", "timeout": 1, "wait": True}
    resize.run(aws.context(True, preview), desired)
    assert teardown.run(aws.context(True, preview), PARAMS).values["left"] == []


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
    result = teardown.run(context, {**PARAMS, "parts": parts})
    assert result.values["removed"] == [SERVICE_GONE, f"Auto Scaling group {FLEET} (3 instances)", TEMPLATE_GONE]
    assert ("removed", SERVICE_GONE) in result.all_changes()
    assert teardown.run(context, {**PARAMS, "parts": parts}).values["removed"] == []


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


def test_asked_to_stop_it_stops_at_once(aws: FakeAws, left: Environment) -> None:
    def stop(seconds: float) -> None:
        raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        teardown.run(replace(aws.context(), sleep=stop), PARAMS)
    assert nothing_asked(left)


def test_clones_of_another_environment_stay(aws: FakeAws, left: Environment) -> None:
    tags = {"climate.ingest:environment": "production", "climate.ingest:cloned-from": "arn:1"}
    answer = left.describe_task_definition
    aws.on("DescribeTaskDefinition", lambda params: {**answer(params), "tags": lower(tags)})
    assert not set(run(aws).values["removed"]) & set(DEFINITIONS_GONE)
    assert left.clones


@pytest.mark.parametrize(
    ("check_mode", "params", "remembered"),
    [(False, {}, True), (True, {}, None), (False, {"parts": ["service", "capacity"]}, None)],
    ids=["everything", "in check mode", "the fleet only"],
)
def test_only_a_whole_teardown_that_left_nothing_is_remembered(
    aws: FakeAws, left: Environment, check_mode: bool, params: dict[str, Any], remembered: bool | None
) -> None:
    context = aws.context(check_mode)
    teardown.run(context, {**PARAMS, **params})
    assert context.memo.get(NOTHING_LEFT) is remembered


def test_a_teardown_that_left_something_is_not_remembered(aws: FakeAws, left: Environment) -> None:
    aws.on("DeleteService", DENIED)
    context = aws.context()
    with pytest.raises(Leftover):
        teardown.run(context, PARAMS)
    assert context.memo.get(NOTHING_LEFT) is None


def test_a_class_that_was_retired_is_replaced_by_the_one_named_and_said(aws: FakeAws, left: Environment) -> None:
    option = {"DBInstanceClass": "db.t3.medium", "StorageType": "gp2"}
    aws.on(
        "DescribeOrderableDBInstanceOptions",
        lambda params: {
            "OrderableDBInstanceOptions": [option] if "t2" not in params.get("DBInstanceClass", "") else []
        },
    )
    aws.on("AddTagsToResource", {})
    result = run(aws, class_after="db.t3.medium")
    restored = (
        "database dbstaging: db.m4.xlarge back to db.t3.medium, in place of db.t2.medium, which cannot be ordered any"
        " more"
    )
    assert restored in result.values["removed"]
    assert (left.database["DBInstanceClass"], left.remembers) == ("db.t3.medium", {})


def test_the_parameter_group_goes_back_with_the_class_and_is_said(aws: FakeAws, left: Environment) -> None:
    rds = Rds(aws)
    resized(aws, **{"class": "db.m4.xlarge", "parameter_group": "db-imports"})
    removed = run(aws).values["removed"]
    said = "database dbstaging: db.m4.xlarge back to db.t2.medium; parameter group db-imports back to dbstaging"
    assert said in removed
    assert (rds.group["DBParameterGroupName"], rds.group["ParameterApplyStatus"]) == ("dbstaging", "in-sync")
    assert rds.tags == {} and aws.count("RebootDBInstance") == 2


def test_the_definitions_of_the_workers_own_family_go_as_well(aws: FakeAws, left: Environment) -> None:
    result = run(aws, family="Other", worker_family=FAMILY)
    assert sorted(result.values["removed"]) == sorted(ALL)
    assert set(result.before["revisions"]) == {f"{ARN}:task-definition/{FAMILY}:{number}" for number in (2, 3)}
    assert [call["familyPrefix"] for call in aws.sent("ListTaskDefinitions")] == [FAMILY] * 2 + ["Other"] * 2
