"""The database as status and report show it."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.database import shown
from tests.fakes.aws import FakeAws
from tests.fakes.report.account import with_open_run
from tests.fakes.ssm import FakeSsm


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return with_open_run(aws)


@pytest.mark.parametrize(
    ("storage", "text"), [(240, "db: db.r5.large, 240 GB, available"), (None, "db: db.r5.large, available")]
)
def test_the_storage_of_aurora_is_not_shown(storage: int | None, text: str) -> None:
    database = {"name": "db", "class": "db.r5.large", "storage_gb": storage, "status": "available"}
    assert shown.text(database) == text


@pytest.mark.parametrize(
    ("original", "status", "text"),
    [
        ("", "pending-reboot", ", parameter group db-imports (pending-reboot)"),
        ("dbstaging", "in-sync", ", parameter group db-imports (in-sync, dbstaging before the run)"),
    ],
)
def test_a_parameter_group_of_note_is_shown(ssm: FakeSsm, original: str, status: str, text: str) -> None:
    (found,) = ssm.context().client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"]
    tags = {"original-class": "db.t2.medium", "original-parameter-group": original}
    found["TagList"] = [{"Key": f"climate.ingest:{name}", "Value": tags[name]} for name in tags if original]
    found["DBParameterGroups"] = [{"DBParameterGroupName": "db-imports", "ParameterApplyStatus": status}]
    ssm.aws.on("DescribeDBInstances", {"DBInstances": [found]})
    assert shown.text(shown.facts(ssm.context(), "dbstaging")) == f"dbstaging: db.m4.xlarge, 240 GB, available{text}"
