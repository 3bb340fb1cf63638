"""A run seen from anywhere: while it goes, when it is over, in the report that is kept, and in what it cost."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.cost import cost, fleet_usage, prices
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from tests.integration.conftest import Account, Controller

# one worker takes long enough to be looked at
VARIABLES = {
    "ingest_years": ",".join(str(year) for year in range(2006, 2046)),
    "ingest_historical_years": ",".join(str(year) for year in range(1951, 1981)),
    "ingest_worker_count": 1,
}


@pytest.fixture(scope="module")
def before_any(account: Account) -> str:
    run = account.playbook("status")
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def meanwhile(account: Account, before_any: str) -> str:
    """What status shows beside the controller of a run, which is not disturbed."""
    controller = Controller(account, **VARIABLES)
    controller.await_text("jobs queued")
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName="cc-api-staging")["QueueUrl"]
    # the drain lasts until this job is given back, however slow the look is
    (job,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=3600)["Messages"]
    controller.await_text("jobs done")
    look = account.playbook("status", ingest_report_folder="")
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=job["ReceiptHandle"], VisibilityTimeout=0)
    assert controller.end() == 0, controller.said
    assert "at most, from 70 jobs of 1 minute each (ingest_job_minutes), 1 worker at once" in controller.said
    assert look.returncode == 0, look.stdout + look.stderr
    assert f"(process {controller.process.pid}), since" in look.stdout
    return look.stdout


@pytest.fixture(scope="module")
def afterwards(account: Account, meanwhile: str) -> tuple[str, list[dict[str, Any]]]:
    since = len(account.calls())
    look = account.playbook("status")
    assert look.returncode == 0, look.stdout + look.stderr
    return look.stdout, account.calls(since)


@pytest.fixture(scope="module")
def facts(account: Account, afterwards: Any) -> dict[str, Any]:
    return dict(json.loads((account.reports / "staging-1.json").read_text()))


def kept(account: Account, name: str) -> dict[str, Any]:
    """A document of the environment in the account."""
    found = account.client("ssm").get_parameter(Name=f"/climate.ingest/staging/{name}")["Parameter"]["Value"]
    return dict(json.loads(found))


def step(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return next(dict(each) for each in facts["steps"] if each["name"] == name)


def test_before_the_first_run(before_any: str) -> None:
    assert "staging: no run yet" in before_any


def test_beside_the_controller_of_a_run(meanwhile: str) -> None:
    for row in ("Run staging-1 is open for", "create_jobs             done", "workers    1/1 running", "so far"):
        assert row in meanwhile
    assert "next       " in meanwhile and "historical_create_jobs" in meanwhile


def test_when_it_is_over(afterwards: tuple[str, Any]) -> None:
    shown, _calls = afterwards
    assert "Run staging-1 is complete, took" in shown
    assert "generate_historic       done" in shown
    assert "report: " in shown and "controller" not in shown
    assert max(len(line) for line in shown.splitlines() if line.startswith("  ")) <= 80


def test_it_reads_only(afterwards: tuple[str, list[dict[str, Any]]]) -> None:
    assert [call["operation"] for call in afterwards[1] if call["changes"]] == []


def test_the_report_has_every_step_with_its_times(facts: dict[str, Any]) -> None:
    states = {each["name"]: each["state"] for each in facts["steps"]}
    assert set(states.values()) == {"done"}
    for each in facts["steps"]:
        for attempt in each["attempts"]:
            assert facts["run"]["opened_at"] <= attempt["began"] <= attempt["ended"] <= facts["run"]["closed_at"]
    assert step(facts, "create_jobs")["attempts"][0]["ended"] <= step(facts, "verify")["attempts"][0]["began"]


def test_the_report_has_every_command_with_its_log(account: Account, facts: dict[str, Any]) -> None:
    commands = {each["name"]: each for each in facts["steps"] if each["command"]}
    tasks = [each["attempts"][-1]["task"] for each in commands.values()]
    assert len(set(tasks)) == len(tasks) == [call["operation"] for call in account.calls()].count("RunTask")
    assert {each["attempts"][-1]["exit_code"] for each in commands.values()} == {0}
    assert all(each["log"]["stream"] for each in commands.values())
    assert "Applying" in str(commands["migrate"]["log"]["lines"])
    assert "cities: 200" in commands["summary"]["log"]["lines"]


def test_the_report_has_how_the_queue_was_emptied(facts: dict[str, Any]) -> None:
    assert [(each["step"], each["total"]) for each in facts["drains"]] == [("drain", 40), ("historical_drain", 30)]
    for drain in facts["drains"]:
        assert drain["left"][-1] == 0 and max(drain["running"]) == 1
        assert sorted(drain["left"], reverse=True) == drain["left"]
        assert drain["times"] == sorted(drain["times"], key=datetime.fromisoformat)


def test_the_report_has_what_it_cost(facts: dict[str, Any]) -> None:
    spent = facts["cost"]
    assert [each["instance_type"] for each in spent["fleet"]] == ["m4.2xlarge"]
    assert [(each["class"], each["instead_of"]) for each in spent["database"]] == [("db.m5.xlarge", "db.t3.medium")]
    parts = [each["usd"] for each in spent["fleet"] + spent["database"]]
    assert spent["unknown"] == [] and spent["total"] == pytest.approx(sum(parts), abs=1e-3) and min(parts) > 0
    assert spent["estimate"]["usd_low"] > 0


def test_the_run_says_what_it_will_cost(account: Account, meanwhile: str) -> None:
    estimate = kept(account, "estimate")
    assert estimate["run"] == "staging-1" and estimate["unknown"] == []
    # seventy jobs of at most a minute, one after the other
    hours = 70 / 60
    assert estimate["hours"] == pytest.approx(hours, abs=1e-4)
    low, high = estimate["fleet_usd_per_hour"]
    assert estimate["usd_low"] == pytest.approx((low + estimate["database_usd_per_hour"]) * hours, abs=1e-3)
    assert estimate["usd_low"] <= estimate["usd_high"] == pytest.approx((high + 0.356 - 0.072) * hours, abs=1e-3)


def test_what_it_cost_is_known_when_the_fleet_is_gone(account: Account, afterwards: Any) -> None:
    context = Context(cache(account.client))
    run = record.read(context, "staging").run
    assert run
    usage = fleet_usage.observe(context, "staging", run)
    assert kept(account, "fleet")["kinds"] == usage.kinds
    assert {kind.split()[0] for kind in usage.kinds} == {"m4.2xlarge"}
    seconds = sum(sum(each) for each in usage.kinds.values())
    assert 0 < seconds < 2 * (usage.until - usage.start).total_seconds()
    changes = cost.Database([(run.opened_at, "db.t3.medium"), (run.opened_at, "db.m5.xlarge")])
    found = cost.of_run(context, usage, changes).facts()
    [fleet], [database] = found["fleet"], found["database"]
    # the sandbox asks between 25 and 45 % of the price on demand
    limit = (prices.instance_price("us-east-1", "m4.2xlarge") or 0) * seconds / 3600
    assert 0.2 * limit < fleet["usd"] < 0.5 * limit
    assert found["total"] == pytest.approx(fleet["usd"] + database["usd"]) and found["unknown"] == []
    # nothing runs any more: nobody writes
    before = account.calls()[-1]["number"]
    assert fleet_usage.observe(context, "staging", run).kinds == usage.kinds
    assert [call["operation"] for call in account.calls(before) if call["changes"]] == []


def test_what_was_made_is_what_was_removed(facts: dict[str, Any]) -> None:
    made = [each["what"] for each in facts["changes"] if each["verb"] == "created"]
    gone = [each["what"] for each in facts["changes"] if each["verb"] == "removed"]
    assert len(made) >= 4
    names = [what.partition(" (")[0] for what in made]  # what else is said of a thing differs
    left = [name for name in names if not any(each.startswith(name) for each in gone)]
    assert left == ["log group /climate.ingest/staging"] and "launch template ingest-staging-spot" in names
    assert gone.count("service ingest-staging-run-jobs") == 2


def test_no_secret_is_in_output_report_or_record(account: Account, meanwhile: str, afterwards: tuple[str, Any]) -> None:
    definition = account.client("ecs").describe_task_definition(taskDefinition="StagingManagement")["taskDefinition"]
    variables = [entry for each in definition["containerDefinitions"] for entry in each.get("environment", [])]
    password = next(entry["value"] for entry in variables if entry["name"] == "RDS_PASSWORD")
    pages = (
        account.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/climate.ingest", Recursive=True)
    )
    parameters = [each["Value"] for page in pages for each in page["Parameters"]]
    written = [path.read_text() for path in account.reports.iterdir()]
    assert len(parameters) > 15 and len(written) == 2
    for secret in (password, "sandbox-secret-key"):
        assert [text for text in (meanwhile, afterwards[0], *parameters, *written) if secret in text] == []
