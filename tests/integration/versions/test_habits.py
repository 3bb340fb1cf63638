"""Both versions of the Climate API with all their habits: a run with a job that comes right and one that is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from sandbox import data
from sandbox.runtime import IMAGES
from tests.integration.conftest import Account, sandbox_up

TRANSIENT, LOST = 2050, 2051
YEARS = (2050, 2051, 2052)
HISTORY = range(1951, 1981)
REQUESTED = {"ingest_years": "2050-2052", "ingest_historical_years": "1951-1980"}


@dataclass(frozen=True)
class Version:
    """A version of the application, and what its operator sets for it.

    Attributes:
        environment: of the image.
        variables: of the inventory.
        dataset: as its log lines name it.
        purged: years that ``create_jobs`` queued while it left others out, before they were queued one by one.
    """

    environment: dict[str, str]
    variables: dict[str, Any] = field(default_factory=dict)
    dataset: str = ""
    purged: tuple[int, ...] = ()


VERSIONS = {
    # the inventory's own summary asks by shell --command, which the version of 2017 does not have
    "2017": Version({"CLIMATE_API_VERSION": "2017"}, {"ingest_summary_command": ""}),
    "2019": Version(
        {"CLIMATE_API_VERSION": "2019"},
        {
            "ingest_create_jobs_command": [
                "create_jobs",
                "NEX-GDDP",
                "{{ ingest_dataset.scenario }}",
                "{{ ingest_dataset.models }}",
                "{{ ingest_dataset.years }}",
            ],
            "ingest_assume_done": ["climate_models"],
        },
        dataset="NEX-GDDP",
    ),
}


@dataclass(frozen=True)
class Play:
    """What a run printed, and what the account had after it."""

    code: int
    output: str
    sent: Counter[int]
    failed: dict[str, list[str]]
    report: dict[str, Any]
    status: str


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> Version:
    return VERSIONS[request.param]


@pytest.fixture(scope="module")
def account(version: Version, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    images = yaml.safe_load(IMAGES.read_text())
    image = images["images"]["cc-management"]
    image["directory"] = str((IMAGES.parent / image["directory"]).resolve())
    image["environment"] = version.environment | {"FAILING_TRIES": f"A1B/HadCM3/{TRANSIENT}=2"}
    path = tmp_path_factory.mktemp("images") / "images.yml"
    path.write_text(yaml.safe_dump(images))
    with sandbox_up(tmp_path_factory.mktemp("sandbox"), "--images", str(path)) as account:
        yield account


def play(account: Account, playbook: str, version: Version) -> Play:
    """Run a playbook unattended, and look at everything it tells."""
    run = account.playbook(playbook, **REQUESTED, **version.variables)
    status = account.playbook("status", **REQUESTED, **version.variables)
    assert status.returncode == 0, status.stdout + status.stderr
    bodies = [json.loads(each["body"]) for each in account.control("messages")["messages"]]
    root = "/climate.ingest/staging/failed"
    documents = account.client("ssm").get_parameters_by_path(Path=root)["Parameters"]
    (page,) = account.reports.glob("*.json")
    return Play(
        code=run.returncode,
        output=run.stdout + run.stderr,
        sent=Counter(int(body["year"]) for body in bodies),
        failed={each["Name"].removeprefix(f"{root}/"): list(json.loads(each["Value"])["jobs"]) for each in documents},
        report=json.loads(page.read_text()),
        status=status.stdout,
    )


@pytest.fixture(scope="module")
def populated(account: Account, version: Version) -> Play:
    """One pass with a file taken away, which is put back after it."""
    s3, key = account.client("s3"), data.netcdf_key("A1B", LOST)
    body = s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read()
    s3.delete_object(Bucket=data.BUCKET, Key=key)
    made = play(account, "populate", version)
    s3.put_object(Bucket=data.BUCKET, Key=key, Body=body)
    return made


@pytest.fixture(scope="module")
def retried(account: Account, version: Version, populated: Play) -> Play:
    return play(account, "retry_failed", version)


@pytest.fixture(scope="module")
def completed(account: Account, version: Version, retried: Play) -> Play:
    return play(account, "populate", version)


def test_the_job_that_is_lost_is_told_by_name_and_exception(version: Version, populated: Play) -> None:
    assert populated.code == 2, populated.output
    assert "1 of the 3 requested data sources of A1B are not imported:" in populated.output, populated.output
    assert "HadCM3: 2051: botocore.errorfactory.NoSuchKey" in populated.output, populated.output
    assert populated.failed == {".".join(filter(None, [version.dataset, "A1B", "HadCM3"])): [str(LOST)]}
    assert f"A1B HadCM3 {LOST}:" in populated.status


def test_the_job_that_came_right_is_told_nowhere(populated: Play) -> None:
    assert "1 job given up" in populated.output
    assert [(job["model"], job["year"]) for job in populated.report["failed_jobs"]] == [("HadCM3", LOST)]
    told = populated.status + json.dumps(populated.report["failed_jobs"]) + json.dumps(populated.report["run"])
    assert "Unknown file format" not in told and f"HadCM3 {TRANSIENT}" not in told


def test_exactly_the_lost_job_is_queued_again(version: Version, populated: Play, retried: Play) -> None:
    assert retried.code == 0, retried.output
    assert {year: count for year, count in populated.sent.items() if year not in HISTORY} == Counter(
        [*YEARS, *version.purged]
    )
    assert retried.sent - populated.sent == Counter([LOST])


def test_the_run_goes_on_to_its_end(account: Account, version: Version, completed: Play) -> None:
    assert completed.code == 0, completed.output
    assert "run staging-1 is complete" in completed.output
    assert completed.sent == Counter([*YEARS, *version.purged, LOST, *HISTORY])
    assert "failed jobs" not in completed.status
    assert [job["imported"] for job in completed.report["failed_jobs"]] == [True]
    sources = account.sql("SELECT year FROM climate_data_climatedatasource WHERE import_completed ORDER BY year")
    assert [year for (year,) in sources] == [*HISTORY, *YEARS]
    assert account.sql("SELECT count(*) FROM climate_data_historicaverageclimatedata") == [(data.CITY_COUNT,)]
