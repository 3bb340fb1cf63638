"""A preview tells the truth: on an untouched account it ends well, changes nothing, and is what the run then does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.conftest import Account

# in order: the account is untouched until the run
YEARS = {"ingest_years": "2006,2099", "ingest_historical_years": ",".join(str(year) for year in range(1951, 1981))}
Task = tuple[str, bool, Any]


def tasks(account: Account, *arguments: str) -> list[Task]:
    """Run the playbook; give name, changed and diff of each task that ran."""
    run = account.playbook(
        "populate", "--diff", *arguments, environment={"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"}, **YEARS
    )
    assert run.returncode == 0, run.stdout + run.stderr
    played = [task for play in json.loads(run.stdout)["plays"] for task in play["tasks"]]
    return [
        (task["task"]["name"], answer["changed"], answer.get("diff"))
        for task in played
        for answer in task["hosts"].values()
        if not answer.get("skipped")
    ]


def differing(one: list[Task], other: list[Task]) -> list[tuple[Task | None, Task | None]]:
    """Pair the tasks that are not the same in both; nothing is unknowable on an untouched account."""
    longest = max(len(one), len(other))
    pairs = zip(one + [None] * (longest - len(one)), other + [None] * (longest - len(other)), strict=True)
    return [pair for pair in pairs if pair[0] != pair[1]]


@pytest.fixture(scope="module")
def shown(account: Account) -> str:
    run = account.playbook("populate", "--check", "--diff", **YEARS)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def previewed(account: Account, shown: str) -> list[Task]:
    return tasks(account, "--check")


@pytest.fixture(scope="module")
def done(account: Account, previewed: list[Task]) -> list[Task]:
    return tasks(account)


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
        "created    Auto Scaling group ingest-staging-spot",
        "changed    database dbstaging",
        "removed    service ingest-staging-run-jobs",
        "changed    database dbstaging: db.m4.xlarge back to db.t2.medium",
        "removed    task definition StagingManagement:2",
        "workers    4 workers asked of 8192 MiB each; 2 x m4.2xlarge would hold 6",
        "spot price m4.2xlarge: us-east-1",
        "USD an hour for 2 x m4.2xlarge",
        "queue      cc-api-staging: 0 visible, 0 in flight, 0 delayed. Jobs vanish",
        "database   dbstaging: db.t2.medium with 20 GB gp2, available, nothing pending.",
    ):
        assert row in text
    assert "IN THE WAY" not in text


def test_the_run_does_what_the_preview_says(previewed: list[Task], done: list[Task]) -> None:
    *without_plan, last = previewed
    assert last[0].endswith("Show the plan")
    reports = [task for task in done if task[0].endswith("write its report")]  # after a run only
    assert len(reports) == 1
    assert differing(without_plan, [task for task in done if task not in reports]) == []
    assert sum(changed for _, changed, _ in done) > 10


def test_what_is_done_is_not_in_the_plan(account: Account, done: list[Task]) -> None:
    run = account.playbook("populate", "--tags", "prepare,migrate", ingest_new_run_after="staging-1", **YEARS)
    assert run.returncode == 0, run.stdout + run.stderr
    previewed = tasks(account, "--check")
    changes = {name.rpartition(" : ")[2]: changed for name, changed, _ in previewed}
    assert not changes["Prepare a new task revision"] and not changes["Manage: run migrations"]
    assert changes["Manage: load scenarios"]


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
