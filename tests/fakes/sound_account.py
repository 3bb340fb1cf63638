"""An account in which a run would succeed, as answers of AWS; and the preflight of its variables."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import digested
from ansible_collections.climate.ingest.plugins.module_utils.module import validate
from ansible_collections.climate.ingest.plugins.module_utils.preflight import inputs
from ansible_collections.climate.ingest.plugins.module_utils.preflight.findings import Findings
from ansible_collections.climate.ingest.plugins.module_utils.preflight.preflight import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.record import imports
from ansible_collections.climate.ingest.plugins.plugin_utils import role_variables
from tests.fakes.aws import FakeAws, Refusal

CLUSTER, FAMILY, QUEUE, DATABASE = "ecsStagingCluster", "StagingManagement", "cc-api-staging", "dbstaging"
DEFINITION = f"arn:aws:ecs:us-east-1:123456789012:task-definition/{FAMILY}:7"
NETWORKS = dict.fromkeys(["ingest_network_configuration", "ingest_worker_network_configuration"], {"subnets": ["a"]})
LOG = {"logDriver": "awslogs", "options": {"awslogs-group": "logs", "awslogs-region": "us-east-1"}}
GROUP = {"AutoScalingGroupName": "own", "LaunchConfigurationName": "lc", "VPCZoneIdentifier": "subnet-1"}
SIZES = {"m4.2xlarge": 32768, "m4.large": 8192, "a1.4xlarge": 32768}
NOW = datetime.now(UTC)
DRY = Refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
DENIED = Refusal("UnauthorizedOperation", "You are not authorized to perform this operation.")
PENDING = {"PendingModifiedValues": {"EngineVersion": "13"}}
CHANGED = [{"Date": NOW - timedelta(hours=1), "Message": "Finished applying modification to allocated storage"}]
NO_CLUSTER = {"DescribeClusters": {"clusters": []}}

LOADER = DataLoader()
SPECS = role_variables.read_specs(LOADER)
DEFAULTS, _ = role_variables.resolve(Templar(LOADER), role_variables.read_defaults(LOADER), SPECS)
SMALL = {
    "ingest_all_models": ["HadCM3"],
    "ingest_all_years": "2006-2099",
    "ingest_worker_count": 4,
    "ingest_instance_count": 2,
}
LISTS = {name: role_variables.read_defaults(LOADER)[name] for name in ("ingest_imports", "ingest_dataset")}
FOLLOWING = {"ingest_worker_family", "ingest_worker_container"}  # the commands' own, unless they are given
OPTIONS = ("tags", "skip_tags", "playbook", "expected_account", "region", "unresolved")


def requested(**desired: Any) -> dict[str, str]:
    """Give what a run with these variables requests."""
    return digested(imports.requested(imports.read_imports(variables_of(desired)["ingest_imports"]), "each"))


def held_lock() -> str:
    """Give the document of a lock that another controller has just renewed."""
    now = datetime.now(UTC).isoformat()
    holder = {"user": "bob", "host": "elsewhere", "place": "x", "pid": 1, "started": "1"}
    return json.dumps({"holder": holder, "since": now, "renewed": now})


def definition(**container: Any) -> dict[str, Any]:
    entry = {"name": "management", "memory": 2048, "cpu": 128, "logConfiguration": LOG, **container}
    return {"taskDefinition": {"taskDefinitionArn": DEFINITION, "family": FAMILY, "containerDefinitions": [entry]}}


def fargate(**task: str) -> dict[str, Any]:
    """Give the definition of a task that requires Fargate, of a size of its own."""
    own = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "executionRoleArn": "arn:aws:iam::1:role/a"}
    return {"taskDefinition": definition(memory=512)["taskDefinition"] | own | task}


def in_sync(group: str, status: str = "in-sync") -> dict[str, str]:
    return {"DBParameterGroupName": group, "ParameterApplyStatus": status}


def database(**changes: Any) -> dict[str, Any]:
    found = {
        "DBInstanceIdentifier": DATABASE,
        "DBInstanceArn": "arn",
        "DBInstanceClass": "db.t2.medium",
        "AllocatedStorage": 20,
        "StorageType": "gp2",
        "Engine": "postgres",
        "EngineVersion": "12.22",
        "DBInstanceStatus": "available",
        "DBParameterGroups": [in_sync("dbstaging")],
        "TagList": [],
        **changes,
    }
    return {"DBInstances": [found]}


def ours(**tags: str) -> list[dict[str, str]]:
    return [{"Key": f"climate.ingest:{name.replace('_', '-')}", "Value": value} for name, value in tags.items()]


def queue(visible: int = 0, retention: int = 1_209_600, visibility: int = 14_400) -> dict[str, Any]:
    return {
        "Attributes": {
            "ApproximateNumberOfMessages": str(visible),
            "ApproximateNumberOfMessagesNotVisible": "0",
            "ApproximateNumberOfMessagesDelayed": "0",
            "MessageRetentionPeriod": str(retention),
            "VisibilityTimeout": str(visibility),
        }
    }


def user_data(cluster: str) -> str:
    return base64.b64encode(f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n".encode()).decode()


def configuration(cluster: str = CLUSTER) -> dict[str, Any]:
    found = {"LaunchConfigurationName": "lc", "ImageId": "ami-1", "CreatedTime": NOW, "UserData": user_data(cluster)}
    return {"LaunchConfigurations": [found]}


def image(architecture: str = "x86_64", size: int = 30) -> dict[str, Any]:
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": size}}
    found = {"ImageId": "ami-1", "Architecture": architecture, "RootDeviceName": "/dev/xvda"}
    return {"Images": [{**found, "BlockDeviceMappings": [disk]}]}


def groups(spot: list[dict[str, Any]]) -> Any:
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        return {"AutoScalingGroups": spot if "ingest-staging-spot" in params["AutoScalingGroupNames"] else [GROUP]}

    return answer


def instance_types(params: dict[str, Any]) -> dict[str, Any]:
    unknown = [each for each in params["InstanceTypes"] if each not in SIZES]
    if unknown:
        raise Refusal("InvalidInstanceType", f"The following supplied instance types do not exist: {unknown}")
    return {
        "InstanceTypes": [
            {
                "InstanceType": each,
                "MemoryInfo": {"SizeInMiB": SIZES[each]},
                "VCpuInfo": {"DefaultVCpus": 8},
                "ProcessorInfo": {"SupportedArchitectures": ["arm64" if each.startswith("a1") else "x86_64"]},
            }
            for each in params["InstanceTypes"]
        ]
    }


def orderable(*classes: str, storage: str = "gp2") -> Any:
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        requested = params.get("DBInstanceClass")
        found = [each for each in classes if requested in (None, each)]
        return {"OrderableDBInstanceOptions": [{"DBInstanceClass": each, "StorageType": storage} for each in found]}

    return answer


def simulation(denied: str = "", **more: Any) -> Any:
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        decisions = {name: "implicitDeny" if name == denied else "allowed" for name in params["ActionNames"]}
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": name,
                    "EvalDecision": decision,
                    "EvalResourceName": "*",
                    "ResourceSpecificResults": [
                        {"EvalResourceName": each, "EvalResourceDecision": decision, **more}
                        for each in params.get("ResourceArns", [])
                    ],
                }
                for name, decision in decisions.items()
            ]
        }

    return answer


def run_record(state: str = "open", **steps: str) -> dict[str, Any]:
    run = {"id": "staging-3", "number": 3, "key": "k", "state": state, "opened_at": "", "opened_by": "bob"}
    documents = {"/climate.ingest/staging/run": run | {"requested": requested()}}
    for name, text in steps.items():
        documents[f"/climate.ingest/staging/steps/{name}"] = {"run": "staging-3", "state": text, "at": ""}
    return {"Parameters": [{"Name": name, "Value": json.dumps(value)} for name, value in documents.items()]}


GOOD: dict[str, Any] = {
    "GetCallerIdentity": {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/operator", "UserId": "A"},
    "GetParametersByPath": {"Parameters": []},
    "GetParameters": {"Parameters": []},
    "DescribeClusters": {"clusters": [{"status": "ACTIVE", "registeredContainerInstancesCount": 2}]},
    "ListTaskDefinitions": {"taskDefinitionArns": [DEFINITION]},
    "DescribeTaskDefinition": definition(),
    "DescribeServices": {"services": []},
    "DescribeTasks": {"tasks": [], "failures": []},
    "ListTasks": {"taskArns": []},
    "ListServices": {"serviceArns": []},
    "FilterLogEvents": {"events": []},
    "GetLogEvents": Refusal("ResourceNotFoundException"),
    "ListContainerInstances": {"containerInstanceArns": ["arn"]},
    "DescribeContainerInstances": {"containerInstances": [{"ec2InstanceId": "i-1"}]},
    "DescribeAutoScalingInstances": {"AutoScalingInstances": [{"AutoScalingGroupName": "own"}]},
    "DescribeAutoScalingGroups": groups([]),
    "DescribeScheduledActions": {"ScheduledUpdateGroupActions": []},
    "DescribeLaunchConfigurations": configuration(),
    "DescribeImages": image(),
    "DescribeInstanceTypes": instance_types,
    "DescribeLaunchTemplates": Refusal("InvalidLaunchTemplateName.NotFoundException"),
    "DescribeLaunchTemplateVersions": DRY,
    "DescribeInstances": DRY,
    "DescribeSpotPriceHistory": DRY,
    "DescribeSubnets": DRY,
    "DescribeScalingActivities": {"Activities": []},
    "CreateLaunchTemplate": DRY,
    "RunInstances": DRY,
    "DescribeDBInstances": database(),
    "DescribeDBSnapshots": Refusal("DBSnapshotNotFound", status=404),
    "DescribeDBParameterGroups": {
        "DBParameterGroups": [
            {"DBParameterGroupName": name, "DBParameterGroupFamily": family}
            for name, family in (("dbstaging", "postgres12"), ("db-imports", "postgres12"), ("old", "postgres9.6"))
        ]
    },
    "DescribeOrderableDBInstanceOptions": orderable("db.m4.xlarge", "db.t2.medium"),
    "DescribeValidDBInstanceModifications": {
        "ValidDBInstanceModificationsMessage": {
            "Storage": [{"StorageType": "gp2", "StorageSize": [{"From": 20, "To": 16384, "Step": 1}]}]
        }
    },
    "DescribeEvents": {"Events": []},
    "GetQueueUrl": {"QueueUrl": "https://queue"},
    "GetQueueAttributes": queue(),
    "HeadObject": {},
    "SimulatePrincipalPolicy": simulation(),
}


def variables_of(desired: dict[str, Any]) -> dict[str, Any]:
    """Give the roles' defaults for a small fleet with these variables, which the list of imports is made of."""
    given = {**DEFAULTS, **SMALL, **desired}
    given |= {each: given[each.replace("_worker", "")] for each in FOLLOWING - desired.keys()}
    templates = {name: LISTS[name] for name in LISTS if name not in desired}
    made, _ = role_variables.resolve(Templar(LOADER), {**given, **templates}, {name: SPECS[name] for name in templates})
    return {**given, **{name: made[name] for name in templates if name in made}}


