"""Facts of runs as the report takes them: ``finished()`` has all there is to see, the others what may be missing."""

from __future__ import annotations

import copy
import math
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.report.titles import COMMANDS, TITLES

OPENED = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
Facts = dict[str, Any]
NASTY = "</script><script>document.title='owned'</script><!-- <img src=x onerror=alert(1)> & \"quoted\" \x1b[31mred"


def at(minutes: float) -> str:
    """Give a moment so many minutes after the run was opened."""
    return (OPENED + timedelta(minutes=minutes)).isoformat(timespec="seconds")


def attempt(began: float, ended: float | None, state: str = "done", **more: Any) -> Facts:
    """Make an attempt of a step; minutes since the run was opened."""
    ending = None if ended is None else at(ended)
    return {"began": at(began), "ended": ending, "state": state, "exit_code": None, "task": "", "note": "", **more}


def step(name: str, *attempts: Facts, lines: list[str] | None = None) -> Facts:
    """Make a step; its state is that of its last attempt."""
    stream = f"management/{name}/0f1e2d"
    log = {"group": "/ecs/staging-management", "stream": stream, "lines": lines} if lines is not None else None
    state = attempts[-1]["state"] if attempts else "waiting"
    return {
        "name": name,
        "title": TITLES[name],
        "state": state,
        "attempts": list(attempts),
        "command": COMMANDS.get(name),
        "log": log,
    }


def drain(name: str, began: float, minutes: int, total: int, workers: int) -> Facts:
    """Make a drain that is sampled each minute, slow at first, with ``workers`` running of 200 desired."""
    times, left, running, rates = [], [], [], []
    for minute in range(minutes + 1):
        share = minute / minutes
        done = total * (share**1.15)
        times.append(at(began + minute))
        left.append(round(total - done))
        running.append(min(workers, 6 * minute))
        rates.append(None if minute == 0 else round(float(left[-2] - left[-1]) + math.sin(minute / 5) * 0.4, 1))
    return {
        "step": name,
        "total": total,
        "times": times,
        "left": left,
        "in_flight": [min(now, of) for now, of in zip(running, left, strict=True)],
        "running": running,
        "pending": [max(0, 200 - now) for now in running],
        "desired": [200] * len(times),
        "per_minute": [None if rate is None else max(0.0, rate) for rate in rates],
    }


def fleet(began: int, ended: int) -> Facts:
    """Make a fleet of two types in three zones; the price of one of them is unknown, of another for a while."""
    minutes = range(began, ended)
    names = ("m4.2xlarge us-east-1a", "m4.2xlarge us-east-1b", "m5.2xlarge us-east-1a", "m5.2xlarge us-east-1c")
    counts = {
        names[0]: [min(8.0, (minute - began) * 2.0) for minute in minutes],
        names[1]: [min(6.0, (minute - began) * 1.0) if minute < 160 else 3.5 for minute in minutes],
        names[2]: [0.0 if minute < 60 else 4.0 for minute in minutes],
        names[3]: [0.0 if minute < 160 else 2.5 for minute in minutes],
    }
    prices: dict[str, list[float | None]] = {
        names[0]: [round(0.146 + 0.004 * math.sin(minute / 30), 4) for minute in minutes],
        names[1]: [0.138 if minute < 120 else 0.152 for minute in minutes],
        names[2]: [None if 90 < minute < 110 else 0.161 for minute in minutes],
        names[3]: [None for _ in minutes],
    }
    return {"times": [at(minute) for minute in minutes], "width_seconds": 60, "instances": counts, "prices": prices}


