"""What an operator meets who has several things wrong: all of them at once, and an account that is as it was."""

from __future__ import annotations

import re

from tests.integration.conftest import Account

WRONG = {
    "ingest_worker_count": "many",
    "ingest_instance_types": ["m9.huge"],
    "ingest_queue": "nope",
    "ingest_database_class": "db.m9.large",
    "ingest_database_storage_gb": 21,
    "ingest_years": "20x0",
    "ingest_migrate_command": "migrate,,now",
    "ingest_cities_command": "import_cities,nowhere,cities.geojson",
    "ingest_on_failure": "explode",
    "ingest_purge_queue": "perhaps",
}


def named(output: str) -> set[str]:
    """List the variables the problems of a failure are about."""
    return set(re.findall(r"^\s+- '?(ingest_\w+)[ :]", output, re.MULTILINE))


def test_all_that_is_wrong_is_named_in_one_message(account: Account) -> None:
    since = len(account.calls())
    run = account.playbook("populate", "--tags", "preflight", **WRONG)
    assert run.returncode == 2
    assert f"{len(WRONG)} problems stop this run" in run.stdout
    assert named(run.stdout) == WRONG.keys()
    assert all(run.stdout.count(f"{name} ") == 1 for name in WRONG), "each is printed once"
    assert [call for call in account.calls(since) if call["changes"]] == []


def test_a_misspelt_variable_ends_the_run_before_anything_is_called(account: Account) -> None:
    since = len(account.calls())
    run = account.playbook("populate", ingest_wroker_count=3)
    assert run.returncode == 2
    assert re.search(r"ingest_wroker_count .*did you mean\s+ingest_worker_count\?", run.stdout, re.DOTALL)
    assert account.calls(since) == []


def test_a_template_that_fails_is_reported_by_the_variable_that_was_set(account: Account) -> None:
    run = account.playbook("populate", ingest_models="{{ nowhere }}", ingest_worker_count=0)
    assert run.returncode == 2
    assert named(run.stdout) == {"ingest_models", "ingest_worker_count"}


def test_a_command_must_be_given(account: Account) -> None:
    run = account.playbook("command")
    assert run.returncode == 2
    assert named(run.stdout) == {"ingest_command"}
    assert "-e command=loaddata,scenarios" in run.stdout


def test_a_sound_account_passes_in_one_task(account: Account) -> None:
    since = len(account.calls())
    run = account.playbook("populate", "--tags", "preflight")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "ok=1 " in run.stdout, "nothing but the preflight ran"
    calls = account.calls(since)
    assert len(calls) <= 45
    assert [call["operation"] for call in calls if call["changes"]] == []


def test_only_what_is_going_to_run_is_checked(account: Account) -> None:
    """The first task is the preflight, which refuses the run, or does not."""
    assert account.playbook("populate", "--tags", "prepare,teardown", ingest_queue="nope").returncode == 0
    refused = account.playbook("populate", "--tags", "create_jobs,teardown", ingest_queue="nope")
    assert named(refused.stdout) == {"ingest_queue"}


def test_jobs_of_somebody_else_are_found_before_anything_is_changed(account: Account) -> None:
    sqs = account.client("sqs")
    queue = sqs.get_queue_url(QueueName="cc-api-staging")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")
    since = len(account.calls())
    try:
        run = account.playbook("populate")
    finally:
        sqs.purge_queue(QueueUrl=queue)
    assert run.returncode == 2
    assert "1 visible" in run.stdout and "ingest_purge_queue=true" in run.stdout
    assert {call["operation"] for call in account.calls(since) if call["changes"]} == {"PurgeQueue"}


def test_a_tag_that_no_task_has_ends_the_run_before_anything_is_called(account: Account) -> None:
    since = len(account.calls())
    for playbook, tag in (("populate", "migarte"), ("command", "check"), ("teardown", "fleet")):
        run = account.playbook(playbook, "--tags", tag, command="check")
        assert run.returncode == 2
        assert f"--tags has '{tag}'" in run.stdout
    assert account.calls(since) == []


def test_an_undefined_variable_in_what_names_the_account_is_named(account: Account) -> None:
    since = len(account.calls())
    run = account.playbook("populate", ingest_region="{{ nowhere }}")
    assert run.returncode == 2 and "ingest_region" in run.stdout + run.stderr
    run = account.playbook("populate", ingest_profile="{{ nowhere }}")
    assert named(run.stdout) == {"ingest_profile"} and "'nowhere' is undefined" in run.stdout.replace("''", "'")
    assert account.calls(since) == []
