"""The account as a whole: what is seeded, its control address, one after another in a process."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from moto.rds.models import RDSBackend, rds_backends
from moto.sqs.models import SQSBackend, sqs_backends

from sandbox import processes
from sandbox.server import Sandbox
from sandbox.timing import Timing

Client = Callable[..., Any]


def control(sandbox: Sandbox, path: str, method: str = "GET", body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{sandbox.endpoint_url}/_sandbox/{path}", data=data, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_the_network_and_the_clusters_own_instances(client: Client) -> None:
    ec2, autoscaling = client("ec2"), client("autoscaling")
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert (group["AutoScalingGroupName"], group["DesiredCapacity"]) == ("asgStagingContainerInstance", 2)
    assert {tag["Key"]: tag["Value"] for tag in group["Tags"]}["Environment"] == "Staging"
    assert all(tag["PropagateAtLaunch"] for tag in group["Tags"])
    subnets = ec2.describe_subnets(SubnetIds=group["VPCZoneIdentifier"].split(","))["Subnets"]
    assert sorted(subnet["AvailabilityZone"] for subnet in subnets) == ["us-east-1a", "us-east-1b"]
    (source,) = autoscaling.describe_launch_configurations()["LaunchConfigurations"]
    assert source["LaunchConfigurationName"] == group["LaunchConfigurationName"]
    assert (source["InstanceType"], source["IamInstanceProfile"]) == ("t2.large", "StagingContainerInstanceProfile")
    assert "ECS_CLUSTER=ecsStagingCluster" in base64.b64decode(source["UserData"]).decode()
    assert source["BlockDeviceMappings"][0]["DeviceName"] == "/dev/xvda"
    assert source["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 30
    (image,) = ec2.describe_images(ImageIds=[source["ImageId"]])["Images"]
    assert image["RootDeviceName"] in {it["DeviceName"] for it in image["BlockDeviceMappings"]}
    types = [it["InstanceType"] for it in group["Instances"]]
    assert types == ["t2.large", "t2.large"]


def test_the_task_definition(client: Client, account: Sandbox) -> None:
    found = client("ecs").describe_task_definition(taskDefinition="StagingManagement", include=["TAGS"])
    definition = found["taskDefinition"]
    assert (definition["revision"], definition["status"]) == (1, "ACTIVE")
    assert {tag["key"] for tag in found["tags"]} == {"Project", "Environment"}
    management, statsd = definition["containerDefinitions"]
    assert (management["name"], management["entryPoint"], management["memory"]) == ("management", ["./manage.py"], 2048)
    assert statsd["name"] == "statsd" and statsd["essential"]
    assert management["logConfiguration"]["options"]["awslogs-group"] == "logStagingManagement"
    assert definition["volumes"] and management["mountPoints"][0]["sourceVolume"] == definition["volumes"][0]["name"]
    environment = {it["name"]: it["value"] for it in management["environment"]}
    assert len(environment) >= 12
    with psycopg.connect(
        host=environment["RDS_HOST"],
        port=environment["RDS_PORT"],
        dbname=environment["RDS_DB_NAME"],
        user=environment["RDS_USER"],
        password=environment["RDS_PASSWORD"],
    ) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_queue_database_buckets_and_logs(client: Client) -> None:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName="cc-api-staging")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (attributes["VisibilityTimeout"], attributes["MessageRetentionPeriod"]) == ("14400", "1209600")
    (database,) = client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"]
    assert (database["DBInstanceClass"], database["AllocatedStorage"]) == ("db.t2.medium", 20)
    assert {tag["Key"] for tag in database["TagList"]} >= {"Project", "Environment"}
    assert "azavea-climate-sandbox" in {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}
    groups = client("logs").describe_log_groups(logGroupNamePrefix="logStagingManagement")["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["logStagingManagement"]


def test_the_record_is_read_and_begins_empty(account: Sandbox, client: Client) -> None:
    last = control(account, "calls")["last"]
    client("sts").get_caller_identity()
    client("ssm").put_parameter(Name="p", Value="v", Type="String")
    answer = control(account, f"calls?since={last}")
    made = answer["calls"]
    assert [(it["service"], it["operation"], it["changes"]) for it in made] == [
        ("sts", "GetCallerIdentity", False),
        ("ssm", "PutParameter", True),
    ]
    assert made[1]["parameters"]["Name"] == "p" and "Boto3" in made[1]["user_agent"]
    assert answer["last"] == last + 2
    assert [it["operation"] for it in control(account, f"calls?since={last}&changes=1")["calls"]] == ["PutParameter"]


def test_every_message_there_ever_was(account: Sandbox, client: Client) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="messages")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")
    entries = [{"Id": str(number), "MessageBody": text} for number, text in enumerate(("two", "one"))]
    sqs.send_message_batch(QueueUrl=url, Entries=entries)
    sqs.purge_queue(QueueUrl=url)
    assert control(account, "messages") == {
        "messages": [{"queue": "messages", "body": body} for body in ("one", "two", "one")]
    }


def test_stopped_tasks_are_forgotten(account: Sandbox) -> None:
    assert control(account, "forget", "POST") == {"forgotten": 0}


def test_settings_are_changed_while_it_runs(account: Sandbox) -> None:
    assert control(account, "settings") == {
        "launch_configurations": True,
        "spot_capacity": None,
        "denied": [],
        "credentials": None,
        "crash": None,
        "crashed": None,
    }
    try:
        assert control(account, "settings", "PUT", {"spot_capacity": 3})["spot_capacity"] == 3
        assert account.runtime.settings["spot_capacity"] == 3
    finally:
        control(account, "settings", "PUT", {"spot_capacity": None})


@pytest.mark.parametrize(
    ("path", "method", "body", "status", "message"),
    [
        ("nonesuch", "GET", None, 404, "there are /_sandbox/status"),
        ("settings", "POST", {}, 405, "not allowed"),
        ("settings", "PUT", {"lunch": 1}, 400, "no setting lunch"),
        ("settings", "PUT", [], 400, "JSON object"),
        ("settings", "PUT", {"denied": "ecs:RunTask"}, 400, "a list of service:Operation"),
        ("settings", "PUT", {"denied": ["RunTask"], "spot_capacity": 1}, 400, "a list of service:Operation"),
        ("settings", "PUT", {"credentials": "stolen"}, 400, "null, expired or unknown"),
        ("settings", "PUT", {"crashed": None}, 400, "no setting crashed"),
        ("settings", "PUT", {"crash": 7}, 400, "call, when and process"),
        ("settings", "PUT", {"crash": {"call": 0, "when": "after", "process": 2}}, 400, "a number from 1"),
        ("settings", "PUT", {"crash": {"call": 1, "when": "during", "process": 2}}, 400, "before or after"),
        ("settings", "PUT", {"crash": {"call": 1, "when": "after", "process": 1}}, 400, "a pid from 2"),
        ("calls?since=yesterday", "GET", None, 400, "a call's number"),
        ("interrupt", "POST", {"instance": "i-0123"}, 404, "no instance 'i-0123'"),
    ],
)
def test_what_the_control_address_refuses(
    account: Sandbox, path: str, method: str, body: Any, status: int, message: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        control(account, path, method, body)
    assert refused.value.code == status
    assert message in json.load(refused.value)["error"]


def test_the_status_is_given_even_when_the_database_is_gone(account: Sandbox, client: Client) -> None:
    client("rds").delete_db_instance(DBInstanceIdentifier="dbstaging", SkipFinalSnapshot=True)
    status = control(account, "status")
    assert status["endpoint"] == account.endpoint_url and "database" not in status
    # and a reset brings it back, at the same address
    client("ecs").create_cluster(clusterName="other")
    again = control(account, "reset", "POST")
    assert again["endpoint"] == account.endpoint_url and again["calls"] == 0
    assert again["database"]["status"] == "available"
    assert [arn.rpartition("/")[2] for arn in client("ecs").list_clusters()["clusterArns"]] == ["ecsStagingCluster"]


def test_only_one_at_a_time_in_a_process(account: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="has a sandbox already"):
        Sandbox(tmp_path).start()
    assert control(account, "status")["endpoint"] == account.endpoint_url


class TestOneAfterAnother:
    """Sandboxes that are started here; the module's own must have ended."""

    @pytest.fixture(autouse=True)
    def alone(self, account: Sandbox) -> Any:
        account.stop()
        yield
        account.start()

    def test_an_account_without_launch_configurations_has_a_template(self, tmp_path: Path) -> None:
        with Sandbox(tmp_path, settings={"launch_configurations": False}, data=False) as sandbox:
            (group,) = sandbox.clients("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
            template = group["LaunchTemplate"]
            (version,) = sandbox.clients("ec2").describe_launch_template_versions(
                LaunchTemplateId=template["LaunchTemplateId"]
            )["LaunchTemplateVersions"]
            data = version["LaunchTemplateData"]
            assert data["InstanceType"] == "t2.large"
            assert "ECS_CLUSTER=ecsStagingCluster" in base64.b64decode(data["UserData"]).decode()
            assert sandbox.status()["cluster"]["instances"] == 2

    def test_it_ends_with_everything_and_moto_is_as_it_was(self, tmp_path: Path) -> None:
        before = set(psutil.Process().children(recursive=True))
        with Sandbox(tmp_path, timing=Timing("quick", {"instance_boot": 0.1}), data=False) as sandbox:
            assert (tmp_path / "endpoint").read_text() == sandbox.endpoint_url + "\n"
            scratch, children = sandbox.runtime.scratch_dir, set(psutil.Process().children(recursive=True)) - before
            assert children and scratch.is_dir()
        assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
        assert not scratch.exists() and not (tmp_path / "endpoint").exists()
        assert list(processes.find(sandbox.endpoint_url, scratch)) == []
        assert (rds_backends.backend, sqs_backends.backend) == (RDSBackend, SQSBackend)

    def test_a_start_that_fails_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sandbox.server.seed", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Sandbox(tmp_path, data=False).start()
        assert list(tmp_path.iterdir()) == []
