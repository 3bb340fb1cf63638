from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, NotFound
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.ecs.clone import normalised, register_input
from ansible_collections.climate.ingest.plugins.module_utils.ecs.revisions import resolve
from ansible_collections.climate.ingest.plugins.module_utils.ecs.task_definition import run
from tests.fakes.aws import FakeAws, Refusal, essence

FAMILY = "StagingManagement"
TERRAFORM: dict[str, Any] = {
    "family": FAMILY,
    "taskRoleArn": "arn:aws:iam::123456789012:role/task",
    "networkMode": "bridge",
    "volumes": [{"name": "data", "host": {"sourcePath": "/data"}}],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}],
    "containerDefinitions": [
        {
            "name": "management",
            "image": "cc-management:latest",
            "entryPoint": ["./manage.py"],
            "memory": 2048,
            "environment": [
                {"name": "RDS_PASSWORD", "value": "hunter2"},
                {"name": "DJANGO_LOG_LEVEL", "value": "INFO"},
            ],
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
            "logConfiguration": {"logDriver": "json-file"},
            "ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}],
        },
        {"name": "statsd", "image": "statsd", "memory": 64, "essential": True},
    ],
    "tags": [{"key": "Project", "value": "climate"}],
}
DEFAULTS = {
    "state": "present",
    "family": FAMILY,
    "container": "management",
    "purpose": "management",
    "environment": "staging",
    "task_memory": None,
    "memory": None,
    "memory_reservation": None,
    "env": None,
    "command": None,
    "log_group": None,
}
SOFT = {"memory": 0, "memory_reservation": 2048}
BIG = {"purpose": "run_jobs", "task_memory": 8192, "memory": 8192, "command": "run_jobs"}


class Account:
    """An account in moto with terraform's definition, its family's first revision."""

    def __init__(self) -> None:
        self.ecs = boto3.client("ecs", region_name="us-east-1")
        self.ecs.register_task_definition(**TERRAFORM)

    def context(self, check_mode: bool = False, preview: Preview | None = None) -> Context:
        return Context(client=lambda service: self.ecs, check_mode=check_mode, preview=preview or Preview())

    def run(
        self, check_mode: bool = False, preview: Preview | None = None, run_id: str = "r1", **params: Any
    ) -> Result:
        return run(replace(self.context(check_mode, preview), run_id=run_id), {**DEFAULTS, **params})

    def register(self, **changes: Any) -> str:
        answer = self.ecs.register_task_definition(**{**TERRAFORM, **changes})
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def definition(self, revision: int) -> dict[str, Any]:
        answer = self.ecs.describe_task_definition(taskDefinition=f"{FAMILY}:{revision}", include=["TAGS"])
        return {**answer["taskDefinition"], "tags": {tag["key"]: tag["value"] for tag in answer["tags"]}}

    def container(self, revision: int, name: str = "management") -> dict[str, Any]:
        return next(each for each in self.definition(revision)["containerDefinitions"] if each["name"] == name)

    def active(self) -> list[int]:
        arns = self.ecs.list_task_definitions(familyPrefix=FAMILY)["taskDefinitionArns"]
        return sorted(int(arn.rsplit(":", 1)[1]) for arn in arns)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield Account()


def test_the_runbooks_first_revision_has_a_soft_limit_only(account: Account) -> None:
    result = account.run(**SOFT)
    assert (result.changed, result.values["revision"], result.values["predicted"]) == (True, 2, False)
    container = account.container(2)
    assert "memory" not in container
    assert container["memoryReservation"] == 2048


def test_the_temporary_definition_has_hard_limits_its_command_and_its_variable(account: Account) -> None:
    account.run(**BIG, env={"DJANGO_LOG_LEVEL": "DEBUG", "WORKERS": 3})
    definition, container = account.definition(2), account.container(2)
    assert (definition["memory"], container["memory"], container["command"]) == ("8192", 8192, ["run_jobs"])
    assert {each["name"]: each["value"] for each in container["environment"]} == {
        "RDS_PASSWORD": "hunter2",
        "DJANGO_LOG_LEVEL": "DEBUG",
        "WORKERS": "3",
    }


def test_everything_else_is_copied_and_tagged(account: Account) -> None:
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


def test_the_base_stays_as_it_is(account: Account) -> None:
    before = account.definition(1)
    account.run(**SOFT)
    account.run(state="absent")
    assert account.definition(1) == before
    assert account.active() == [1]


def test_twice_is_once(account: Account) -> None:
    first = account.run(**SOFT)
    second = account.run(**SOFT)
    assert (second.changed, second.values["revision"]) == (False, first.values["revision"])
    assert second.before == second.after
    assert account.active() == [1, 2]


def test_a_clone_of_a_former_run_is_taken_over(account: Account) -> None:
    account.run(**SOFT)
    result = account.run(**SOFT, run_id="r2")
    assert (result.changed, result.values["revision"]) == (True, 2)
    assert account.definition(2)["tags"]["climate.ingest:run"] == "r2"
    assert result.before["tags"]["climate.ingest:run"] == "r1"


