"""What a run needs of the workers' task definition, where it is of a family of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.aws import Answer, FakeAws
from tests.fakes.sound_account import DEFINITION, FAMILY, Case, account, check, definition, one_problem

WORKERS = "ProductionManagementRunJobs"
ONLY_M5 = {"type": "memberOf", "expression": "attribute:ecs.instance-type == m5.2xlarge"}
OWN = {"ingest_worker_family": WORKERS}


def both(container: dict[str, Any] | None = None, **task: Any) -> dict[str, Answer]:
    """Answer with the commands' family and, changed like this, the workers'."""
    arn = DEFINITION.replace(FAMILY, WORKERS)
    described = {**definition(**(container or {}))["taskDefinition"], "taskDefinitionArn": arn, "family": WORKERS}

    def describe(params: dict[str, Any]) -> dict[str, Any]:
        return {"taskDefinition": {**described, **task}} if WORKERS in params["taskDefinition"] else definition()

    def listed(params: dict[str, Any]) -> dict[str, Any]:
        return {"taskDefinitionArns": [arn if params["familyPrefix"] == WORKERS else DEFINITION]}

    return {"DescribeTaskDefinition": describe, "ListTaskDefinitions": listed}


def missing(params: dict[str, Any]) -> dict[str, Any]:
    return {"taskDefinitionArns": [] if params["familyPrefix"] == WORKERS else [DEFINITION]}


def entry(*words: str) -> dict[str, Answer]:
    return {"DescribeTaskDefinition": definition(entryPoint=[*words])}


MANAGE = "./manage.py,migrate"
CASES = [
    account("its entry point again", entry("./manage.py"), "point already", ingest_migrate_command=MANAGE),
    account("perhaps its entry point", {}, "has no entryPoint: it is taken", ingest_migrate_command=MANAGE),
    account(
        "the workers' entry point again",
        both({"entryPoint": ["manage.py"]}),
        "ingest_worker_command is",
        "point already",
        ingest_worker_command="manage.py,run_jobs",
        **OWN,
    ),
    account("no family", {"ListTaskDefinitions": missing}, f'ingest_worker_family is "{WORKERS}"', "no ACTIVE", **OWN),
    account(
        "no container",
        both({"name": "worker"}),
        'ingest_worker_container is "management"',
        f"{WORKERS!r} has no container 'management'; it has: worker",
        **OWN,
    ),
    account(
        "a constraint of its own",
        both(placementConstraints=[ONLY_M5]),
        'ingest_instance_types is "m4.2xlarge"',
        "placement constraint attribute:ecs.instance-type == m5.2xlarge of the task definition",
        **OWN,
    ),
    account(
        "more constraints than ECS takes",
        both(placementConstraints=[{"type": "memberOf", "expression": "attribute:a exists"}] * 5),
        "ingest_worker_placement_constraints is",
        f"the 5 of task definition family {WORKERS}",
        "11 placement constraints; ECS takes 10",
        ingest_worker_placement_constraints=[{"type": "memberOf", "expression": "attribute:b exists"}] * 5,
        **OWN,
    ),
    account(
        "memory below its reservation",
        both({"memoryReservation": 9000}),
        "ingest_worker_task_memory is 8192",
        "reserves 9000 MiB",
        **OWN,
    ),
    account("too little CPU", both(), "ingest_worker_task_memory", "64 CPU units", "128", ingest_worker_cpu=64, **OWN),
    account(
        "no network of its own",
        both(networkMode="awsvpc"),
        "ingest_worker_network_configuration is",
        f"task definition family {WORKERS} is in awsvpc mode: give it subnets",
        ingest_worker_network_configuration={},
        **OWN,
    ),
    account(
        "a network that its mode does not take",
        both(networkMode="host"),
        "ingest_worker_network_configuration is",
        f"task definition family {WORKERS} is in host mode; only awsvpc takes it",
        ingest_worker_network_configuration={"subnets": ["subnet-1"]},
        **OWN,
    ),
    account(
        "a network that the commands' mode does not take",
        both(),
        "ingest_network_configuration is",
        f"task definition family {FAMILY} is in bridge mode; only awsvpc takes it",
        ingest_network_configuration={"subnets": ["subnet-1"]},
    ),
    account(
        "more CPU than an instance has",
        both(),
        'ingest_instance_types is "m4.2xlarge"',
        "cannot hold one worker",
        "16384",
        ingest_worker_cpu=16_384,
        **OWN,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_wrong_with_the_workers_definition_is_named(aws: FakeAws, case: Case) -> None:
    one_problem(aws, case)


def test_it_is_looked_at_beside_that_of_the_commands(aws: FakeAws) -> None:
    facts = check(aws, OWN, both()).values["facts"]
    assert facts["task_definition"] == DEFINITION
    assert facts["worker_task_definition"] == DEFINITION.replace(FAMILY, WORKERS)


def test_images_that_differ_are_a_warning(aws: FakeAws) -> None:
    (warning,) = check(aws, OWN, both({"image": "app:2"})).warnings
    assert "image app:2 (ingest_worker_family)" in warning and "same version" in warning


def test_it_is_not_needed_where_no_worker_runs(aws: FakeAws) -> None:
    check(aws, {"tags": ["prepare", "migrate"], **OWN}, {"ListTaskDefinitions": missing})


def test_one_family_is_looked_at_once(aws: FakeAws) -> None:
    facts = check(aws, {}, {}).values["facts"]
    assert "worker_task_definition" not in facts
    assert aws.count("ListTaskDefinitions") == 1
