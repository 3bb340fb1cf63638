"""The snapshot before a run: taken once, kept, said."""

from __future__ import annotations

from typing import Any

from tests.integration.conftest import Account

NAME = "ingest-staging-1-before"
DELETE = f"Delete it: aws rds delete-db-snapshot --db-snapshot-identifier {NAME}"
PARTS = ("--tags", "prepare,snapshot,migrate")


def snapshots(account: Account) -> list[dict[str, Any]]:
    found = account.client("rds").describe_db_snapshots(DBInstanceIdentifier="dbstaging")["DBSnapshots"]
    return [dict(each) for each in found]


def said(account: Account, playbook: str, *arguments: str, code: int = 0, **variables: Any) -> str:
    run = account.playbook(playbook, *arguments, **variables)
    assert run.returncode == code, run.stdout + run.stderr
    return " ".join(run.stdout.split())


def test_a_run_takes_one_before_it_writes_and_keeps_it(account: Account) -> None:
    with account.limited():
        preview = said(account, "populate", *PARTS, "--check", ingest_snapshot=True)
        assert f"created snapshot {NAME}" in preview and snapshots(account) == []

        account.control("settings", "PUT", {"snapshots_fail": True})
        failed = said(account, "populate", *PARTS, code=2, ingest_snapshot=True)
        assert f"Snapshot {NAME} of dbstaging is failed" in failed and "RunTask" not in operations(account)
        account.control("settings", "PUT", {"snapshots_fail": False})
    account.client("rds").delete_db_snapshot(DBSnapshotIdentifier=NAME)

    with account.limited():
        done = said(account, "populate", *PARTS, ingest_snapshot=True)
        order = operations(account)
        assert order.index("CreateDBSnapshot") < order.index("RunTask")
        assert DELETE in done
        again = said(account, "populate", *PARTS, ingest_snapshot=True)
        assert "skipped: snapshot is done" in again and DELETE in again
        assert DELETE in said(account, "status")
        said(account, "teardown")
    (kept,) = snapshots(account)
    assert (kept["DBSnapshotIdentifier"], kept["Status"]) == (NAME, "available")
    assert {each["Key"]: each["Value"] for each in kept["TagList"]} == {
        "climate.ingest:environment": "staging",
        "climate.ingest:run": "staging-1",
    }
    (report,) = account.reports.glob("*.html")
    assert f"delete-db-snapshot --db-snapshot-identifier {NAME}" in report.read_text()


def operations(account: Account) -> list[str]:
    return [each["operation"] for each in account.calls() if not each.get("error")]
