"""Two data sets of one scenario in one run: an import that was left out follows, and lost jobs are told apart."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from sandbox import data
from sandbox.runtime import IMAGES
from tests.integration.conftest import Account, sandbox_up

# in order: what is left of a test is what the next one starts from
SOME: dict[str, Any] = {"models": "HadCM3", "all_models": ["HadCM3"]}
REQUESTED: dict[str, Any] = {
    "ingest_drain": "together",
    "ingest_assume_done": ["climate_models"],
    "ingest_summary_command": "",  # the collection's own
    "ingest_imports": [
        {"dataset": "NEX-GDDP", "scenario": "A1B", "years": "2060,2061", **SOME},
        {"dataset": "LOCA", "scenario": "A1B", "years": "2060,2061", "arguments": ["--update-existing"], **SOME},
        {"dataset": "NEX-GDDP", "scenario": "historical", "years": "1951-1980", "averages": True, **SOME},
    ],
}
LOST = 2061
JOBS = {
    *((dataset, "A1B", year) for dataset in ("NEX-GDDP", "LOCA") for year in (2060, LOST)),
    *(("NEX-GDDP", "historical", year) for year in range(1951, 1981)),
}
LOCA = {job for job in JOBS if job[0] == "LOCA"}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    images = yaml.safe_load(IMAGES.read_text())
    image = images["images"]["cc-management"]
    image["directory"] = str((IMAGES.parent / image["directory"]).resolve())
    image["environment"] = {"CLIMATE_API_VERSION": "2019"}
    path = tmp_path_factory.mktemp("images") / "images.yml"
    path.write_text(yaml.safe_dump(images))
    with sandbox_up(tmp_path_factory.mktemp("sandbox"), "--images", str(path)) as account:
        yield account


def bodies(account: Account) -> list[dict[str, Any]]:
    return [json.loads(each["body"]) for each in account.control("messages")["messages"]]


def sent(account: Account) -> Counter[tuple[str, str, int]]:
    """Count the messages that were ever sent, by data set, scenario and year."""
    names = dict(account.sql("SELECT id, name FROM climate_data_scenario"))
    return Counter((each["dataset"], names[each["scenario_id"]], int(each["year"])) for each in bodies(account))


def without_a_file(account: Account, playbook: str, *arguments: str) -> CompletedProcess[str]:
    """Run a playbook while a NetCDF file is away."""
    s3, key = account.client("s3"), data.netcdf_key("A1B", LOST)
    body = s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read()
    s3.delete_object(Bucket=data.BUCKET, Key=key)
    run = account.playbook(playbook, *arguments, **REQUESTED)
    s3.put_object(Bucket=data.BUCKET, Key=key, Body=body)
    return run


def test_an_import_is_left_out_of_the_common_drain(account: Account) -> None:
    run = without_a_file(account, "populate", "--skip-tags=loca_a1b")
    assert run.returncode == 2, run.stdout + run.stderr
    assert "1 of the 2 requested data sources of NEX-GDDP A1B are not imported:" in run.stdout, run.stdout
    assert sent(account) == Counter(JOBS - LOCA)


def test_it_is_queued_later_and_the_drain_done_once_more(account: Account) -> None:
    run = without_a_file(account, "populate")
    assert run.returncode == 2, run.stdout + run.stderr
    assert "nex_gddp_a1b_drain is done and will be done once more, for the jobs of loca_a1b_create_jobs" in run.stdout
    assert sent(account) == Counter(JOBS)
    loca = [each for each in bodies(account) if each["dataset"] == "LOCA"]
    assert all(each["update_existing"] for each in loca) and len(loca) == len(LOCA)


def test_lost_jobs_are_told_by_data_set(account: Account) -> None:
    status = account.playbook("status", **REQUESTED)
    assert f"NEX-GDDP A1B HadCM3 {LOST}: botocore" in status.stdout, status.stdout + status.stderr
    assert f"LOCA A1B HadCM3 {LOST}: botocore" in status.stdout
    assert "NEX-GDDP A1B: 1 of 2 imported" in status.stdout
    (page,) = account.reports.glob("*.json")
    failed = json.loads(page.read_text())["failed_jobs"]
    assert {(job["dataset"], job["year"]) for job in failed} == {("NEX-GDDP", LOST), ("LOCA", LOST)}


def test_each_is_queued_again_as_a_part_of_its_import(account: Account) -> None:
    run = account.playbook("retry_failed", **REQUESTED)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "retry 1: 2 jobs to be queued again by 2 create_jobs" in run.stdout
    again = {("NEX-GDDP", "A1B", LOST), ("LOCA", "A1B", LOST)}
    assert sent(account) == Counter(JOBS) + Counter(again)
    assert sum(each["update_existing"] for each in bodies(account)) == len(LOCA) + 1


def test_the_run_goes_on_to_its_end(account: Account) -> None:
    run = account.playbook("populate", **REQUESTED)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "run staging-1 is complete" in run.stdout
    sources = """SELECT t.name, s.name, year FROM climate_data_climatedatasource d
        JOIN climate_data_climatedataset t ON t.id = dataset_id JOIN climate_data_scenario s ON s.id = scenario_id"""
    assert {*account.sql(f"{sources} WHERE d.import_completed")} == JOBS
    assert "LOCA A1B: 2 data sources imported" in run.stdout
