"""An account with an open run, as facts, status and report read it."""

from __future__ import annotations

from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import FakeSsm

PARAMS = {
    "environment": "staging",
    "cluster": "ecsStagingCluster",
    "family": "StagingManagement",
    "container": "management",
    "queue": "cc-api-staging",
    "database": "dbstaging",
}
OPENED = "2026-03-01T10:00:00+00:00"
RUN = record.Run("staging-1", 1, "k3y", OPEN, OPENED, "alice@laptop", {"ingest_years": "all"}, ["verify"])


def with_open_run(aws: FakeAws) -> FakeSsm:
    """Give an account with an open run that alice works on."""
    ssm = FakeSsm(aws)
    counts = {"ApproximateNumberOfMessages": "7", "ApproximateNumberOfMessagesNotVisible": "2"}
    aws.on("GetQueueUrl", {"QueueUrl": "https://queue"})
    aws.on(
        "GetQueueAttributes",
        {"Attributes": {**counts, "ApproximateNumberOfMessagesDelayed": "0", "VisibilityTimeout": "14400"}},
    )
    workers = {"status": "ACTIVE", "runningCount": 60, "pendingCount": 140, "desiredCount": 200}
    aws.on("DescribeServices", {"services": [workers]})
    database = {"DBInstanceClass": "db.m4.xlarge", "AllocatedStorage": 240, "DBInstanceStatus": "available"}
    aws.on("DescribeDBInstances", {"DBInstances": [database]})
    aws.on("DescribeInstances", {"Reservations": []})
    aws.on("DescribeAutoScalingGroups", {"AutoScalingGroups": []})
    container = {"name": "management", "image": "climate-api:5f2c1de"}
    aws.on("DescribeTaskDefinition", {"taskDefinition": {"containerDefinitions": [container]}})
    lock.acquire(ssm.context(), "staging")
    record.write_run(ssm.context(), "staging", RUN)
    return ssm