def steps() -> list[Facts]:
    """Make the steps of a finished run; the cities failed once, the climate models were left out."""
    code = {"exit_code": 0, "task": "arn:aws:ecs:us-east-1:123456789012:task/staging/0f1e2d"}
    failure = {**code, "exit_code": 1, "note": "exit code 1: botocore.exceptions.ClientError: NoSuchKey"}
    log = [f"2026-11-24 19:01:{second:02} Importing city {second}" for second in range(40)]
    return [
        step("prepare", attempt(0, 0.1)),
        step(
            "migrate",
            attempt(0.2, 1.1, **code),
            lines=["Operations to perform:", "  Apply all migrations: climate_data", "  OK"],
        ),
        step("scenarios", attempt(1.2, 1.9, **code), lines=["Installed 3 object(s) from 1 fixture(s)"]),
        {**step("climate_models"), "state": "left out"},
        step("cities", attempt(2, 2.5, "failed", **failure), attempt(6, 7.4, **code), lines=[*log, NASTY]),
        step("create_jobs", attempt(7.5, 9.2, **{**code, "note": "1995 jobs"}), lines=[]),
        step("spot_instances", attempt(9.3, 12)),
        step("temporary_task_definition", attempt(9.3, 9.4)),
        step("database", attempt(9.3, 17.5)),
        step("processing_service", attempt(17.6, 18.2)),
        step("drain", attempt(18.2, 150)),
        step("verify", attempt(150.2, 151)),
        step("historical_create_jobs", attempt(151.2, 152.3, **{**code, "note": "1155 jobs"}), lines=["1155 jobs"]),
        step("historical_drain", attempt(152.5, 235)),
        step("historical_verify", attempt(235.1, 236)),
        step("generate_historic", attempt(236.1, 249, **code), lines=["Averages of 1950 to 1980 written"]),
        step("teardown", attempt(249, 258)),
    ]


def finished() -> Facts:
    """Give a complete run with two drains, a failed attempt, failed jobs, a mixed fleet and an unknown spot price."""
    job = {"dataset": None, "scenario": "RCP85", "model": "CCSM4", "log_stream": "run-jobs/django/7a8b9c"}
    return {
        "schema": 1,
        "environment": "staging",
        "generated_at": at(258.5),
        "run": {
            "id": "staging-3",
            "state": "complete",
            "opened_at": at(0),
            "opened_by": "ann@laptop",
            "closed_at": at(258),
            "requested": {
                "ingest_scenario": "RCP85",
                "ingest_models": "all",
                "ingest_years": "all",
                "ingest_historical_scenario": "historical",
            },
            "goals": ["verify", "historical_verify", "generate_historic"],
            "failure": None,
        },
        **{"controller": None, "interruptions": {"count": 0, "newest": []}},
        "steps": steps(),
        "drains": [drain("drain", 18, 132, 1995, 60), drain("historical_drain", 153, 82, 1155, 54)],
        "fleet": fleet(10, 252),
        "cost": {
            "currency": "USD",
            "fleet": [
                {"instance_type": "m4.2xlarge", "hours": 51.7, "usd": 7.54},
                {"instance_type": "m5.2xlarge", "hours": 16.6, "usd": 2.67},
            ],
            "database": [{"class": "db.m4.xlarge", "instead_of": "db.t2.medium", "hours": 3.9, "usd": 1.12}],
            "total": 11.33,
            "unknown": [],
            "prices_of": "2026-11-24",
            "estimate": {
                "at": at(0),
                "usd_low": 9.8,
                "usd_high": 13.4,
                "hours": 4.1,
                "fleet_usd_per_hour": [2.36, 2.92],
                "database_usd_per_hour": 0.29,
                "basis": "the hours of staging-2, which imported as many jobs",
            },
        },
        "imported": [
            {"dataset": None, "scenario": "RCP85", "requested": 1995, "completed": 1993, "before": 30},
            {"dataset": None, "scenario": "historical", "requested": 1155, "completed": 1155, "before": None},
        ],
        "failed_jobs": [
            {
                **job,
                "year": 2031,
                "exception": "FileNotFoundError: s3://nasa-nex/CCSM4_2031.nc",
                "at": at(66.4),
                "retried": 1,
                "imported": False,
            },
            {
                **job,
                "year": 2094,
                "exception": NASTY,
                "at": at(121.7),
                "log_stream": "",
                "retried": 0,
                "imported": False,
            },
        ],
        "changes": [
            {"at": at(0.1), "verb": "created", "what": "task definition StagingManagement:42"},
            {"at": at(9.3), "verb": "created", "what": "launch template ingest-staging-spot"},
            {"at": at(9.4), "verb": "created", "what": "Auto Scaling group ingest-staging-spot"},
            {"at": at(9.4), "verb": "changed", "what": "RDS instance dbstaging: db.m4.xlarge, 240 GB"},
            {"at": at(249.3), "verb": "removed", "what": "Auto Scaling group ingest-staging-spot"},
            {"at": at(257.8), "verb": "changed", "what": "RDS instance dbstaging: db.t2.medium"},
        ],
        "queue": {"name": "cc-api-staging", "waiting": 0, "in_flight": 0, "delayed": 0},
        "workers": None,
        "instances": {"running": 0, "pending": 0},
        "unattended": {
            "run": "staging-3",
            "group": "ingest-staging-spot",
            "is_up": False,
            "due": None,
            "fired": [],
            "is_at_zero": False,
        },
        "database": {"name": "dbstaging", "class": "db.t2.medium", "storage_gb": 240, "status": "available"},
        **{"next": [], "resume": "ansible-playbook -i x climate.ingest.populate"},
        "versions": {
            "climate.ingest": "1.0.0",
            "ansible-core": "2.19.14",
            "python": "3.11.2",
            "boto3": "1.40.1",
            "amazon.aws": "11.4.0",
            "application": "123456789012.dkr.ecr.us-east-1.amazonaws.com/climate-api:5f2c1de",
        },
        "unreadable": {},
    }