def check(aws: FakeAws, desired: dict[str, Any], answers: dict[str, Any], **given: Any) -> Result:
    """Check the roles' defaults for a small fleet with what is ``desired``: variables, and options of the module.

    Args:
        given: what the context has.
    """
    for operation, answer in {**GOOD, **answers}.items():
        aws.on(operation, answer)
    options = {name: desired[name] for name in OPTIONS if name in desired}
    variables = variables_of({name: desired[name] for name in desired if name not in OPTIONS})
    params = {name: option.get("default") for name, option in OPERATION.argument_spec.items()}
    context = replace(aws.context(), validate=validate, **given)
    return OPERATION.run(context, {**params, **options, "variables": variables, "specs": SPECS})


def check_defaults() -> list[str]:
    findings = Findings()
    inputs.check(DEFAULTS, SPECS, validate, findings)
    return findings.problems


def problems(aws: FakeAws, desired: dict[str, Any], answers: dict[str, Any]) -> list[str]:
    """Give the problems of a check that must find some."""
    with pytest.raises(Refused) as caught:
        check(aws, desired, answers)
    found: list[str] = caught.value.details["problems"]
    return found


class Case(NamedTuple):
    """A variable or an answer of AWS that is wrong, and the words of the one problem it makes."""

    name: str
    desired: dict[str, Any]
    answers: dict[str, Any]
    says: tuple[str, ...]


def value(variable: str, wrong: Any, *says: str) -> Case:
    return Case(f"{variable}={wrong!r:.40}", {variable: wrong}, {}, (variable, *says))


def account(name: str, answers: dict[str, Any], *says: str, **desired: Any) -> Case:
    return Case(name, desired, answers, says)


def one_problem(aws: FakeAws, case: Case) -> None:
    """Make sure that the case makes one problem, and that it says all the words."""
    found = problems(aws, case.desired, case.answers)
    assert len(found) == 1, found
    assert [words for words in case.says if words not in found[0]] == [], found[0]
