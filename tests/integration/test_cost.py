"""What a run costs: said before it begins, and reckoned afterwards from what EC2 tells of a fleet that is gone."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils import cost, fleet_usage, on_demand_prices, record
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context
from tests.integration.conftest import Account

VARIABLES = {"ingest_models": "HadCM3", "ingest_years": "2006,2099"}
Answer = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def done(account: Account) -> Answer:
    run = account.playbook("future", **VARIABLES)
    assert run.returncode == 0, run.stdout + run.stderr
    return run


@pytest.fixture
def context(account: Account) -> Context:
    return Context(cache(account.client))


def kept(account: Account, name: str) -> dict[str, Any]:
    found = account.client("ssm").get_parameter(Name=f"/climate.ingest/staging/{name}")["Parameter"]["Value"]
    document: dict[str, Any] = json.loads(found)
    return document


def test_the_run_says_what_it_will_cost(account: Account, done: Answer) -> None:
    estimate = kept(account, "estimate")
    assert estimate["run"] == "staging-1"
    # two jobs of at most a minute, and more workers than that
    assert estimate["hours"] == pytest.approx(1 / 60, abs=1e-4) and estimate["unknown"] == []
    low, high = estimate["fleet_usd_per_hour"]
    assert estimate["usd_low"] == pytest.approx((low + estimate["database_usd_per_hour"]) / 60, abs=1e-3)
    assert estimate["usd_low"] <= estimate["usd_high"] == pytest.approx((high + 0.365 - 0.073) / 60, abs=1e-3)
    assert "at most, from 2 jobs of 1 minute each (ingest_job_minutes), 4 workers at once" in done.stdout


def test_it_does_not_reckon_again_what_it_knows(account: Account, done: Answer) -> None:
    before = account.calls()[-1]["number"]
    again = account.playbook("future", **VARIABLES)
    assert again.returncode == 0, again.stdout + again.stderr
    written = [call["parameters"]["Name"] for call in account.calls(before) if call["operation"] == "PutParameter"]
    assert "/climate.ingest/staging/estimate" not in written


def test_what_it_cost_is_known_when_the_fleet_is_gone(account: Account, done: Answer, context: Context) -> None:
    run = record.read(context, "staging").run
    assert run
    usage = fleet_usage.observe(context, "staging", run)
    assert kept(account, "fleet")["kinds"] == usage.kinds
    assert {kind.split()[0] for kind in usage.kinds} == {"m4.2xlarge"}
    seconds = sum(sum(each) for each in usage.kinds.values())
    assert 0 < seconds < 2 * (usage.until - usage.start).total_seconds()
    changes = cost.Database([(run.opened_at, "db.t2.medium"), (run.opened_at, "db.m4.xlarge")])
    found = cost.of_run(context, usage, changes).facts()
    [fleet], [database] = found["fleet"], found["database"]
    # the sandbox asks between 25 and 45 % of the price on demand
    limit = (on_demand_prices.instance_price("us-east-1", "m4.2xlarge") or 0) * seconds / 3600
    assert 0.2 * limit < fleet["usd"] < 0.5 * limit
    assert found["total"] == pytest.approx(fleet["usd"] + database["usd"]) and found["unknown"] == []
    # nothing runs any more: nobody writes
    before = account.calls()[-1]["number"]
    assert fleet_usage.observe(context, "staging", run).kinds == usage.kinds
    assert [call["operation"] for call in account.calls(before) if call["changes"]] == []
