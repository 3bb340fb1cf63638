from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.run.plan import OPERATION
from tests.fakes.aws import FakeAws, Refusal

PARAMS = {"queue": "cc-api-staging", "database": "dbstaging"}


class Looks:
    """A queue and a database."""

    def __init__(self, aws: FakeAws) -> None:
        counts = {
            "ApproximateNumberOfMessages": "0",
            "ApproximateNumberOfMessagesNotVisible": "0",
            "ApproximateNumberOfMessagesDelayed": "0",
        }
        self.queue = {**counts, "VisibilityTimeout": "14400", "MessageRetentionPeriod": "345600"}
        self.database: dict[str, Any] = {
            "DBInstanceIdentifier": "dbstaging",
            "DBInstanceStatus": "available",
            "DBInstanceClass": "db.t2.medium",
            "AllocatedStorage": 20,
            "StorageType": "gp2",
        }
        aws.on("GetQueueUrl", {"QueueUrl": "https://sqs/1/cc-api-staging"})
        aws.on("GetQueueAttributes", lambda params: {"Attributes": self.queue})
        aws.on("DescribeDBInstances", lambda params: {"DBInstances": [self.database]})


@pytest.fixture
def looks(aws: FakeAws) -> Looks:
    return Looks(aws)


def fleet(*prices: tuple[str, str, float]) -> dict[str, Any]:
    kept = [{"instance_type": kind, "availability_zone": zone, "price": price} for kind, zone, price in prices]
    return {"types": ["m4.2xlarge"], "count": 20, "prices": kept}


def show(aws: FakeAws, preview: Preview, **params: Any) -> list[str]:
    result = OPERATION.run(aws.context(True, preview), {**PARAMS, **params})
    assert aws.progress.lines == result.values["plan"]
    assert not result.changed and aws.changes() == []
    return aws.progress.lines


def text(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


def test_changes_fleet_and_cost_fit_a_terminal(aws: FakeAws, looks: Looks) -> None:
    preview = Preview()
    preview.note("created", "task definition StagingManagement:2 (predicted)")
    preview.note("removed", "task definitions " + ", ".join(f"StagingManagement:{n}" for n in range(9)))
    preview.predict("plan/workers/w", "200 workers requested (8192 MiB each); 20 x m4.2xlarge would hold 60: 60 run.")
    prices = ("m4.2xlarge", "us-east-1a", 0.1), ("m4.2xlarge", "us-east-1b", 0.125)
    preview.predict("plan/fleet/ingest-staging-spot", fleet(*prices))
    lines = show(aws, preview)
    assert [line for line in lines if len(line) > 80] == []
    assert "  created    task definition StagingManagement:2 (predicted)" in lines
    for part in (
        "removed task definitions StagingManagement:0, ",
        "workers 200 workers requested (8192 MiB each)",
        "spot price m4.2xlarge: us-east-1a 0.1000, us-east-1b 0.1250 USD an hour",
        "cost 2.00 to 2.50 USD an hour for 20 x m4.2xlarge in ingest-staging-spot",
        "queue cc-api-staging: 0 visible, 0 in flight, 0 delayed. Jobs vanish after 4 days (retention)",
        "returns after 4h 00m (visibility timeout)",
        "database dbstaging: db.t2.medium with 20 GB gp2, available, nothing pending.",
    ):
        assert part in text(lines)
    assert "IN THE WAY" not in text(lines)


def test_an_unknown_price_is_said(aws: FakeAws, looks: Looks) -> None:
    preview = Preview()
    preview.predict("plan/fleet/f", fleet())
    assert "cost unknown for 20 x m4.2xlarge in f" in text(show(aws, preview))


def test_what_is_in_the_way_is_said(aws: FakeAws, looks: Looks) -> None:
    looks.queue |= {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "1"}
    looks.database |= {"DBInstanceStatus": "rebooting", "PendingModifiedValues": {"EngineVersion": "16.1"}}
    shown = text(show(aws, Preview()))
    assert "IN THE WAY of create_jobs: 4 jobs are queued already." in shown
    assert "IN THE WAY: it is rebooting; EngineVersion=16.1 is pending and would be applied along." in shown


def test_the_plan_shows_what_is_there_not_what_is_predicted(aws: FakeAws, looks: Looks) -> None:
    preview = Preview()
    preview.predict("queue/cc-api-staging", 95)
    preview.predict("database/dbstaging", {"DBInstanceClass": "db.x", "AllocatedStorage": 240, "tags": {}})
    shown = text(show(aws, preview))
    assert "0 visible" in shown and "db.t2.medium with 20 GB" in shown


def test_nothing_known_and_nothing_asked_is_no_error(aws: FakeAws) -> None:
    assert show(aws, Preview(), queue=None, database=None)[1:] == ["  nothing    would be changed"]


def test_what_cannot_be_read_is_said_in_its_place(aws: FakeAws, looks: Looks) -> None:
    aws.on("GetQueueUrl", Refusal("AWS.SimpleQueueService.NonExistentQueue"))
    aws.on("DescribeDBInstances", Refusal("AccessDenied", "no rds for you"))
    shown = text(show(aws, Preview()))
    assert "queue cc-api-staging: There is no queue 'cc-api-staging'" in shown
    assert "database dbstaging: AWS refused DescribeDBInstances: AccessDenied: no rds for you" in shown


@pytest.mark.parametrize(
    ("hours", "says"),
    [
        (12, r"unattended without a controller f lives 12 hours, raised now until \d{4}-\d\d-\d\d \d\d:\d\d UTC: the"),
        (1, "lives 1 hour, raised now until"),
        (0, "unattended nothing ends f without a controller: it bills until somebody removes it"),
    ],
)
def test_how_long_the_fleet_lives_without_a_controller(aws: FakeAws, looks: Looks, hours: int, says: str) -> None:
    preview = Preview()
    preview.predict("plan/fleet/f", fleet() | {"unattended_hours": hours})
    assert re.search(says, text(show(aws, preview)))
