"""50 cities are added to 150: what they lack is told by their data, though every data source says it is completed."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from sandbox import data
from sandbox.runtime import IMAGES
from tests.integration.conftest import Account, Controller, sandbox_up

# in order: what is left of a test is what the next one starts from
SOME: dict[str, Any] = {"models": "HadCM3", "all_models": ["HadCM3"]}
LOST = 2051  # of NEX-GDDP A1B
REQUESTED: dict[str, Any] = {
    "ingest_assume_done": ["climate_models"],
    "ingest_summary_command": "",
    "ingest_cities_command": f"import_cities,{data.BUCKET},{data.FIRST_CITIES_KEY}",
    "ingest_imports": [
        {"dataset": "NEX-GDDP", "scenario": "A1B", "years": f"2050,{LOST}", **SOME},
        {"dataset": "LOCA", "scenario": "E1", "years": "2050", **SOME},
    ],
}
MORE = {
    **REQUESTED,
    "ingest_assume_done": [],
    "ingest_cities_command": f"import_cities,{data.BUCKET},{data.MORE_CITIES_KEY}",
    "ingest_commands_before": [
        {"name": "cities", "title": "Load cities", "command": "{{ ingest_cities_command }}", "repeatable": True},
        {"name": "boundaries", "command": "import_boundaries", "repeatable": True},
        {"name": "coastline", "command": "import_coastline", "repeatable": True},
    ],
}
JOBS = {("NEX-GDDP", 2050), ("NEX-GDDP", LOST), ("LOCA", 2050)}
SOURCES = "SELECT year FROM climate_data_climatedatasource WHERE import_completed ORDER BY year"
WITH_DATA = """
    SELECT d.name, year, count(DISTINCT city_id) FROM climate_data_climatedatasource s
    JOIN climate_data_climatedataset d ON d.id = s.dataset_id JOIN climate_data_climatedatayear ON data_source_id = s.id
    JOIN climate_data_climatedatacitycell c USING (map_cell_id) WHERE c.dataset_id = s.dataset_id GROUP BY 1, 2
"""


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


def succeeded(run: CompletedProcess[str]) -> str:
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def sent(account: Account) -> Counter[tuple[str, int]]:
    """Count the messages that were ever sent, by data set and year."""
    bodies = [json.loads(each["body"]) for each in account.control("messages")["messages"]]
    return Counter((each["dataset"], int(each["year"])) for each in bodies)


def with_data(account: Account) -> dict[tuple[str, int], int]:
    """Count the cities that have data, by data set and year."""
    return {(name, year): number for name, year, number in account.sql(WITH_DATA)}


@pytest.fixture(scope="module")
def populated(account: Account) -> None:
    succeeded(account.playbook("populate", **REQUESTED))
    assert with_data(account) == dict.fromkeys(JOBS, 150)


@pytest.fixture(scope="module")
def killed(account: Account, populated: None) -> bytes:
    """Cities are added without a file that one job needs, which is given; the controller is killed with jobs queued."""
    s3, key = account.client("s3"), data.netcdf_key("A1B", LOST)
    body = bytes(s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read())
    s3.delete_object(Bucket=data.BUCKET, Key=key)
    controller = Controller(account, playbook="cities", **MORE)
    controller.await_text("Create a processing service")
    os.killpg(controller.process.pid, signal.SIGKILL)
    controller.end()
    return body


@pytest.fixture(scope="module")
def failed(account: Account, killed: bytes) -> str:
    run = account.playbook("cities", **MORE)
    assert run.returncode == 2, run.stdout + run.stderr
    return run.stdout


def test_the_job_that_failed_is_named_by_the_cities_it_lacks(account: Account, failed: str) -> None:
    number = with_data(account)["NEX-GDDP", LOST]
    assert 150 <= number < 200
    assert "1 of the 2 requested data sources of NEX-GDDP A1B are not imported:" in failed, failed
    assert f"NEX-GDDP A1B HadCM3 {LOST}: {200 - number} of 200 cities have no data: " in failed, failed
    assert "HadCM3: 2051: botocore.errorfactory.NoSuchKey" in failed, failed


def test_its_data_source_says_that_it_is_completed(account: Account, failed: str) -> None:
    assert account.sql(SOURCES) == [(2050,), (2050,), (LOST,)]


def test_no_job_is_queued_twice_behind_a_crash(account: Account, failed: str) -> None:
    added = sent(account) - Counter(JOBS)
    assert added == Counter({("NEX-GDDP", 2050): 1, ("NEX-GDDP", LOST): 1})


def test_another_playbook_does_not_go_on_with_it(account: Account, failed: str) -> None:
    run = account.playbook("populate", **REQUESTED)
    assert run.returncode == 2
    refusal = "is open and adds cities: finish it with playbooks/cities.yml before playbooks/populate.yml"
    assert refusal in " ".join((run.stdout + run.stderr).split())


def test_it_is_retried_alone(account: Account, killed: bytes, failed: str) -> None:
    before = sent(account)
    account.client("s3").put_object(Bucket=data.BUCKET, Key=data.netcdf_key("A1B", LOST), Body=killed)
    succeeded(account.playbook("retry_failed", **MORE))
    assert sent(account) - before == Counter({("NEX-GDDP", LOST): 1})
    assert with_data(account)["NEX-GDDP", LOST] == 200


def test_all_cities_have_all_data_at_the_end(account: Account) -> None:
    output = succeeded(account.playbook("cities", **MORE))
    assert "run staging-2 is complete" in output
    assert with_data(account) == dict.fromkeys(JOBS, 200)
    assert account.sql("SELECT count(*) FROM climate_data_cityboundary") == [(199,)]
    assert "LOCA E1: 1 of 1 data source complete, for all 200 cities" in output, output
    (page,) = account.reports.glob("*staging-2*.json")
    assert json.loads(page.read_text())["run"]["requested"]["ingest_playbook"] == "cities"


def test_the_same_cities_are_not_added_again(account: Account) -> None:
    before = account.calls()[-1]["number"]
    assert "This ingest is complete: run staging-2" in succeeded(account.playbook("cities", **MORE))
    assert not [each for each in account.calls(before) if each["changes"] and each["caller"] == "operator"]
