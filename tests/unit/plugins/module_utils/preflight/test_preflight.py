"""Each thing that would stop a run, and what the operator reads of it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.preflight.preflight import OPERATION
from tests.fakes.aws import FakeAws, Refusal

CLUSTER, FAMILY, QUEUE, DATABASE = "ecsStagingCluster", "StagingManagement", "cc-api-staging", "dbstaging"
DEFINITION = f"arn:aws:ecs:us-east-1:123456789012:task-definition/{FAMILY}:7"
LOG = {"logDriver": "awslogs", "options": {"awslogs-group": "logs", "awslogs-region": "us-east-1"}}
GROUP = {"AutoScalingGroupName": "own", "LaunchConfigurationName": "lc", "VPCZoneIdentifier": "subnet-1"}
SIZES = {"m4.2xlarge": 32768, "m4.large": 8192, "a1.4xlarge": 32768}
NOW = datetime.now(UTC)
LOCK = {
    "holder": {"user": "bob", "host": "elsewhere", "place": "x", "pid": 1, "started": "1"},
    "since": NOW.isoformat(),
    "renewed": NOW.isoformat(),
}
DRY = Refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
DENIED = Refusal("UnauthorizedOperation", "You are not authorized to perform this operation.")


@pytest.fixture(scope="module")
def cloud() -> FakeAws:
    return FakeAws()


@pytest.fixture
def aws(cloud: FakeAws) -> FakeAws:
    cloud.forget()
    return cloud


def definition(**container: Any) -> dict[str, Any]:
    entry = {"name": "management", "memory": 2048, "cpu": 128, "logConfiguration": LOG, **container}
    return {"taskDefinition": {"taskDefinitionArn": DEFINITION, "family": FAMILY, "containerDefinitions": [entry]}}


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


def orderable(*classes: str) -> Any:
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        requested = params.get("DBInstanceClass")
        found = [each for each in classes if requested in (None, each)]
        return {"OrderableDBInstanceOptions": [{"DBInstanceClass": each, "StorageType": "gp2"} for each in found]}

    return answer


def simulation(denied: str = "", **more: Any) -> Any:
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        decisions = {name: "implicitDeny" if name == denied else "allowed" for name in params["ActionNames"]}
        results = [{"EvalActionName": name, "EvalDecision": text, **more} for name, text in decisions.items()]
        return {"EvaluationResults": results}

    return answer


def run_record(state: str = "open", **steps: str) -> dict[str, Any]:
    run = {"id": "staging-3", "number": 3, "key": "k", "state": state, "opened_at": "", "opened_by": "bob"}
    documents = {"/climate.ingest/staging/run": run | {"requested": {"models": "all"}}}
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
    "FilterLogEvents": {"events": []},
    "ListContainerInstances": {"containerInstanceArns": ["arn"]},
    "DescribeContainerInstances": {"containerInstances": [{"ec2InstanceId": "i-1"}]},
    "DescribeAutoScalingInstances": {"AutoScalingInstances": [{"AutoScalingGroupName": "own"}]},
    "DescribeAutoScalingGroups": groups([]),
    "DescribeLaunchConfigurations": configuration(),
    "DescribeImages": image(),
    "DescribeInstanceTypes": instance_types,
    "DescribeLaunchTemplates": Refusal("InvalidLaunchTemplateName.NotFoundException"),
    "CreateLaunchTemplate": DRY,
    "RunInstances": DRY,
    "DescribeDBInstances": database(),
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
REQUESTED = {
    "all_models": ["HadCM3"],
    "all_years": "2006-2099",
    "historical_all_years": "1950-2005",
    "region": "us-east-1",
}
SMALL = {"worker_count": 4, "instance_count": 2}


def check(aws: FakeAws, variables: dict[str, Any], answers: dict[str, Any]) -> Result:
    for operation, answer in {**GOOD, **answers}.items():
        aws.on(operation, answer)
    spec = OPERATION.argument_spec
    params = {name: option.get("default") for name, option in spec.items()} | REQUESTED | SMALL
    return OPERATION.run(aws.context(), params | variables)


def problems(aws: FakeAws, variables: dict[str, Any], answers: dict[str, Any]) -> list[str]:
    with pytest.raises(Refused) as caught:
        check(aws, variables, answers)
    found: list[str] = caught.value.details["problems"]
    assert all(each in caught.value.message for each in found)
    return found


class Case(NamedTuple):
    """A variable or an answer of AWS that is wrong, and the words of the one problem it makes."""

    name: str
    variables: dict[str, Any]
    answers: dict[str, Any]
    says: tuple[str, ...]


def value(option: str, wrong: Any, *says: str) -> Case:
    return Case(f"{option}={wrong!r:.40}", {option: wrong}, {}, (f"ingest_{option}", *says))


def account(name: str, answers: dict[str, Any], *says: str, **variables: Any) -> Case:
    return Case(name, variables, answers, says)


LONG = ["shell", "--command", "x" * 9000]
PENDING = {"PendingModifiedValues": {"EngineVersion": "13"}}
CHANGED = [{"Date": NOW - timedelta(hours=1), "Message": "Finished applying modification to allocated storage"}]
NO_CLUSTER = {"DescribeClusters": {"clusters": []}}
CASES = [
    # numbers
    value("worker_count", "many", "'many'", "whole numbers from 1 to 5000"),
    value("worker_count", 0, "is 0;", "from 1 to 5000"),
    value("worker_count", 5001, "from 1 to 5000"),
    value("worker_count", True, "is True;", "whole numbers"),
    value("worker_count", "2.5", "'2.5'", "whole numbers"),
    value("worker_count", None, "is None;", "whole numbers"),
    value("instance_count", -3, "is -3;", "from 1 to 5000"),
    value("instance_disk_gb", 20000, "GB from 1 to 16384"),
    value("instance_disk_gb", "100GB", "'100GB'", "GB from 1 to 16384"),
    value("capacity_minimum", 3, "is 3;", "not be more than ingest_instance_count, which is 2"),
    value("capacity_timeout", -1, "seconds from 0"),
    value("memory_reservation", 5, "MiB from 6"),
    value("worker_memory", 9000, "is 9000;", "not be more than ingest_worker_task_memory, which is 8192 MiB"),
    value("worker_task_memory", "8G", "'8G'", "MiB from 6"),
    value("database_storage_gb", 0, "GB from 1 to 65536"),
    value("database_timeout", 0, "seconds from 1"),
    value("command_timeout", "soon", "seconds from 0"),
    value("drain_stall_timeout", 0, "seconds from 1"),
    value("allow_failed_jobs", -1, "is -1;", "jobs from 0"),
    value("queue_hours", 337, "hours from 1 to 336"),
    value("job_minutes", 0, "minutes from 1 to 720"),
    # words
    value("purge_queue", "perhaps", "'perhaps'", "true and false"),
    value("on_failure", "explode", "'explode'", "remove and keep"),
    value("environment", "sta/ging", "'sta/ging'", "letters, digits, hyphens"),
    value("environment", "sta.ging", "'sta.ging'", "service is named after it"),
    value("cluster", "", "''", "name of an ECS cluster"),
    value("spot_max_price", "cheap", "'cheap'", "0.25", "1.5x"),
    value("instance_types", [], "[]", "[m4.2xlarge]"),
    value("log_group", "my logs", "'my logs'", "letters, digits"),
    value("log_group", ["a"], "['a']", "CloudWatch log group"),
    value("launch_type", "EC3", "'EC3'", "EC2, FARGATE, EXTERNAL, and empty"),
    value("network_configuration", {"vpc": 1}, "{'vpc': 1}", "subnets"),
    value("capacity_provider_strategy", [{"capacity_provider": "x"}], "empty ingest_launch_type"),
    value("command_placement_constraints", [{"type": "memberOf"}], "needs an expression"),
    value("worker_placement_strategy", [{"type": "tight"}], "tight", "random, spread, binpack"),
    value("worker_environment", "DEBUG=1", "names and values"),
    # commands
    value("migrate_command", "", "''", "empty"),
    value("scenarios_command", "loaddata,,scenarios", "loaddata,,scenarios", "empty argument (number 2)"),
    value("climate_models_command", 'loaddata,"x', "unbalanced quotes"),
    value("cities_command", "./manage.py import_cities", "entry point"),
    value("summary_command", LONG, "ECS takes 8192"),
    value("generate_historic_command", {"a": 1}, "string or a list"),
    value("worker_command", [], "empty"),
    Case("command missing", {"playbook": "command"}, {}, ("command is missing", "-e command=")),
    Case("command=a,,b", {"playbook": "command", "command": "a,,b"}, {}, ("command is 'a,,b'", "remove a comma")),
    # what is asked for
    value("years", "20x0", "'20x0'", "ranges such as 2006-2099"),
    value("years", "2050,2049-2051", "2050 is asked for twice"),
    value("years", {"from": 2050}, "separated by commas"),
    value("models", "HadCM3,HadCM3", "HadCM3 is asked for twice"),
    value("models", "a,,b", "names separated by commas"),
    value("historical_years", "2005-1950", "'2005-1950'", "ranges"),
    # cluster, region, definition
    account("no cluster", NO_CLUSTER, "ingest_cluster is 'nowhere'", "us-east-1", "ingest_region", cluster="nowhere"),
    account(
        "no container instances",
        {"DescribeClusters": {"clusters": [{"status": "ACTIVE", "registeredContainerInstancesCount": 0}]}},
        f"ingest_cluster is '{CLUSTER}'",
        "no container instances",
    ),
    account("no family", {"ListTaskDefinitions": {"taskDefinitionArns": []}}, "ingest_family is 'F'", family="F"),
    value("container", "web", "'web'", "it has: management"),
    account(
        "memory below the reservation",
        {"DescribeTaskDefinition": definition(memoryReservation=9000)},
        "ingest_worker_memory is 8192",
        "reserves 9000 MiB",
    ),
    account(
        "no log group", {"FilterLogEvents": Refusal("ResourceNotFoundException")}, "ingest_family", "log group logs"
    ),
    account(
        "no such log group",
        {"DescribeLogGroups": {"logGroups": [{"logGroupName": "mine-too"}]}},
        "ingest_log_group is 'mine'",
        "no log group mine in region us-east-1",
        "create it",
        log_group="mine",
    ),
    account(
        "may not look for groups", {"DescribeLogGroups": DENIED}, "may not call DescribeLogGroups", log_group="mine"
    ),
    account(
        "foreign service",
        {"DescribeServices": {"services": [{"serviceName": "s", "status": "ACTIVE", "tags": []}]}},
        "ingest_environment is 'staging'",
        "service ingest-staging-run-jobs",
        "no run made it",
    ),
    # fleet
    value("instance_types", ["m9.huge"], "m9.huge", "us-east-1"),
    value("instance_types", "m4.large", "'m4.large'", "cannot hold one worker", "8192 MiB"),
    value("instance_types", "a1.4xlarge", "'a1.4xlarge'", "arm64", "x86_64"),
    account("small disk", {}, "ingest_instance_disk_gb is 20", "at least 30 GB", instance_disk_gb=20),
    account(
        "nothing to copy",
        {"DescribeAutoScalingInstances": {"AutoScalingInstances": []}},
        "ingest_launch_source",
        "nothing to copy",
    ),
    account(
        "unknown source",
        {
            "DescribeLaunchConfigurations": {"LaunchConfigurations": []},
            "DescribeLaunchTemplateVersions": Refusal("InvalidLaunchTemplateName.NotFoundException"),
        },
        "ingest_launch_source: there is no launch configuration or launch template 'other'",
        launch_source="other",
    ),
    account("no image", {"DescribeImages": Refusal("InvalidAMIID.NotFound")}, "ingest_launch_source is 'lc'", "ami-1"),
    account(
        "user data of another cluster",
        {"DescribeLaunchConfigurations": configuration("other")},
        "ingest_launch_source is 'lc'",
        "names cluster other",
    ),
    account(
        "foreign group",
        {"DescribeAutoScalingGroups": groups([{**GROUP, "AutoScalingGroupName": "ingest-staging-spot"}])},
        "ingest_environment is 'staging'",
        "Auto Scaling group ingest-staging-spot",
    ),
    # database
    account(
        "no database",
        {"DescribeDBInstances": Refusal("DBInstanceNotFound")},
        "ingest_database is 'nowhere'",
        "no RDS instance nowhere",
        database="nowhere",
    ),
    value("database_class", "db.m9.large", "'db.m9.large'", "cannot be ordered for postgres 12.22", "db.m4.xlarge"),
    value("database_storage_gb", 21, "21 GB", "at least 10 %", "at least 22"),
    value("database_storage_gb", 20000, "20000 GB", "20 to 16384 GB"),
    account(
        "storage optimization",
        {"DescribeDBInstances": database(DBInstanceStatus="storage-optimization")},
        "ingest_database_storage_gb is 240",
        "optimized",
    ),
    account("cooldown", {"DescribeEvents": {"Events": CHANGED}}, "ingest_database_storage_gb is 240", "six hours"),
    account(
        "pending", {"DescribeDBInstances": database(**PENDING)}, "ingest_database is 'dbstaging'", "EngineVersion=13"
    ),
    account("stopped", {"DescribeDBInstances": database(DBInstanceStatus="stopped")}, "ingest_database", "is stopped"),
    account("reboot", {"DescribeDBInstances": database(DBInstanceStatus="rebooting")}, "ingest_database", "rebooting"),
    # queue
    account("no queue", {"GetQueueUrl": Refusal("QueueDoesNotExist")}, "ingest_queue is 'nope'", queue="nope"),
    account(
        "queue not empty",
        {"GetQueueAttributes": queue(visible=7)},
        "ingest_queue is 'cc-api-staging'",
        "7 visible",
        "ingest_purge_queue=true",
    ),
    account(
        "retention", {"GetQueueAttributes": queue(retention=86_400)}, "ingest_queue_hours is 72", "24 hours", "259200"
    ),
    account(
        "visibility", {"GetQueueAttributes": queue(visibility=1800)}, "ingest_job_minutes is 60", "30 minutes", "3600"
    ),
    # cities
    account(
        "no bucket",
        {"HeadObject": Refusal("404"), "HeadBucket": Refusal("404")},
        "ingest_cities_command is 'import_cities,azavea-climate-sandbox,geonames",
        "no bucket azavea-climate-sandbox",
    ),
    account(
        "no object",
        {"HeadObject": Refusal("404"), "HeadBucket": {}},
        "ingest_cities_command",
        "no object geonames_cities_top200_us.geojson",
    ),
    # credentials and permissions
    account("expired", {"GetCallerIdentity": Refusal("ExpiredToken")}, "credentials have expired"),
    account("another account", {}, "expected_account is 999", expected_account="999"),
    account("may not launch", {"RunInstances": DENIED}, "may not call RunInstances", "docs/permissions.md"),
    account("may not make templates", {"CreateLaunchTemplate": DENIED}, "may not call CreateLaunchTemplate"),
    account("may not look", {"DescribeEvents": Refusal("AccessDenied")}, "may not call DescribeEvents"),
    account("may not read logs", {"FilterLogEvents": Refusal("AccessDeniedException")}, "may not call FilterLogEvents"),
    account(
        "may not read the record", {"GetParameters": Refusal("AccessDeniedException")}, "may not call GetParameters"
    ),
    account(
        "may not resize",
        {"SimulatePrincipalPolicy": simulation("rds:ModifyDBInstance")},
        "rds:ModifyDBInstance on arn:aws:rds:us-east-1:123456789012:db:dbstaging",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_wrong_is_named(aws: FakeAws, case: Case):
    found = problems(aws, case.variables, case.answers)
    assert len(found) == 1, found
    assert [words for words in case.says if words not in found[0]] == [], found[0]


def test_a_sound_account_gives_facts_and_no_problem(aws: FakeAws):
    result = check(aws, {}, {})
    assert not result.changed
    assert result.warnings == []
    assert result.values["facts"]["queue"]["retention_seconds"] == 1_209_600
    assert result.values["facts"]["database"]["class"] == "db.t2.medium"
    assert result.values["facts"]["workers"] == {
        "requested": 4,
        "fits": 6,
        "message": "4 workers requested (8192 MiB each); 2 x m4.2xlarge would hold 6: all run.",
    }


def test_nothing_is_changed(aws: FakeAws):
    check(aws, {}, {})
    reads = ("Describe", "List", "Get", "Filter", "Head", "Simulate")
    assert all(name.startswith(reads) or params.get("DryRun") for name, params in aws.calls)
    assert len(aws.calls) <= 35


def test_numbers_that_jinja_made_texts_of_are_numbers(aws: FakeAws):
    facts = check(aws, {"worker_count": "4", "instance_count": " 2 ", "purge_queue": "no"}, {}).values["facts"]
    assert facts["workers"]["requested"] == 4


def test_all_problems_come_at_once(aws: FakeAws):
    variables = {
        "worker_count": "many",
        "queue": "nope",
        "years": "20x0",
        "models": "a,,b",
        "instance_types": ["m9.huge"],
    }
    answers = {
        "GetQueueUrl": Refusal("QueueDoesNotExist"),
        "DescribeDBInstances": database(DBInstanceStatus="stopped", **PENDING),
        "HeadObject": Refusal("404"),
        "HeadBucket": Refusal("404"),
        **NO_CLUSTER,
    }
    found = "\n".join(problems(aws, variables, answers))
    for words in ("worker_count", "queue", "years", "models", "instance_types", "cluster", "cities_command"):
        assert f"ingest_{words} " in found
    assert "is stopped" in found and "EngineVersion=13" in found


def test_what_is_not_sound_but_works_is_a_warning(aws: FakeAws):
    answers = {
        "HeadObject": Refusal("403", "Forbidden"),
        "DescribeDBInstances": database(AllocatedStorage=500),
        "GetQueueAttributes": queue(visible=7),
    }
    variables = {"worker_count": 200, "models": "HadCM4", "years": "2050,2200", "purge_queue": "yes"}
    warnings = "\n".join(check(aws, variables, answers).warnings)
    assert "cannot be seen with these credentials" in warnings
    assert "ingest_database_storage_gb is 240; dbstaging has 500 GB" in warnings
    assert "6 run, 194 wait" in warnings
    assert "ingest_models has HadCM4" in warnings and "ingest_years has 2200" in warnings
    assert "holds 7 jobs" in warnings


@pytest.mark.parametrize(
    "answer",
    [Refusal("AccessDenied"), simulation("rds:ModifyDBInstance", MissingContextValues=["aws:ResourceTag/x"])],
    ids=["may not ask", "depends on tags"],
)
def test_a_simulation_that_proves_nothing_is_no_problem(aws: FakeAws, answer: Any):
    assert check(aws, {}, {"SimulatePrincipalPolicy": answer}).warnings == []


@pytest.mark.parametrize(
    ("arn", "requested"),
    [
        ("arn:aws:sts::123456789012:assumed-role/Operator/alice", "arn:aws:iam::123456789012:role/Operator"),
        ("arn:aws:iam::123456789012:root", None),
        ("arn:aws:sts::123456789012:federated-user/alice", None),
    ],
)
def test_whose_policies_are_simulated(aws: FakeAws, arn: str, requested: str | None):
    check(aws, {}, {"GetCallerIdentity": {"Account": "123456789012", "Arn": arn, "UserId": "A"}})
    assert {each["PolicySourceArn"] for each in aws.sent("SimulatePrincipalPolicy")} == ({requested} - {None})


# ------------------------------------------------------------------------------------------------ parts that run

EVERYTHING_WRONG = {
    "GetQueueUrl": Refusal("QueueDoesNotExist"),
    "DescribeDBInstances": Refusal("DBInstanceNotFound"),
    "DescribeAutoScalingInstances": {"AutoScalingInstances": []},
    "HeadObject": Refusal("404"),
    "HeadBucket": Refusal("404"),
}


@pytest.mark.parametrize(
    ("desired", "blamed"),
    [
        ({"sections": ["prepare"]}, set()),
        ({"sections": ["create_jobs"]}, {"ingest_queue", "ingest_database"}),
        ({"sections": ["capacity", "teardown"]}, {"ingest_launch_source"}),
        ({"sections": ["database"]}, {"ingest_database"}),
        ({"sections": ["run_jobs"]}, {"ingest_queue", "ingest_database", "ingest_launch_source"}),
        ({"sections": ["historical"]}, {"ingest_queue", "ingest_database", "ingest_launch_source"}),
        ({"skip": ["cities", "run_jobs", "create_jobs"]}, {"ingest_database"}),
        ({"playbook": "historical"}, {"ingest_queue", "ingest_database", "ingest_launch_source"}),
        ({"playbook": "command", "command": "migrate"}, {"ingest_database"}),
        ({"playbook": "historical", "sections": ["create_jobs"]}, set()),  # tags of the half's include decide
        ({"playbook": "teardown"}, set()),
        (
            {"sections": ["preflight"]},
            {"ingest_queue", "ingest_database", "ingest_launch_source", "ingest_cities_command"},
        ),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_only_what_runs_is_checked(aws: FakeAws, desired: dict[str, Any], blamed: set[str]):
    if not blamed:
        check(aws, desired, EVERYTHING_WRONG)
        return
    assert {each.split()[0].rstrip(":") for each in problems(aws, desired, EVERYTHING_WRONG)} == blamed


def test_the_second_half_alone_does_not_need_the_projections_years(aws: FakeAws):
    check(aws, {"playbook": "historical", "years": "20x0"}, {})


# ------------------------------------------------------------------------------------------------ runs under way


def test_another_controller_is_the_only_thing_said(aws: FakeAws):
    held = {"Parameters": [{"Name": "/climate.ingest/staging/lock/4", "Value": json.dumps(LOCK)}]}
    with pytest.raises(Refused, match=r"in use by bob@elsewhere.*ingest_take_over=4") as caught:
        check(aws, {"worker_count": "many"}, {"GetParametersByPath": held})
    assert "worker_count" not in caught.value.message
    assert aws.count("DescribeClusters") == 0


def test_a_lock_that_is_taken_over_does_not_count(aws: FakeAws):
    held = {"Parameters": [{"Name": "/climate.ingest/staging/lock/4", "Value": json.dumps(LOCK)}]}
    check(aws, {"take_over": "4"}, {"GetParametersByPath": held})


@pytest.mark.parametrize("state", ["started", "done"])
def test_jobs_of_the_open_run_may_be_in_the_queue(aws: FakeAws, state: str):
    check(aws, {}, {"GetQueueAttributes": queue(visible=7), "GetParameters": run_record(create_jobs=state)})


def test_jobs_of_an_earlier_run_may_not(aws: FakeAws):
    answers = {"GetQueueAttributes": queue(visible=7), "GetParameters": run_record("complete", create_jobs="done")}
    assert "7 visible" in problems(aws, {}, answers)[0]


def test_what_is_done_is_not_checked_again(aws: FakeAws):
    gone = {"HeadObject": Refusal("404"), "HeadBucket": Refusal("404")}
    check(aws, {}, {**gone, "GetParameters": run_record(cities="done")})
    assert problems(aws, {}, gone)


def test_a_fleet_is_not_needed_once_both_queues_are_drained(aws: FakeAws):
    done = run_record(drain="done", historical_drain="done", create_jobs="done", historical_create_jobs="done")
    answers = {"DescribeAutoScalingInstances": {"AutoScalingInstances": []}, "GetParameters": done}
    check(aws, {}, answers)
    assert aws.count("DescribeInstanceTypes") == 0


def test_a_database_that_a_run_has_changed_is_sound(aws: FakeAws):
    changed = database(
        DBInstanceClass="db.m4.xlarge",
        AllocatedStorage=240,
        DBInstanceStatus="storage-optimization",
        TagList=ours(original_class="db.t2.medium"),
    )
    check(aws, {}, {"DescribeDBInstances": changed, "DescribeEvents": {"Events": CHANGED}})
    assert aws.count("DescribeOrderableDBInstanceOptions") == 0


def test_a_change_that_a_run_has_begun_is_waited_for(aws: FakeAws):
    pending = {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240}
    changing = database(
        DBInstanceStatus="modifying", TagList=ours(original_class="db.t2.medium"), PendingModifiedValues=pending
    )
    answers = {"DescribeDBInstances": changing, "DescribeEvents": {"Events": CHANGED}}
    assert "dbstaging is modifying" in check(aws, {}, answers).warnings[0]


def test_what_is_complete_is_not_looked_at_again(aws: FakeAws):
    desired = {"requested": {"models": "all"}, "queue": "nope"}
    answers = {"GetParameters": run_record("complete"), "GetQueueUrl": Refusal("QueueDoesNotExist")}
    assert check(aws, desired, answers).values["complete"]
    assert aws.count("GetQueueUrl") == 0


@pytest.mark.parametrize(
    "desired", [{"requested": {"models": "x"}}, {"requested": {"models": "all"}, "new_run_after": "staging-3"}]
)
def test_something_new_is_looked_at(aws: FakeAws, desired: dict[str, Any]):
    assert not check(aws, desired, {"GetParameters": run_record("complete")}).values["complete"]
    assert aws.count("GetQueueUrl") == 1


def test_a_region_that_does_not_exist_is_the_cause_of_the_rest(aws: FakeAws):
    found = problems(aws, {"region": "us-esat-1"}, {**NO_CLUSTER, "GetQueueUrl": Refusal("QueueDoesNotExist")})
    assert len(found) == 1
    assert "ingest_region is 'us-esat-1'" in found[0] and "us-east-1" in found[0]


def test_a_log_group_that_is_there_is_found_by_its_name(aws: FakeAws):
    answer = {"DescribeLogGroups": {"logGroups": [{"logGroupName": "mine"}, {"logGroupName": "mine-too"}]}}
    check(aws, {"log_group": "mine"}, answer)
    assert aws.sent("DescribeLogGroups") == [{"logGroupNamePrefix": "mine"}]


def test_a_retry_needs_what_its_run_has_done_already(aws: FakeAws):
    done = run_record(create_jobs="done", drain="done")
    found = problems(aws, {"playbook": "retry_failed", "instance_disk_gb": 20}, {"GetParameters": done})
    assert "ingest_instance_disk_gb is 20" in found[0]


def test_jobs_of_a_retry_may_be_queued_already(aws: FakeAws):
    done = run_record(create_jobs="done", drain="done")
    check(aws, {"playbook": "retry_failed"}, {"GetParameters": done, "GetQueueAttributes": queue(visible=3)})
