"""Workers with a task definition family of their own, as a production environment has it: its constraint, its CPU."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.conftest import Account, tasks

FAMILY, WORKERS, CONTAINER = "StagingManagement", "ProductionManagementRunJobs", "worker"
UP = ("--no-launch-configurations",)
MANAGE = "exec sleep infinity\n"  # a worker that never finds the queue empty
PARTS = "--tags=capacity,task_definition,service"
ONLY = {"type": "memberOf", "expression": "attribute:ecs.instance-type == m4.2xlarge"}
OWN: dict[str, Any] = {
    "ingest_worker_family": WORKERS,
    "ingest_worker_container": CONTAINER,
    "ingest_worker_cpu": 1024,
    "ingest_worker_count": 20,
    "ingest_instance_count": 2,
    "ingest_worker_task_memory": 512,
    "ingest_worker_memory": 512,
}


@pytest.fixture(scope="module")
def family(account: Account) -> None:
    """Register what terraform would: more CPU than a worker is to have, a hard limit, and the constraint in it."""
    ecs = account.client("ecs")
    container = ecs.describe_task_definition(taskDefinition=FAMILY)["taskDefinition"]["containerDefinitions"][0]
    own = {**container, "name": CONTAINER, "cpu": 2048, "memory": 8192}
    definition = {"family": WORKERS, "containerDefinitions": [own], "volumes": [{"name": "tmp"}]}
    ecs.register_task_definition(**definition, placementConstraints=[ONLY])


def listed(account: Account, family: str) -> int:
    return len(account.client("ecs").list_task_definitions(familyPrefix=family)["taskDefinitionArns"])


def test_instances_that_its_constraint_excludes_are_named_before_anything_is_made(
    account: Account, family: None
) -> None:
    run = account.playbook("future", PARTS, ingest_instance_types=["m5.2xlarge"], **OWN)
    assert run.returncode == 2
    said = " ".join(run.stdout.split())
    assert "it does not satisfy the placement constraint attribute:ecs.instance-type == m4.2xlarge of the task" in said


def test_workers_run_a_copy_of_their_own_family_and_teardown_removes_it(account: Account, family: None) -> None:
    json_output = {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_DIFF_ALWAYS": "true"}
    preview = account.playbook("future", PARTS, "--check", environment=json_output, **OWN)
    run = account.playbook("future", PARTS, environment=json_output, **OWN)
    assert (preview.returncode, run.returncode) == (0, 0), run.stdout + run.stderr
    title = "Add a temporary task definition"
    diffs = [next(each[2] for each in tasks(ran.stdout) if each[0].endswith(title)) for ran in (preview, run)]
    assert diffs[0] == diffs[1]
    ecs, started = account.client("ecs"), account.calls()
    made = [call for call in started if call["operation"] == "CreateService"][-1]
    assert f"{WORKERS}:2" in made["parameters"]["taskDefinition"]
    registered = [call["parameters"] for call in started if call["operation"] == "RegisterTaskDefinition"][-1]
    assert (registered["cpu"], registered["containerDefinitions"][0]["cpu"]) == ("1024", 1024)
    assert registered["placementConstraints"] == [ONLY]
    # two m4.2xlarge have 16 virtual CPUs
    assert "20 workers requested" in run.stdout and "hold 16: 16 run, 4 wait" in run.stdout
    removed = account.playbook("teardown", **OWN)
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert f"removed task definition {WORKERS}:2" in removed.stdout
    assert (listed(account, WORKERS), listed(account, FAMILY)) == (1, 1)
    assert ecs.describe_task_definition(taskDefinition=WORKERS)["taskDefinition"]["revision"] == 1
