"""What an operator meets before anything runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.conftest import BIN, ROOT, Account

PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
SECTIONS = {
    "prepare", "migrate", "scenarios", "climate_models", "cities", "create_jobs", "run_jobs", "capacity",
    "task_definition", "database", "service", "drain", "verify", "historical", "generate_historic",
}  # fmt: skip
# --list-tags does not look into `always` sections, where teardown is


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_syntax(playbook: str) -> None:
    command = [BIN / "ansible-playbook", f"playbooks/{playbook}.yml", "--syntax-check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""


def test_every_section_has_its_tag() -> None:
    command = [BIN / "ansible-playbook", "playbooks/populate.yml", "--list-tags"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    listed = set(run.stdout.rpartition("[")[2].strip("]\n ").split(", "))
    assert listed >= SECTIONS


def test_without_a_sandbox_the_first_task_says_how_to_start_it(tmp_path: Path) -> None:
    run = Account(tmp_path).playbook("populate")
    assert run.returncode == 2
    assert "make up" in run.stdout
    assert run.stdout.count("TASK [") == 1


def test_the_sandbox_inventory_never_leaves_this_machine(account: Account) -> None:
    """Whatever the environment says, only the sandbox is asked."""
    environment = {
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    run = account.playbook("populate", "--tags", "preflight", environment=environment)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_check_of_an_untouched_account_changes_nothing(account: Account) -> None:
    since = len(account.calls())
    run = account.playbook("populate", "--check", "--diff")
    assert run.returncode == 0, run.stdout + run.stderr
    assert [call for call in account.calls(since) if call["changes"]] == []


def test_a_teardown_that_cannot_restore_the_database_removes_the_rest(account: Account) -> None:
    run = account.playbook("populate", "--tags", "prepare,capacity,database,teardown", ingest_database="nowhere")
    assert run.returncode == 2
    assert "There is no RDS instance nowhere" in run.stdout
    tags = [{"Name": "tag-key", "Values": ["climate.ingest:environment"]}]
    assert account.client("autoscaling").describe_auto_scaling_groups(Filters=tags)["AutoScalingGroups"] == []
    assert account.client("ec2").describe_launch_templates(Filters=tags)["LaunchTemplates"] == []
    listed = account.client("ecs").list_task_definitions(familyPrefix="StagingManagement")
    assert len(listed["taskDefinitionArns"]) == 1


def test_a_teardown_that_cannot_remove_the_workers_gives_up_their_instances(account: Account) -> None:
    assert account.playbook("populate", "--tags", "capacity").returncode == 0
    run = account.playbook("teardown", ingest_cluster="nowhere")
    assert run.returncode == 2
    assert "There is no ECS cluster nowhere" in run.stdout
    groups = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert [group["AutoScalingGroupName"] for group in groups] == ["asgStagingContainerInstance"]
    modified = [call for call in account.calls() if call["operation"] == "ModifyDBInstance"]
    assert modified == []
