"""What terraform would have made."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import psycopg

from sandbox.server import Sandbox

Client = Callable[..., Any]


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
    [management] = definition["containerDefinitions"]
    assert (management["name"], management["entryPoint"], management["memory"]) == ("management", ["./manage.py"], 2048)
    assert management["logConfiguration"]["logDriver"] == "syslog", "as the Climate API's own"
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
    assert (database["DBInstanceClass"], database["AllocatedStorage"]) == ("db.t3.medium", 20)
    assert {tag["Key"] for tag in database["TagList"]} >= {"Project", "Environment"}
    assert "azavea-climate-sandbox" in {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}
    assert client("logs").describe_log_groups()["logGroups"] == []