def begun() -> Facts:
    """Give a run that was opened a moment ago: no step, no drain, no fleet, no estimate."""
    facts = finished()
    facts["run"] |= {"state": "open", "closed_at": None}
    facts |= {"generated_at": at(0.2), "steps": [step(name) for name in TITLES], "drains": [], "failed_jobs": []}
    facts |= {"fleet": {"times": [], "width_seconds": 60, "instances": {}, "prices": {}}, "changes": [], "queue": None}
    facts["cost"] |= {"fleet": [], "database": [], "total": 0.0, "estimate": None}
    facts |= {"next": list(TITLES), "controller": {"holder": "ann@laptop, process 123", "since": at(0)}}
    return facts


def draining() -> Facts:
    """Give an open run in the middle of its first drain."""
    facts, now = finished(), 80.0
    until = at(now)
    facts["run"] |= {"state": "open", "closed_at": None}
    facts["steps"] = facts["steps"][:10] + [step("drain", attempt(18.2, None, "started"))]
    facts["steps"] += [step(name) for name in list(TITLES)[11:]]
    first = facts["drains"][0]
    taken = sum(time <= until for time in first["times"])
    facts["drains"] = [{key: value[:taken] if isinstance(value, list) else value for key, value in first.items()}]
    facts["fleet"] = fleet(10, 80)
    facts |= {"generated_at": until, "next": list(TITLES)[10:], "failed_jobs": facts["failed_jobs"][:1]}
    facts |= {"workers": {"service": "ingest-staging-run-jobs", "running": 60, "pending": 140, "desired": 200}}
    waiting = facts["drains"][0]["left"][-1] - 60
    facts |= {"queue": {"name": "cc-api-staging", "waiting": waiting, "in_flight": 60, "delayed": 0}}
    facts["changes"] = facts["changes"][:4]
    facts["cost"]["fleet"] = [
        {"instance_type": "m4.2xlarge", "hours": 15.3, "usd": 2.21},
        {"instance_type": "m5.2xlarge", "hours": 1.3, "usd": 0.22},
    ]
    facts["cost"]["database"][0] |= {"hours": 1.2, "usd": 0.35}
    facts["cost"] |= {"total": 2.78}
    facts |= {"instances": {"running": 18, "pending": 0}}
    return facts


def priceless() -> Facts:
    """Give a finished run whose database price nobody knows, so that the total is unknown as well."""
    facts = finished()
    facts["cost"]["database"] = [{"class": "db.x9.large", "instead_of": "db.t2.medium", "hours": 3.9, "usd": None}]
    facts["cost"] |= {"total": None, "unknown": ["no price is known for db.x9.large in eu-west-9"]}
    return facts


def resumed() -> Facts:
    """Give a run whose second half was done the next day, on another machine."""
    facts = copy.deepcopy(finished())
    later = timedelta(hours=15)
    first = next(place for place, one in enumerate(facts["steps"]) if one["name"] == "historical_create_jobs")
    for one in facts["steps"][first:]:
        for tried in one["attempts"]:
            tried["began"], tried["ended"] = (_moved(tried[key], later) for key in ("began", "ended"))
    facts["drains"][1]["times"] = [_moved(time, later) for time in facts["drains"][1]["times"]]
    day, night = fleet(10, 150), fleet(152, 252)
    facts["fleet"]["times"] = day["times"] + [_moved(time, later) for time in night["times"]]
    for kind in ("instances", "prices"):
        facts["fleet"][kind] = {name: day[kind][name] + night[kind][name] for name in day[kind]}
    facts["run"]["closed_at"] = _moved(facts["run"]["closed_at"], later)
    facts["generated_at"] = _moved(facts["generated_at"], later)
    return facts


def _moved(time: str, by: timedelta) -> str:
    return (datetime.fromisoformat(time) + by).isoformat(timespec="seconds")
