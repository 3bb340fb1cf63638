"""The guide's own classes, which RDS offered in its time, and what becomes of them when they are retired."""

from __future__ import annotations

from tests.integration.conftest import Account

UP = ("--retired-classes",)
GUIDE = {"ingest_database_class": "db.m4.xlarge"}
ORIGINAL, AFTER = "climate.ingest:original-class", "climate.ingest:class-after"


def database(account: Account) -> tuple[str, dict[str, str]]:
    """Give the class of the database, and its tags of ours."""
    (found,) = account.client("rds").describe_db_instances(DBInstanceIdentifier="dbstaging")["DBInstances"]
    tags = {each["Key"]: each["Value"] for each in found["TagList"] if each["Key"].startswith("climate.ingest:")}
    return found["DBInstanceClass"], tags


def test_the_guides_values_in_its_time_and_after(account: Account) -> None:
    assert database(account) == ("db.t2.medium", {})
    run = account.playbook("populate", "--tags", "database", **GUIDE)
    assert run.returncode == 0, run.stdout + run.stderr
    assert database(account) == ("db.m4.xlarge", {ORIGINAL: "db.t2.medium"})

    account.control("settings", "PUT", {"retired_classes": False})
    run = account.playbook("teardown")
    assert run.returncode != 0
    text = " ".join(run.stdout.split())
    assert "dbstaging cannot go back to db.t2.medium" in text
    assert (
        "Set ingest_database_class_after to the class it gets instead: db.t4g.medium, the nearest to it (4 GiB)" in text
    )
    assert database(account) == ("db.m4.xlarge", {ORIGINAL: "db.t2.medium"})

    run = account.playbook("teardown", ingest_database_class_after="db.t3.medium")
    assert run.returncode == 0, run.stdout + run.stderr
    text = " ".join(run.stdout.split())
    assert "database dbstaging: db.m4.xlarge back to db.t3.medium, in place of db.t2.medium" in text
    assert database(account) == ("db.t3.medium", {})


def test_the_guides_class_today_is_answered_with_the_nearest(account: Account) -> None:
    account.control("settings", "PUT", {"retired_classes": False})
    run = account.playbook("populate", "--tags", "preflight", **GUIDE)
    text = " ".join(run.stdout.split())
    assert run.returncode != 0
    assert "db.m4.xlarge cannot be ordered for postgres 12.22. Take db.m6g.xlarge, the nearest to it (16 GiB)" in text
