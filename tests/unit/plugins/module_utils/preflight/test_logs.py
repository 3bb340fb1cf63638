"""What preflight says of the log of commands and workers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.aws import FakeAws, Refusal, log_groups
from tests.fakes.sound_account import (
    NETWORKS,
    Case,
    account,
    check,
    configuration,
    definition,
    fargate,
    one_problem,
    problems,
    simulation,
    user_data,
)

OURS = "/climate.ingest/staging"
SYSLOG = {"DescribeTaskDefinition": definition(logConfiguration={"logDriver": "syslog"})}
NO_INSTANCES = {"ListContainerInstances": lambda params: {"containerInstanceArns": []} if "filter" in params else ALL}
ALL = {"containerInstanceArns": ["arn"]}
MISSING = {**SYSLOG, **NO_INSTANCES, "DescribeLogGroups": log_groups(OURS)}


def elsewhere(**more: Any) -> dict[str, Any]:
    options = {"awslogs-group": "central-logs", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}
    return {"DescribeTaskDefinition": definition(logConfiguration={"logDriver": "awslogs", "options": options}), **more}


def without_awslogs(able: bool) -> Any:
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        return ALL if able or not params.get("filter", "").endswith(" exists") else {"containerInstanceArns": []}

    return answer


CASES = [
    account(
        "may not make the group",
        {**MISSING, "SimulatePrincipalPolicy": simulation("logs:TagResource")},
        "logs:TagResource",
    ),
    account(
        "forbidden",
        {**SYSLOG, **NO_INSTANCES},
        'ingest_log_group is "none"',
        "it logs through syslog",
        "Leave ingest_log_group empty",
        ingest_log_group="none",
    ),
    account(
        "no execution role",
        {"DescribeTaskDefinition": fargate(cpu="1024", memory="8192", executionRoleArn="")},
        "executionRoleArn",
        **NETWORKS,
    ),
    account(
        "no instance takes awslogs",
        {**SYSLOG, "ListContainerInstances": without_awslogs(False)},
        "no command can be placed",
        "ECS_AVAILABLE_LOGGING_DRIVERS",
        "i-1",
    ),
    account(
        "a group that is not readable",
        {"DescribeLogGroups": log_groups(logGroupClass="INFREQUENT_ACCESS")},
        "of class INFREQUENT_ACCESS",
        ingest_log_group="mine",
    ),
]


@pytest.mark.parametrize("case", CASES[1:], ids=[case.name for case in CASES[1:]])
def test_what_is_wrong_is_named(aws: FakeAws, case: Case) -> None:
    one_problem(aws, case)


def test_who_may_not_make_the_group_is_told_which_permission_and_what_else_to_do(aws: FakeAws) -> None:
    said = "\n".join(problems(aws, {}, CASES[0].answers))
    assert f"logs:TagResource on arn:aws:logs:us-east-1:123456789012:log-group:{OURS};" in f"{said};".replace(". ", ";")
    assert f"create {OURS} yourself" in said


@pytest.mark.parametrize("missing", [True, False])
def test_where_logs_go_and_who_makes_the_group_is_told(aws: FakeAws, missing: bool) -> None:
    result = check(aws, {}, MISSING if missing else {**SYSLOG, **NO_INSTANCES})
    assert result.values["facts"]["log_group"] == {"name": OURS, "exists": not missing}
    [note] = aws.progress.lines
    assert "it logs through syslog. In the run's own task definitions it logs to /climate.ingest/staging." in note
    assert ("The run makes it" in note and "logs:PutRetentionPolicy" in note) is missing
    assert result.warnings == [] or not any("log" in each for each in result.warnings)


def test_logs_of_another_region_are_read_there(aws: FakeAws) -> None:
    check(aws, {}, elsewhere())
    calls = [(name, region) for (name, _params), region in zip(aws.calls, aws.regions, strict=True) if "Log" in name]
    assert {region for _name, region in calls} == {"eu-west-1"}
    assert {name for name, _region in calls} == {"DescribeLogGroups", "FilterLogEvents", "GetLogEvents"}


def test_logs_of_another_region_that_may_not_be_read_have_another_remedy(aws: FakeAws) -> None:
    found = "\n".join(problems(aws, {}, elsewhere(GetLogEvents=Refusal("AccessDeniedException"))))
    assert "may not call GetLogEvents" in found
    assert "name a log group of this region in ingest_log_group" in found


def test_some_container_instances_that_cannot_take_it_are_a_warning(aws: FakeAws) -> None:
    result = check(aws, {}, {**SYSLOG, "ListContainerInstances": without_awslogs(True)})
    [warning] = [each for each in result.warnings if "LOGGING_DRIVERS" in each]
    assert "No command is placed on some container instances of ecsStagingCluster" in warning and "(i-1)" in warning


@pytest.mark.parametrize(("drivers", "warned"), [('["json-file"]', True), ('["json-file","awslogs"]', False)])
def test_user_data_that_keeps_the_fleet_from_logging_is_a_warning(aws: FakeAws, drivers: str, warned: bool) -> None:
    found = configuration()
    found["LaunchConfigurations"][0]["UserData"] = user_data(
        f"ecsStagingCluster >> /etc/ecs/ecs.config\necho 'ECS_AVAILABLE_LOGGING_DRIVERS={drivers}'"
    )
    result = check(aws, {}, {**SYSLOG, **NO_INSTANCES, "DescribeLaunchConfigurations": found})
    assert any("user data that the fleet copies" in each for each in result.warnings) is warned


def test_a_command_alone_may_do_without_its_log(aws: FakeAws) -> None:
    desired = {"playbook": "command", "ingest_command": "migrate", "ingest_log_group": "none"}
    result = check(aws, desired, {**SYSLOG, **NO_INSTANCES})
    begins = "ingest_log_group is none: container management keeps its log"
    assert any(each.startswith(begins) for each in result.warnings)


def test_a_command_alone_needs_what_its_clone_needs(aws: FakeAws) -> None:
    desired = {"playbook": "command", "ingest_command": "migrate"}
    answers = {**SYSLOG, **NO_INSTANCES, "SimulatePrincipalPolicy": simulation("ecs:RegisterTaskDefinition")}
    assert any("ecs:RegisterTaskDefinition" in each for each in problems(aws, desired, answers))
    result = check(aws, {**desired, "ingest_log_group": "none"}, answers)
    assert not any("ecs:Register" in each for each in result.warnings)
