"""What terraform would have made for Staging, made through the API (but for the climate data)."""

from __future__ import annotations

import base64
import json
import math
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moto.s3.models import s3_backends

from sandbox.data import objects
from sandbox.runtime import ACCOUNT_ID, REGION, Runtime
from sandbox.seed import standing, tiles

CLUSTER = "ecsStagingCluster"
FAMILY = "StagingManagement"
WEB_SERVICE = "StagingWeb"
DATABASE = "dbstaging"
DATABASE_FAMILY = "postgres12"
# what takes the place of terraform's db.t2.medium, which cannot be ordered any more
CLASS, RETIRED_CLASS = "db.t3.medium", "db.t2.medium"
QUEUE = "cc-api-staging"
BUCKETS = ("azavea-climate-sandbox", "staging-us-east-1-climate-logs")
GROUP = "asgStagingContainerInstance"
LAUNCH_CONFIGURATION = "lcStagingContainerInstance-20170222190501584100000001"
LAUNCH_TEMPLATE = "ltStagingContainerInstance"
KEY = "climate-staging"
INSTANCE_PROFILE = "StagingContainerInstanceProfile"

TAGS = {"Project": "Climate Change API", "Environment": "Staging"}
_DATABASE_USER = "climate"
_DAY = 86_400
_REGISTRY = f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com"
_ECS_IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id"
_USER_DATA = f"""#cloud-config
bootcmd:
  - mkdir -p /etc/ecs
  - echo 'ECS_CLUSTER={CLUSTER}' >> /etc/ecs/ecs.config
"""

Client = Callable[[str], Any]


def seed(runtime: Runtime, client: Client, data: bool) -> None:
    """Make everything, and wait until the cluster's own instances have registered.

    Args:
        runtime: the sandbox.
        client: gives a boto3 client for a service.
        data: whether the climate data is uploaded.

    Raises:
        TimeoutError: the cluster's instances do not register.
    """
    client("ecs").create_cluster(clusterName=CLUSTER, tags=_tags("key", "value"))
    subnets, security_group = _network(client("ec2"))
    _instance_profile(client("iam"))
    _container_instances(runtime, client, subnets, security_group)
    with ThreadPoolExecutor(1) as meanwhile:
        password = secrets.token_urlsafe(24)
        instance_class = RETIRED_CLASS if runtime.settings.retired_classes else CLASS
        database = meanwhile.submit(_database, client("rds"), instance_class, subnets, security_group, password)
        _queue(client("sqs"))
        _storage(client("s3"), data)
        poll_seconds = "0.2" if runtime.timing.profile == "quick" else "10"
        job_seconds = runtime.settings.job_seconds
        pace = {"SQS_POLL_SECONDS": poll_seconds, **({"JOB_SECONDS": str(job_seconds)} if job_seconds else {})}
        _task_definition(client("ecs"), database.result(), password, pace)
    if runtime.settings.standing:
        image = client("ssm").get_parameter(Name=_ECS_IMAGE)["Parameter"]["Value"]
        launch = {
            "ImageId": image,
            "KeyName": KEY,
            "IamInstanceProfile": {"Name": INSTANCE_PROFILE},
            "SecurityGroupIds": [security_group],
            "UserData": base64.b64encode(_USER_DATA.encode()).decode(),
        }
        standing.group(client, launch, subnets, TAGS)
        standing.service(client("ecs"), CLUSTER, FAMILY, TAGS)
        standing.parameter_group(client("rds"), DATABASE_FAMILY, TAGS)
    if runtime.settings.tiles:
        reached = database.result()
        url = f"postgresql://{_DATABASE_USER}:{password}@{reached['Address']}:{reached['Port']}/climate"
        tiles.seed(client, url, _REGISTRY, math.ceil(float(poll_seconds)), TAGS)
    _wait_for_instances(runtime, client("ecs"))
    if runtime.settings.web_service:
        _web_service(client("ecs"), database.result(), password)


def _tags(key: str = "Key", value: str = "Value", **more: str) -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in (TAGS | more).items()]


def _named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": _tags(Name=name)}]


def _network(ec2: Any) -> tuple[list[str], str]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=_named("vpc", "vpcStaging"))["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.0.{number}.0/24",
            AvailabilityZone=f"{REGION}{zone}",
            TagSpecifications=_named("subnet", "PrivateSubnet"),
        )["Subnet"]["SubnetId"]
        for number, zone in ((1, "a"), (3, "b"))
    ]
    security_group = ec2.create_security_group(
        GroupName="sgStagingContainerInstance",
        Description="container instances of the Staging cluster",
        VpcId=vpc,
        TagSpecifications=_named("security-group", "sgContainerInstance"),
    )["GroupId"]
    return subnets, security_group


def _instance_profile(iam: Any) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName="StagingContainerInstanceRole",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    iam.create_instance_profile(InstanceProfileName=INSTANCE_PROFILE)
    iam.add_role_to_instance_profile(InstanceProfileName=INSTANCE_PROFILE, RoleName="StagingContainerInstanceRole")


