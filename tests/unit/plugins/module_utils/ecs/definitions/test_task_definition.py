from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.task_definition import run
from tests.fakes.aws import FakeAws, essence, lose_answer
from tests.fakes.task_definitions import BIG, DEFAULTS, FAMILY, SOFT, DefinitionsAccount


def test_the_runbooks_first_revision_has_a_soft_limit_only(account: DefinitionsAccount) -> None:
    result = account.run(**SOFT)
    assert (result.changed, result.values["revision"], result.values["predicted"]) == (True, 2, False)
    container = account.container(2)
    assert "memory" not in container
    assert container["memoryReservation"] == 2048


def test_the_temporary_definition_has_hard_limits_its_command_and_its_variable(account: DefinitionsAccount) -> None:
    account.run(**BIG, env={"DJANGO_LOG_LEVEL": "DEBUG", "WORKERS": 3})
    definition, container = account.definition(2), account.container(2)
    assert (definition["memory"], container["memory"], container["command"]) == ("8192", 8128, ["run_jobs"])
    assert {each["name"]: each["value"] for each in container["environment"]} == {
        "RDS_PASSWORD": "hunter2",
        "DJANGO_LOG_LEVEL": "DEBUG",
        "WORKERS": "3",
    }


def test_everything_else_is_copied_and_tagged(account: DefinitionsAccount) -> None:
    base = account.definition(1)
    account.run(**SOFT)
    clone = account.definition(2)
    for name in ("taskRoleArn", "networkMode", "volumes", "placementConstraints"):
        assert clone[name] == base[name]
    assert account.container(2, "statsd") == account.container(1, "statsd")
    changed = {"memory", "memoryReservation"}
    for name in account.container(1).keys() - changed:
        assert account.container(2)[name] == account.container(1)[name]
    assert clone["tags"] == {
        "Project": "climate",
        "climate.ingest:run": "r1",
        "climate.ingest:purpose": "management",
        "climate.ingest:environment": "staging",
        "climate.ingest:cloned-from": base["taskDefinitionArn"],
    }


def test_the_base_stays_as_it_is(account: DefinitionsAccount) -> None:
    before = account.definition(1)
    account.run(**SOFT)
    account.run(state="absent")
    assert account.definition(1) == before
    assert account.active() == [1]


def test_twice_is_once(account: DefinitionsAccount) -> None:
    first = account.run(**SOFT)
    second = account.run(**SOFT)
    assert (second.changed, second.values["revision"]) == (False, first.values["revision"])
    assert second.before == second.after
    assert account.active() == [1, 2]


