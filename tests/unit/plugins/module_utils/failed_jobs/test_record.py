"""Failed jobs, kept in the account."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import record as failed_record
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.kept.documents import OTHER
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.record import FailedJob, FailedRecord
from ansible_collections.climate.ingest.plugins.module_utils.record import store
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import FakeSsm

BEGAN = datetime(2026, 3, 1, 10, tzinfo=UTC)
LATER = (BEGAN + timedelta(hours=1)).isoformat()
PATH = "/climate.ingest/staging/failed/"


def job(year: int | None = 2031, model: str = "HadCM3", **more: Any) -> FailedJob:
    plain = {"scenario": "A1B", "exception": "FileNotFoundError: x.nc", "at": BEGAN.isoformat(), "log_stream": "s/1"}
    return FailedJob(group=model, value=year, **{**plain, **more})


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return FakeSsm(aws)


def kept(ssm: FakeSsm, run: str = "staging-1") -> FailedRecord:
    return FailedRecord(ssm.context(), "staging", run)


def test_what_is_written_is_read_again(ssm: FakeSsm) -> None:
    jobs = [
        job(2031),
        job(2044, at="2026-03-01T11:00:07+00:00", exception="KeyError: 'x'", log_stream="s/2", retried=2),
    ]
    kept(ssm).note(jobs)
    assert failed_record.read(ssm.context(), "staging", "staging-1") == jobs
    assert list(ssm.parameters) == [f"{PATH}A1B.HadCM3"]


def test_each_scenario_and_model_has_a_document(ssm: FakeSsm) -> None:
    kept(ssm).note([job(2031), job(2031, "CCSM4"), job(2031, scenario="RCP85")])
    assert sorted(ssm.parameters) == [f"{PATH}A1B.CCSM4", f"{PATH}A1B.HadCM3", f"{PATH}RCP85.HadCM3"]


def test_each_data_set_has_a_document_of_its_own(ssm: FakeSsm) -> None:
    jobs = [job(dataset="LOCA"), job(dataset="NEX-GDDP"), job(model="2"), job(model="2", dataset="LOCA")]
    kept(ssm).write(jobs)
    assert sorted(name.removeprefix(PATH) for name in ssm.parameters) == [
        "A1B.2_d4735e3a",  # not the second document of another key
        "LOCA.A1B.2_d4735e3a",
        "LOCA.A1B.HadCM3",
        "NEX-GDDP.A1B.HadCM3",
    ]
    found = failed_record.read(ssm.context(), "staging", "staging-1")
    assert {each.title for each in found} == {
        "LOCA A1B HadCM3 2031",
        "NEX-GDDP A1B HadCM3 2031",
        "A1B 2 2031",
        "LOCA A1B 2 2031",
    }


def test_a_job_that_was_kept_without_its_data_set_gets_it(ssm: FakeSsm) -> None:
    """As by an older version, or where a database and no log line told of it."""
    kept(ssm).note([job(retried=1, queued=1)])
    kept(ssm).note([job(dataset="LOCA", at=LATER)])
    assert failed_record.read(ssm.context(), "staging", "staging-1") == [job(dataset="LOCA", at=LATER, retried=1)]
    assert [*ssm.parameters] == [f"{PATH}LOCA.A1B.HadCM3"]


def test_nothing_new_is_not_written(ssm: FakeSsm) -> None:
    kept(ssm).note([job()])
    again = kept(ssm)
    again.note([job()])
    again.note([])
    assert ssm.aws.count("PutParameter") == 1


def test_only_the_document_that_changes_is_written(ssm: FakeSsm) -> None:
    record = kept(ssm)
    record.note([job(), job(model="CCSM4")])
    record.note([job(2044)])
    assert [sent["Name"] for sent in ssm.aws.sent("PutParameter")][2:] == [f"{PATH}A1B.HadCM3"]


def test_an_earlier_run_does_not_count_and_is_overwritten(ssm: FakeSsm) -> None:
    kept(ssm).note([job(2031)])
    assert failed_record.read(ssm.context(), "staging", "staging-2") == []
    kept(ssm, "staging-2").note([job(2044)])
    assert [each.value for each in failed_record.read(ssm.context(), "staging", "staging-2")] == [2044]


def test_what_fails_again_after_its_retry_has_failed_anew(ssm: FakeSsm) -> None:
    record = kept(ssm)
    record.write([job(retried=1, queued=1)])
    later = (BEGAN + timedelta(minutes=5)).isoformat()
    kept(ssm).note([job(at=later, exception="KeyError: 'y'")])
    (found,) = failed_record.read(ssm.context(), "staging", "staging-1")
    assert (found.retried, found.queued, found.exception, found.at) == (1, 0, "KeyError: 'y'", later)


def test_a_line_of_before_the_retry_is_no_new_failure(ssm: FakeSsm) -> None:
    kept(ssm).write([job(retried=1, queued=1)])
    kept(ssm).note([job()])
    assert failed_record.read(ssm.context(), "staging", "staging-1")[0].queued == 1


def test_a_document_without_jobs_goes(ssm: FakeSsm) -> None:
    record = kept(ssm)
    record.note([job()])
    record.write([])
    assert ssm.parameters == {}


def test_a_preview_writes_nothing(ssm: FakeSsm) -> None:
    FailedRecord(ssm.context(check_mode=True), "staging", "staging-1").note([job()])
    assert ssm.aws.changes() == []


@pytest.mark.parametrize(
    ("model", "year"), [("model id 3", 2031), ("", 2031), ("HadCM3", None)], ids=["id", "nothing", "no year"]
)
def test_what_has_no_name_is_kept_as_far_as_it_is_known(ssm: FakeSsm, model: str, year: int | None) -> None:
    kept(ssm).note([job(year, model)])
    (found,) = failed_record.read(ssm.context(), "staging", "staging-1")
    assert found == job(year, model) and not found.named


def test_lines_nobody_understands_are_kept_apart(ssm: FakeSsm) -> None:
    lines = [job(None, "", scenario="", exception=f"IMPORT_FAILURE {number}") for number in range(3)]
    kept(ssm).note(lines)
    kept(ssm).note(lines)
    assert len(failed_record.read(ssm.context(), "staging", "staging-1")) == 3
    assert lines[0].as_fact()["model"] is None and lines[0].title == "a job"


def test_names_of_any_characters_have_parameters_of_their_own(ssm: FakeSsm) -> None:
    models = ["a b", "a-b", "a.b", "a/b", "ä", "x" * 300]
    kept(ssm).note([job(model=model) for model in models])
    assert {each.group for each in failed_record.read(ssm.context(), "staging", "staging-1")} == set(models)
    assert all(
        set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")
        for name in ssm.parameters
    )
    assert max(map(len, ssm.parameters)) < 200


@pytest.mark.parametrize("same", [True, False], ids=["one exception", "an exception each"])
def test_150_failed_years_fit(ssm: FakeSsm, same: bool) -> None:
    exception = "botocore.errorfactory.NoSuchKey: " + "x" * 160
    jobs = [
        job(
            1950 + number,
            exception=exception if same else f"{number} {exception}",
            at=(BEGAN + timedelta(seconds=4321 * number)).isoformat(),
            log_stream=f"ingest/management/{number:032}",
            retried=3,
            queued=12,
        )
        for number in range(150)
    ]
    kept(ssm).note(jobs)
    (document,) = ssm.parameters.values()
    assert store.size(document) <= store.LARGEST
    found = failed_record.read(ssm.context(), "staging", "staging-1")
    assert [(each.value, each.at, each.retried) for each in found] == [(each.value, each.at, 3) for each in jobs]
    assert found[0].exception.startswith("botocore" if same else "0 botocore")
    assert found[-1].exception.startswith("botocore" if same else OTHER)


def test_few_failures_keep_their_streams(ssm: FakeSsm) -> None:
    jobs = [job(2000 + number, log_stream=f"ingest/management/{number:032}") for number in range(30)]
    kept(ssm).note(jobs)
    assert failed_record.read(ssm.context(), "staging", "staging-1") == jobs


def test_it_is_a_fact_of_the_run() -> None:
    fact = replace(job(), retried=1).as_fact()
    assert json.loads(json.dumps(fact)) == {
        "dataset": None,
        "scenario": "A1B",
        "model": "HadCM3",
        "year": 2031,
        "exception": "FileNotFoundError: x.nc",
        "at": "2026-03-01T10:00:00+00:00",
        "log_stream": "s/1",
        "retried": 1,
        "imported": False,
    }


def test_what_came_right_is_kept_for_the_report_only(ssm: FakeSsm) -> None:
    record = kept(ssm)
    record.note([job(2031), job(2044)])
    record.write([replace(job(2031), retried=1, imported=True), job(2044)])
    assert [each.value for each in kept(ssm).jobs] == [2044]
    assert [each.value for each in failed_record.read(ssm.context(), "staging", "staging-1")] == [2044]
    everything = failed_record.read_all(ssm.context(), "staging", "staging-1")
    assert [(each.value, each.imported, each.retried) for each in everything] == [(2031, True, 1), (2044, False, 0)]
    kept(ssm).write([])
    assert [each.value for each in failed_record.read_all(ssm.context(), "staging", "staging-1")] == [2031]


def test_what_came_right_may_fail_again(ssm: FakeSsm) -> None:
    kept(ssm).write([replace(job(), retried=1, imported=True)])
    kept(ssm).note([job()])  # the line of the first time, read once more
    assert kept(ssm).jobs == []
    kept(ssm).note([job(at=(BEGAN + timedelta(hours=1)).isoformat())])
    assert [(each.value, each.retried) for each in kept(ssm).jobs] == [(2031, 1)]


@pytest.mark.parametrize("exception", ["OSError: x", "OSError: no tile {0}, /tiles/{0}.tif"], ids=["plain", "its own"])
@pytest.mark.parametrize("step", [1, 2], ids=["all", "every other one"])
def test_20000_failed_jobs_take_a_few_parameters(ssm: FakeSsm, step: int, exception: str) -> None:
    tiles = [
        FailedJob("tiles", "tile", each, exception.format(each), "2026-03-01T10:00:00+00:00")
        for each in range(0, 20_000, step)
    ]
    failed_record.FailedRecord(ssm.context(), "staging", "staging-1").write(tiles)
    assert len(ssm.parameters) <= 40 / (1 if step > 1 else 40)
    assert failed_record.read(ssm.context(), "staging", "staging-1") == tiles


def test_what_an_older_version_kept_is_read(ssm: FakeSsm) -> None:
    failed_record.FailedRecord(ssm.context(), "staging", "staging-1").write([job(model="A")])
    (document,) = ssm.parameters.values()
    document["model"] = document.pop("group")
    assert [each.group for each in failed_record.read(ssm.context(), "staging", "staging-1")] == ["A"]
