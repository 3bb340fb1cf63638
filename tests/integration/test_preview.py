"""A preview of an untouched account ends well, changes nothing, and says what is in the way."""

from __future__ import annotations

import pytest

from tests.integration.conftest import AS_JSON, Account, tasks

# in order: the account is untouched by the first
YEARS = {"ingest_years": "2006,2099", "ingest_historical_years": ",".join(str(year) for year in range(1951, 1981))}


@pytest.fixture(scope="module")
def shown(account: Account) -> str:
    run = account.playbook("populate", "--check", "--diff", **YEARS)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def plan(shown: str) -> list[str]:
    lines = shown.splitlines()
    start = lines.index("The plan; nothing was changed:")
    return lines[start + 1 : next(n for n, line in enumerate(lines) if n > start and not line.startswith("  "))]


def test_a_preview_calls_nothing_that_changes(account: Account, shown: str) -> None:
    assert [call["operation"] for call in account.calls() if call["changes"]] == []


def test_the_plan_is_at_the_end_and_fits_a_terminal(shown: str) -> None:
    rows = plan(shown)
    assert [row for row in rows if len(row) > 80] == []
    text = "\n".join(rows)
    for row in (
        "created    task definition StagingManagement:2 (predicted)",
        "run        command migrate",
        "created    launch template ingest-staging-spot",
        "created    Auto Scaling group ingest-staging-spot (2 x m4.2xlarge)",
        "changed    database dbstaging",
        "removed    service ingest-staging-run-jobs",
        "changed    database dbstaging: db.m5.xlarge back to db.t3.medium",
        "removed    task definition StagingManagement:2",
        "workers    4 workers requested (8192 MiB each); 2 x m4.2xlarge would hold 6",
        "spot price m4.2xlarge: us-east-1",
        "USD an hour for 2 x m4.2xlarge",
        "queue      cc-api-staging: 0 visible, 0 in flight, 0 delayed. Jobs vanish",
        "database   dbstaging: db.t3.medium with 20 GB gp2, available, nothing pending.",
    ):
        assert row in text
    assert "IN THE WAY" not in text


def test_what_is_done_is_not_in_the_plan(account: Account, shown: str) -> None:
    run = account.playbook("populate", "--tags", "prepare,migrate", **YEARS)
    assert run.returncode == 0, run.stdout + run.stderr
    preview = account.playbook("populate", "--check", environment=AS_JSON, **YEARS)
    assert preview.returncode == 0, preview.stdout + preview.stderr
    changes = {name.rpartition(" : ")[2]: changed for name, changed, _ in tasks(preview.stdout)}
    assert not changes["Prepare a new task revision"] and not changes["Run migrations"]
    assert changes["Load scenarios"]


def test_what_is_in_the_way_is_named(account: Account) -> None:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="cc-api-staging")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a job of somebody else")
    run = account.playbook("populate", "--check", "--tags", "prepare", ingest_database="nowhere", **YEARS)
    sqs.purge_queue(QueueUrl=url)
    assert run.returncode == 0, run.stdout + run.stderr
    text = " ".join(" ".join(plan(run.stdout)).split())
    assert "IN THE WAY of create_jobs: 1 job is queued already." in text
    assert "database nowhere: There is no RDS instance nowhere" in text