def test_taking_over_is_only_predicted_in_check_mode(account: Account) -> None:
    account.run(**SOFT)
    assert account.run(**SOFT, run_id="r2", check_mode=True).changed
    assert account.definition(2)["tags"]["climate.ingest:run"] == "r1"


def test_a_clone_of_ours_is_never_the_base(account: Account) -> None:
    account.run(**SOFT)
    result = account.run(**BIG)
    assert result.values["cloned_from"].endswith(":1")
    assert "memoryReservation" not in account.container(3)


def test_a_clone_of_another_purpose_is_not_used(account: Account) -> None:
    account.run(**SOFT)
    assert account.run(**SOFT, purpose="other").values["revision"] == 3


def test_a_newer_revision_of_terraform_is_the_next_base(account: Account) -> None:
    account.run(**SOFT)
    newer = account.register(taskRoleArn="arn:aws:iam::123456789012:role/newer")
    result = account.run(**SOFT)
    assert (result.values["cloned_from"], result.values["revision"]) == (newer, 4)
    assert account.definition(4)["taskRoleArn"].endswith("newer")


def test_a_changed_wish_makes_another_revision(account: Account) -> None:
    account.run(**SOFT)
    assert account.run(memory=0, memory_reservation=4096).values["revision"] == 3


def test_check_mode_predicts_and_registers_nothing(account: Account) -> None:
    account.register()
    account.ecs.deregister_task_definition(taskDefinition=f"{FAMILY}:2")
    result = account.run(**SOFT, check_mode=True)
    assert (result.changed, result.values["predicted"], result.values["revision"]) == (True, True, 3)
    assert account.active() == [1]
    real = account.run(**SOFT)
    assert real.values["task_definition_arn"] == result.values["task_definition_arn"]
    assert (real.before, real.after) == (result.before, result.after)


def test_the_diff_names_variables_and_hides_their_values(account: Account) -> None:
    result = account.run(memory=0, memory_reservation=2048, env={"API_TOKEN": "s3cret"})
    assert result.after["containerDefinitions"]["management"]["environment"] == [
        "API_TOKEN",
        "DJANGO_LOG_LEVEL",
        "RDS_PASSWORD",
    ]
    assert "hunter2" not in str(result) and "s3cret" not in str(result)
    assert result.before["containerDefinitions"]["management"]["memory"] == 2048


def test_the_log_can_be_sent_to_cloudwatch(account: Account) -> None:
    account.run(log_group="logStagingManagement")
    assert account.container(2)["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "logStagingManagement",
            "awslogs-region": "us-east-1",
            "awslogs-stream-prefix": "ingest",
        },
    }


def test_a_log_that_goes_there_already_is_left_alone(account: Account) -> None:
    containers = copy.deepcopy(TERRAFORM["containerDefinitions"])
    options = {"awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "terraform"}
    containers[0]["logConfiguration"] = {"logDriver": "awslogs", "options": options}
    account.register(containerDefinitions=containers)
    account.run(log_group="g")
    assert account.container(3)["logConfiguration"]["options"] == options


def test_absent_removes_all_of_ours_and_nothing_else(account: Account) -> None:
    account.run(**SOFT)
    account.run(**BIG)
    account.register()
    result = account.run(state="absent", purpose=None, environment=None)
    assert result.changed
    assert [int(arn.rsplit(":", 1)[1]) for arn in result.values["removed"]] == [3, 2]
    assert account.active() == [1, 4]
    again = account.run(state="absent", purpose=None, environment=None)
    assert (again.changed, again.values["removed"]) == (False, [])


@pytest.mark.parametrize(
    ("narrow", "left"),
    [({"purpose": "run_jobs"}, [1, 2]), ({"environment": "production"}, [1, 2, 3])],
)
def test_absent_can_be_narrowed(account: Account, narrow: dict[str, str], left: list[int]) -> None:
    account.run(**SOFT)
    account.run(**BIG, run_id="r2")
    account.run(state="absent", **{"purpose": None, "environment": None, **narrow})
    assert account.active() == left


def test_absent_in_check_mode_says_what_would_go(account: Account) -> None:
    account.run(**SOFT)
    result = account.run(state="absent", check_mode=True)
    assert result.changed and len(result.values["removed"]) == 1
    assert account.active() == [1, 2]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"memory": -1}, "memory is -1"),
        ({"memory": 1024, "memory_reservation": 2048}, "must not be more than memory"),
        ({"task_memory": 1024, "memory": 2048}, "must not be more than task_memory"),
        ({"memory": 0}, "would have no memory setting at all"),
        ({"command": "run_jobs,,"}, "empty argument"),
    ],
)
def test_wrong_wishes_are_refused(account: Account, params: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        account.run(**params)
    assert account.active() == [1]


def test_an_unknown_container_is_named_with_those_there_are(account: Account) -> None:
    with pytest.raises(NotFound, match="no container 'web'; it has: management, statsd"):
        account.run(container="web")


def test_an_unknown_family_is_named(account: Account) -> None:
    with pytest.raises(NotFound, match="family 'Nobody' has no ACTIVE revision"):
        account.run(family="Nobody")


def test_a_variable_that_was_a_secret_is_one_no_more(aws: FakeAws) -> None:
    base: dict[str, Any] = {
        "taskDefinitionArn": f"arn:aws:ecs:us-east-1:1:task-definition/{FAMILY}:1",
        "family": FAMILY,
        "status": "ACTIVE",
        "revision": 1,
        "containerDefinitions": [
            {
                "name": "management",
                "memory": 1,
                "secrets": [{"name": "A", "valueFrom": "x"}, {"name": "B", "valueFrom": "y"}],
            }
        ],
    }
    tags = [{"key": "aws:cloudformation:stack-name", "value": "x"}, {"key": "Project", "value": "y"}]
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [base["taskDefinitionArn"]]})
    aws.on("DescribeTaskDefinition", {"taskDefinition": base, "tags": tags})
    aws.on("RegisterTaskDefinition", {"taskDefinition": {"taskDefinitionArn": "arn:x/f:2"}})
    run(aws.context(), {**DEFAULTS, "env": {"A": "plain"}})
    sent = aws.sent("RegisterTaskDefinition")[0]
    assert sent["containerDefinitions"][0]["secrets"] == [{"name": "B", "valueFrom": "y"}]
    assert sent["containerDefinitions"][0]["environment"] == [{"name": "A", "value": "plain"}]
    # only AWS may set tags that begin with aws:
    assert [tag["key"] for tag in sent["tags"] if not tag["key"].startswith("climate.ingest:")] == ["Project"]


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