def _container_instances(runtime: Runtime, client: Client, subnets: list[str], security_group: str) -> None:
    client("ec2").create_key_pair(KeyName=KEY)
    image = client("ssm").get_parameter(Name=_ECS_IMAGE)["Parameter"]["Value"]
    disk = [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30, "VolumeType": "gp2", "DeleteOnTermination": True}}]
    group: dict[str, Any]
    if runtime.settings.launch_configurations:
        client("autoscaling").create_launch_configuration(
            LaunchConfigurationName=LAUNCH_CONFIGURATION,
            ImageId=image,
            InstanceType="t2.large",
            KeyName=KEY,
            IamInstanceProfile=INSTANCE_PROFILE,
            SecurityGroups=[security_group],
            UserData=_USER_DATA,  # botocore encodes it here, and not in a launch template
            BlockDeviceMappings=disk,
        )
        group = {"LaunchConfigurationName": LAUNCH_CONFIGURATION}
    else:
        client("ec2").create_launch_template(
            LaunchTemplateName=LAUNCH_TEMPLATE,
            LaunchTemplateData={
                "ImageId": image,
                "InstanceType": "t2.large",
                "KeyName": KEY,
                "IamInstanceProfile": {"Name": INSTANCE_PROFILE},
                "SecurityGroupIds": [security_group],
                "UserData": base64.b64encode(_USER_DATA.encode()).decode(),
                "BlockDeviceMappings": disk,
            },
            TagSpecifications=_named("launch-template", LAUNCH_TEMPLATE),
        )
        group = {"LaunchTemplate": {"LaunchTemplateName": LAUNCH_TEMPLATE, "Version": "$Latest"}}
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        MinSize=2,
        MaxSize=4,
        DesiredCapacity=2,
        VPCZoneIdentifier=",".join(subnets),
        Tags=[tag | {"PropagateAtLaunch": True} for tag in _tags(Name="ContainerInstance")],
        **group,
    )


def _queue(sqs: Any) -> None:
    attributes = {  # as the application sets them where they differ
        "VisibilityTimeout": "14400",
        "ReceiveMessageWaitTimeSeconds": "10",
        "MaximumMessageSize": "1024",
        "MessageRetentionPeriod": str(14 * _DAY),
    }
    sqs.create_queue(QueueName=QUEUE, Attributes=attributes, tags=TAGS)


def _storage(s3: Any, data: bool) -> None:
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=bucket)
    if not data:
        return
    # past the API: so many requests take longer than all the rest of a reset
    backend = s3_backends[ACCOUNT_ID]["aws"]
    for bucket, key, path in objects():
        backend.put_object(bucket, key, path.read_bytes())


def _database(rds: Any, instance_class: str, subnets: list[str], security_group: str, password: str) -> dict[str, Any]:
    rds.create_db_subnet_group(
        DBSubnetGroupName="rdssngstaging", DBSubnetGroupDescription="private subnets", SubnetIds=subnets, Tags=_tags()
    )
    database = rds.create_db_instance(
        DBInstanceIdentifier=DATABASE,
        DBInstanceClass=instance_class,
        Engine="postgres",
        EngineVersion=f"{DATABASE_FAMILY.removeprefix('postgres')}.22",
        AllocatedStorage=20,
        StorageType="gp2",
        DBName="climate",
        MasterUsername=_DATABASE_USER,
        MasterUserPassword=password,
        DBSubnetGroupName="rdssngstaging",
        VpcSecurityGroupIds=[security_group],
        LicenseModel="postgresql-license",
        Tags=_tags(Name="DatabaseServer"),
    )["DBInstance"]
    return dict(database["Endpoint"])


def _task_definition(ecs: Any, database: dict[str, Any], password: str, pace: dict[str, str]) -> None:
    environment = {
        "ENVIRONMENT": "Staging",
        "COMMIT": "8f9d2a1",
        "DJANGO_SETTINGS_MODULE": "climate_change_api.settings",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(24),
        "DJANGO_LOG_LEVEL": "INFO",
        "DJANGO_ALLOWED_HOSTS": "*",
        "RDS_HOST": database["Address"],
        "RDS_PORT": str(database["Port"]),
        "RDS_DB_NAME": "climate",
        "RDS_USER": _DATABASE_USER,
        "RDS_PASSWORD": password,
        "SQS_QUEUE_NAME": QUEUE,
        **pace,
        "DATA_BUCKET": BUCKETS[0],
    }
    ecs.register_task_definition(
        family=FAMILY,
        volumes=[{"name": "tmp", "host": {"sourcePath": "/tmp"}}],
        containerDefinitions=[
            {
                "name": "management",
                "image": f"{_REGISTRY}/cc-management:8f9d2a1",
                "cpu": 128,
                "memory": 2048,
                "essential": True,
                "entryPoint": ["./manage.py"],
                "environment": [{"name": name, "value": value} for name, value in environment.items()],
                "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],
                # as the Climate API's own: nobody can read it from the account
                "logConfiguration": {
                    "logDriver": "syslog",
                    "options": {"syslog-address": "tcp+tls://logs.example.com:12345", "tag": "management"},
                },
            },
        ],
        tags=_tags("key", "value"),
    )


def _web_service(ecs: Any, database: dict[str, Any], password: str) -> None:
    reached = {
        "RDS_HOST": database["Address"],
        "RDS_PORT": str(database["Port"]),
        "RDS_DB_NAME": "climate",
        "RDS_USER": _DATABASE_USER,
        "RDS_PASSWORD": password,
    }
    container = {
        "name": "web",
        "image": f"{_REGISTRY}/cc-web:8f9d2a1",
        "memory": 128,
        "entryPoint": ["./serve.py"],
        "environment": [{"name": name, "value": value} for name, value in reached.items()],
    }
    ecs.register_task_definition(family=WEB_SERVICE, containerDefinitions=[container], tags=_tags("key", "value"))
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=WEB_SERVICE,
        taskDefinition=WEB_SERVICE,
        desiredCount=1,
        tags=_tags("key", "value"),
    )


def _wait_for_instances(runtime: Runtime, ecs: Any) -> None:
    deadline = time.monotonic() + 30 + 2 * runtime.timing.delay("instance_boot")
    while ecs.describe_clusters(clusters=[CLUSTER])["clusters"][0]["registeredContainerInstancesCount"] < 2:
        if time.monotonic() > deadline:
            raise TimeoutError(f"the instances of {GROUP} do not register with {CLUSTER}")
        runtime.stopping.wait(0.05)