def test_a_clone_of_a_former_run_is_taken_over(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    result = account.run(**SOFT, run_id="r2")
    assert (result.changed, result.values["revision"]) == (True, 2)
    assert account.definition(2)["tags"]["climate.ingest:run"] == "r2"
    assert result.before["tags"]["climate.ingest:run"] == "r1"


def test_taking_over_is_only_predicted_in_check_mode(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    assert account.run(**SOFT, run_id="r2", check_mode=True).changed
    assert account.definition(2)["tags"]["climate.ingest:run"] == "r1"


def test_a_clone_of_ours_is_never_the_base(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    result = account.run(**BIG)
    assert result.values["cloned_from"].endswith(":1")
    assert "memoryReservation" not in account.container(3)


def test_a_clone_of_another_purpose_is_not_used(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    assert account.run(**SOFT, purpose="other").values["revision"] == 3


def test_a_newer_revision_of_terraform_is_the_next_base(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    newer = account.register(taskRoleArn="arn:aws:iam::123456789012:role/newer")
    result = account.run(**SOFT)
    assert (result.values["cloned_from"], result.values["revision"]) == (newer, 4)
    assert account.definition(4)["taskRoleArn"].endswith("newer")


def test_a_changed_request_makes_another_revision(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    assert account.run(memory=0, memory_reservation=4096).values["revision"] == 3


def test_check_mode_predicts_and_registers_nothing(account: DefinitionsAccount) -> None:
    account.register()
    account.ecs.deregister_task_definition(taskDefinition=f"{FAMILY}:2")
    result = account.run(**SOFT, check_mode=True)
    assert (result.changed, result.values["predicted"], result.values["revision"]) == (True, True, 3)
    assert account.active() == [1]
    real = account.run(**SOFT)
    assert real.values["task_definition_arn"] == result.values["task_definition_arn"]
    assert (real.before, real.after) == (result.before, result.after)


def test_the_diff_names_variables_and_hides_their_values(account: DefinitionsAccount) -> None:
    result = account.run(memory=0, memory_reservation=2048, env={"API_TOKEN": "s3cret"})
    assert result.after["containerDefinitions"]["management"]["environment"] == [
        "API_TOKEN",
        "DJANGO_LOG_LEVEL",
        "RDS_PASSWORD",
    ]
    assert "hunter2" not in str(result) and "s3cret" not in str(result)
    assert result.before["containerDefinitions"]["management"]["memory"] == 2048


def test_absent_removes_all_of_ours_and_nothing_else(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    account.run(**BIG)
    account.register()
    result = account.run(state="absent", purpose=None, run=None, environment=None)
    assert result.changed
    assert [int(arn.rsplit(":", 1)[1]) for arn in result.values["removed"]] == [3, 2]
    assert account.active() == [1, 4]
    again = account.run(state="absent", purpose=None, run=None, environment=None)
    assert (again.changed, again.values["removed"]) == (False, [])


@pytest.mark.parametrize(
    ("narrow", "left"),
    [({"purpose": "run_jobs"}, [1, 2]), ({"environment": "production"}, [1, 2, 3])],
)
def test_absent_can_be_narrowed(account: DefinitionsAccount, narrow: dict[str, str], left: list[int]) -> None:
    account.run(**SOFT)
    account.run(**BIG, run_id="r2")
    account.run(state="absent", **{"purpose": None, "environment": None, **narrow})
    assert account.active() == left


def test_absent_in_check_mode_says_what_would_go(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    result = account.run(state="absent", check_mode=True)
    assert result.changed and len(result.values["removed"]) == 1
    assert account.active() == [1, 2]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"memory": -1}, "memory is -1"),
        ({"memory": 1024, "memory_reservation": 2048}, "Container management reserves 2048 MiB .*more than its limit"),
        (
            {"task_memory": 1024, "memory": 2048},
            "The memory of container management, 2048 MiB, is more than the task's 1024 MiB",
        ),
        ({"memory": 0}, "would have no memory setting at all"),
        ({"command": "run_jobs,,"}, "empty argument"),
    ],
)
def test_wrong_requests_are_refused(account: DefinitionsAccount, params: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        account.run(**params)
    assert account.active() == [1]


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_ecs_would_refuse_is_refused_in_check_mode_too(account: DefinitionsAccount, check_mode: bool) -> None:
    fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "512", "memory": "4096"}
    account.register(**fargate, placementConstraints=[])
    with pytest.raises(
        InvalidInput, match=r"refuse the clone of \S+:2\. Fargate has no task of 512 CPU units with 8192"
    ):
        account.run(task_memory=8192, memory=4096, check_mode=check_mode)
    result = account.run(task_memory=8192, memory=4096, task_cpu=1024)
    assert result.changed and account.definition(3)["cpu"] == "1024"


def ours(number: int) -> tuple[str, dict[str, Any]]:
    arn = f"arn:aws:ecs:us-east-1:1:task-definition/{FAMILY}:{number}"
    tags = [{"key": "climate.ingest:cloned-from", "value": "x"}]
    return arn, {"taskDefinition": {"taskDefinitionArn": arn, "family": FAMILY}, "tags": tags}


def test_leftovers_are_deleted_ten_a_call_inactive_ones_too(aws: FakeAws) -> None:
    known = dict(ours(number) for number in range(2, 16))
    base = f"arn:aws:ecs:us-east-1:1:task-definition/{FAMILY}:1"
    known[base] = {"taskDefinition": {"taskDefinitionArn": base, "family": FAMILY}, "tags": []}
    lists = {"ACTIVE": [arn for arn in known if not arn.endswith(":15")], "INACTIVE": [ours(15)[0], f"{base[:-1]}0"]}
    aws.on("ListTaskDefinitions", lambda params: {"taskDefinitionArns": lists[params["status"]]})
    aws.on("DescribeTaskDefinition", lambda params: known[params["taskDefinition"]])
    aws.on("DeregisterTaskDefinition", {"taskDefinition": {}})
    failure = {"arn": ours(15)[0], "reason": "in use", "detail": "by a task"}
    aws.on("DeleteTaskDefinitions", {"failures": []}, {"failures": [failure]})
    result = run(aws.context(), {**DEFAULTS, "state": "absent", "purpose": None, "environment": None})
    assert len(result.values["removed"]) == 14
    assert [len(sent["taskDefinitions"]) for sent in aws.sent("DeleteTaskDefinitions")] == [10, 4]
    assert aws.count("DeregisterTaskDefinition") == 13
    assert result.warnings == [f"{ours(15)[0]} is deregistered but not deleted: in use by a task"]
    changes = aws.changes()
    assert changes.index("DeleteTaskDefinitions") > changes.index("DeregisterTaskDefinition")


# nothing is registered after a deletion: unlike AWS, moto would give its number again
STEPS: list[dict[str, Any]] = [
    SOFT,
    BIG,
    SOFT,
    {**BIG, "run_id": "r2"},
    {**BIG, "run_id": "r2"},
    {**BIG, "memory": 4096},
    {"state": "absent", "purpose": "run_jobs"},
    SOFT,
    {"state": "absent", "purpose": None},
    {"state": "absent"},
]


def test_a_preview_of_several_steps_is_what_they_then_do(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    preview = Preview()
    predicted = [account.run(check_mode=True, preview=preview, **step) for step in STEPS]
    assert len(account.ecs.list_task_definitions()["taskDefinitionArns"]) == 2
    done = [account.run(**step) for step in STEPS]
    assert [essence(result) for result in predicted] == [essence(result) for result in done]
    arns = [result.values.get("task_definition_arn") for result in done]
    assert [result.values.get("task_definition_arn") for result in predicted] == arns
    assert [result.changed for result in done] == [0, 1, 0, 1, 0, 1, 1, 0, 1, 0]


def test_a_preview_gives_no_number_twice(account: DefinitionsAccount) -> None:
    preview = Preview()
    steps: list[dict[str, Any]] = [SOFT, {"state": "absent"}, SOFT]
    predicted = [account.run(check_mode=True, preview=preview, **step) for step in steps]
    assert predicted[0].values["revision"] == 2 and predicted[2].values["revision"] == 3


def test_the_plan_has_what_changes_by_its_name(account: DefinitionsAccount) -> None:
    preview = Preview()
    for step in STEPS[:4]:
        account.run(check_mode=True, preview=preview, **step).add_to_plan(account.context(True, preview))
    absent: dict[str, Any] = {"state": "absent", "purpose": None}
    account.run(check_mode=True, preview=preview, **absent).add_to_plan(account.context(True, preview))
    assert preview.notes == [
        ("created", "task definition StagingManagement:2 (predicted)"),
        ("created", "task definition StagingManagement:3 (predicted)"),
        ("changed", "task definition StagingManagement:3"),
        ("removed", "task definitions StagingManagement:3, StagingManagement:2"),
    ]


def test_a_registration_whose_answer_was_lost_makes_one_revision(account: DefinitionsAccount) -> None:
    lose_answer(account.ecs, "RegisterTaskDefinition")
    result = account.run(**SOFT)
    assert account.active() == [1, 2]
    assert result.values["revision"] == 2


def test_a_deregistration_whose_answer_was_lost_is_done(account: DefinitionsAccount) -> None:
    account.run(**SOFT)
    lose_answer(account.ecs, "DeregisterTaskDefinition")
    account.run(state="absent")
    assert account.active() == [1]