def test_a_family_alone_means_our_clone_only_if_it_is_the_newest(account: Account) -> None:
    account.run(**SOFT)
    account.run(**BIG)
    assert resolve(account.context(), FAMILY, "management").arn.endswith(":2")
    assert resolve(account.context(), FAMILY, "run_jobs").arn.endswith(":3")
    assert resolve(account.context(), FAMILY, "nothing").arn.endswith(":1")
    account.register()
    assert resolve(account.context(), FAMILY, "management").arn.endswith(":4")
    assert resolve(account.context(), f"{FAMILY}:2", "run_jobs").arn.endswith(":2")


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


def test_a_preview_of_several_steps_is_what_they_then_do(account: Account) -> None:
    account.run(**SOFT)
    preview = Preview()
    predicted = [account.run(check_mode=True, preview=preview, **step) for step in STEPS]
    assert len(account.ecs.list_task_definitions()["taskDefinitionArns"]) == 2
    done = [account.run(**step) for step in STEPS]
    assert [essence(result) for result in predicted] == [essence(result) for result in done]
    arns = [result.values.get("task_definition_arn") for result in done]
    assert [result.values.get("task_definition_arn") for result in predicted] == arns
    assert [result.changed for result in done] == [0, 1, 0, 1, 0, 1, 1, 0, 1, 0]


def test_a_preview_gives_no_number_twice(account: Account) -> None:
    preview = Preview()
    steps: list[dict[str, Any]] = [SOFT, {"state": "absent"}, SOFT]
    predicted = [account.run(check_mode=True, preview=preview, **step) for step in steps]
    assert predicted[0].values["revision"] == 2 and predicted[2].values["revision"] == 3


def test_the_plan_has_what_changes_by_its_name(account: Account) -> None:
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


def test_later_steps_of_a_preview_find_the_clone_it_foresees(account: Account) -> None:
    preview = Preview()
    account.run(check_mode=True, preview=preview, **BIG)
    context = account.context(True, preview)
    clone = resolve(context, FAMILY, "run_jobs")
    assert clone.ours and clone.arn.endswith(":2") and clone.definition["memory"] == "8192"
    assert resolve(context, f"{FAMILY}:2", "").arn == resolve(context, clone.arn, "").arn == clone.arn
    assert resolve(context, FAMILY, "management").arn.endswith(":1")


def test_an_unknown_revision_is_not_found(aws: FakeAws) -> None:
    aws.on("DescribeTaskDefinition", Refusal("ClientException", "Unable to describe task definition."))
    with pytest.raises(NotFound, match="no task definition 'f:9'"):
        resolve(aws.context(), "f:9", "management")


def test_whatever_register_accepts_is_kept_and_nothing_else() -> None:
    ecs = boto3.client("ecs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    accepted = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    described = ecs.meta.service_model.shape_for("TaskDefinition").members
    definition = dict.fromkeys(described, "x")
    assert register_input(ecs, definition).keys() == described.keys() & accepted.keys()
    assert {"revision", "status", "compatibilities", "registeredAt"}.isdisjoint(register_input(ecs, definition))


def test_what_describe_fills_in_or_shuffles_makes_no_difference() -> None:
    one = {"containerDefinitions": [{"name": "a", "environment": [{"name": "X"}, {"name": "Y"}]}]}
    other = {
        "containerDefinitions": [
            {"name": "a", "environment": [{"name": "Y"}, {"name": "X"}], "portMappings": [], "secrets": None}
        ],
        "volumes": [],
    }
    assert normalised(one) == normalised(other)
    different = {"containerDefinitions": [{"name": "a", "environment": [{"name": "X"}]}]}
    assert normalised(one) != normalised(different)
