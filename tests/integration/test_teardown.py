"""What runs left, removed from another machine: by tag, whatever it is called, in one go, as often as one likes."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.run import teardown
from tests.integration.conftest import ROOT, Account

CLUSTER, FAMILY = "ecsStagingCluster", "StagingManagement"
TAGS = {"climate.ingest:environment": "staging", "climate.ingest:run": "staging-1"}
EARLIER = "importer"  # what an earlier version might have called its service, its group, its template
MANAGE = "exec sleep infinity\n"
TARGET = teardown.Target("staging", CLUSTER, FAMILY, "dbstaging", timeout=600)


@dataclass
class Machine:
    """Another controller: a checkout and a home of its own, nothing of the run that was."""

    account: Account
    folder: Path

    def playbook(self, name: str, *arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        return self.account.playbook(
            name, *arguments, environment={"HOME": str(self.folder / "home")}, cwd=self.folder, **variables
        )


@pytest.fixture(scope="module")
def machine(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    folder = tmp_path_factory.mktemp("machine")
    (folder / "home").mkdir()
    for name in ("playbooks", "inventories", "sandbox", "roles"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "ansible.cfg", folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return Machine(account, folder)


@pytest.fixture(scope="module")
def remains(account: Account) -> str:
    """What a run and an earlier version left, a command that runs, and a service that only has our name."""
    run = account.playbook("populate", "--tags=prepare,capacity,task_definition,database", ingest_instance_count=2)
    assert run.returncode == 0, run.stdout + run.stderr
    clone = account.client("ecs").list_task_definitions(familyPrefix=FAMILY, sort="DESC")["taskDefinitionArns"][0]
    make_earlier_fleet(account)
    make_service(account, EARLIER, clone, TAGS)
    make_service(account, "ingest-staging-run-jobs", f"{FAMILY}:1", {})
    return start_command(account, f"{FAMILY}:2")


def lower(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": name, "value": text} for name, text in tags.items()]


def upper(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": text} for name, text in tags.items()]


def make_service(account: Account, name: str, definition: str, tags: Mapping[str, str]) -> None:
    account.client("ecs").create_service(
        cluster=CLUSTER,
        serviceName=name,
        taskDefinition=definition,
        desiredCount=1,
        tags=lower(tags),
        propagateTags="SERVICE",
    )


def make_earlier_fleet(account: Account) -> None:
    """Copy the fleet under another name, and an instance that no group has."""
    autoscaling, ec2 = account.client("autoscaling"), account.client("ec2")
    newest = ec2.describe_launch_template_versions(LaunchTemplateName="ingest-staging-spot", Versions=["$Latest"])
    ec2.create_launch_template(
        LaunchTemplateName=EARLIER,
        LaunchTemplateData=newest["LaunchTemplateVersions"][0]["LaunchTemplateData"],
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": upper(TAGS)}],
    )
    groups = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["ingest-staging-spot"])
    subnets = groups["AutoScalingGroups"][0]["VPCZoneIdentifier"].split(",")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=EARLIER,
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=subnets[0],
        MixedInstancesPolicy={
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateName": EARLIER, "Version": "1"},
                "Overrides": [{"InstanceType": "m4.xlarge"}],
            }
        },
        Tags=[{**tag, "PropagateAtLaunch": True} for tag in upper(TAGS)],
    )
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        InstanceType="m4.large",
        SubnetId=subnets[0],
        TagSpecifications=[{"ResourceType": "instance", "Tags": upper(TAGS)}],
    )


def start_command(account: Account, definition: str) -> str:
    """Start what a run that was interrupted leaves running; give its ARN."""
    override = {"containerOverrides": [{"name": "management", "command": ["generate_historic"]}]}
    constraint = {"type": "memberOf", "expression": "attribute:ecs.instance-type == t2.large"}
    started = account.client("ecs").run_task(
        cluster=CLUSTER,
        taskDefinition=definition,
        overrides=override,
        tags=lower(TAGS),
        placementConstraints=[constraint],
    )
    return str(started["tasks"][0]["taskArn"])


def standing(account: Account) -> dict[str, list[str]]:
    ecs, ec2 = account.client("ecs"), account.client("ec2")
    alive = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}])
    groups = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    database = account.client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"][0]
    definitions = ecs.list_task_definitions(familyPrefix=FAMILY)["taskDefinitionArns"]
    definitions += ecs.list_task_definitions(familyPrefix=FAMILY, status="INACTIVE")["taskDefinitionArns"]
    return {
        "services": [arn.rpartition("/")[2] for arn in ecs.list_services(cluster=CLUSTER)["serviceArns"]],
        "groups": [each["AutoScalingGroupName"] for each in groups],
        "templates": [each["LaunchTemplateName"] for each in ec2.describe_launch_templates()["LaunchTemplates"]],
        "instances": sorted(i["InstanceType"] for r in alive["Reservations"] for i in r["Instances"]),
        "registered": [str(len(ecs.list_container_instances(cluster=CLUSTER)["containerInstanceArns"]))],
        "definitions": [arn.rpartition(":")[2] for arn in definitions],
        "database": [database["DBInstanceClass"]],
    }


def said(run: subprocess.CompletedProcess[str]) -> str:
    """Everything printed, without the line breaks Ansible puts into warnings."""
    return re.sub(r"\s+", " ", run.stdout + run.stderr)


def number_of(arn: str) -> str:
    return arn.rpartition("/")[2]


UNTOUCHED = {
    "services": ["ingest-staging-run-jobs"],
    "groups": ["asgStagingContainerInstance"],
    "templates": [],
    "instances": ["t2.large", "t2.large"],
    "registered": ["2"],
    "definitions": ["1"],
}


def test_a_check_lists_all_of_it_and_changes_nothing(account: Account, machine: Machine, remains: str) -> None:
    since = account.calls()[-1]["number"]
    run = machine.playbook("teardown", "--check", "--diff")
    assert run.returncode == 0, run.stdout + run.stderr
    for thing in (
        f"service {EARLIER}",
        f"Auto Scaling group {EARLIER} (1 instance)",
        "Auto Scaling group ingest-staging-spot (2 instances)",
        f"launch template {EARLIER}",
        "launch template ingest-staging-spot",
        "would remove instance i-",
        "task definition StagingManagement:2",
        "task definition StagingManagement:3",
        f"dbstaging keeps db.m5.xlarge while generate_historic ({number_of(remains)}) may be using it",
        "Service ingest-staging-run-jobs exists and carries no tag climate.ingest:environment=staging",
    ):
        assert thing in said(run)
    calls = [call for call in account.calls(since) if call["caller"] == "operator"]
    assert [call["operation"] for call in calls if call["changes"]] == []


def test_all_goes_but_the_database_a_command_uses(account: Account, machine: Machine, remains: str) -> None:
    run = machine.playbook("teardown")
    assert run.returncode == 2, run.stdout + run.stderr
    assert f"dbstaging keeps db.m5.xlarge while generate_historic ({number_of(remains)}) may be using it" in said(run)
    assert f"removed Auto Scaling group {EARLIER} (1 instance)" in said(run)
    assert standing(account) == {**UNTOUCHED, "database": ["db.m5.xlarge"]}
    running = account.client("ecs").describe_tasks(cluster=CLUSTER, tasks=[remains])["tasks"][0]
    assert running["lastStatus"] == "RUNNING"


def test_the_database_goes_back_when_the_command_has_ended(account: Account, machine: Machine, remains: str) -> None:
    account.client("ecs").stop_task(cluster=CLUSTER, task=remains)
    run = machine.playbook("teardown")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "restored database dbstaging: db.m5.xlarge back to db.t3.medium" in said(run)
    assert standing(account) == {**UNTOUCHED, "database": ["db.t3.medium"]}


def test_repeated_it_finds_nothing_with_few_calls(account: Account, machine: Machine, remains: str) -> None:
    run = machine.playbook("teardown")
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"changed=0\b", run.stdout)
    since = account.calls()[-1]["number"]
    assert not teardown.attempt(Context(cache(account.client)), TARGET).changed
    assert len([call for call in account.calls(since) if call["caller"] == "operator"]) in range(8, 18)


def test_what_only_has_our_names_is_left_alone(account: Account, machine: Machine, remains: str) -> None:
    account.client("ec2").create_launch_template(
        LaunchTemplateName="ingest-staging-spot", LaunchTemplateData={"InstanceType": "t3.micro"}
    )
    run = machine.playbook("teardown")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "The launch template ingest-staging-spot exists and carries no tag" in said(run)
    expected = {**UNTOUCHED, "database": ["db.t3.medium"], "templates": ["ingest-staging-spot"]}
    assert standing(account) == expected


def test_no_worker_runs_while_the_database_changes(account: Account, remains: str) -> None:
    make_service(account, EARLIER, f"{FAMILY}:1", TAGS)
    account.client("ecs").get_waiter("services_stable").wait(
        cluster=CLUSTER, services=[EARLIER], WaiterConfig={"Delay": 1}
    )
    run = account.playbook("populate", "--tags=database", ingest_database_class="db.m5.large")
    assert run.returncode == 2, run.stdout + run.stderr
    assert f"dbstaging keeps db.t3.medium while service:{EARLIER} (" in said(run)
