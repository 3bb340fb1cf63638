"""Failed jobs as the facts of a run have them: by the fields of the run's job key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, Run
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.kept.facts import (
    as_facts,
    called,
    number,
    title,
)
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.kept.job import OWN_VALUE, FailedJob
from ansible_collections.climate.ingest.plugins.module_utils.record.job_key import key_of
from ansible_collections.climate.ingest.plugins.module_utils.report import facts

AT, LATER = "2026-11-24T20:00:00+00:00", "2026-11-24T20:05:00+00:00"
TILE = FailedJob("tiles", "tile", 1, "OSError: no tile 1", AT, "worker/a")
YEAR = FailedJob("RCP85", "CCSM4", 2031, "OSError: no file", AT, dataset="LOCA")


def test_jobs_of_the_climate_api_are_one_by_one() -> None:
    jobs = [YEAR, replace(YEAR, value=2032)]
    found = as_facts(jobs, ("model", "year"))
    assert found == [job.as_fact() for job in jobs]
    assert (title(found[0]), called(found[0]), number(found)) == ("LOCA RCP85 CCSM4 2031", "RCP85", 2)


def test_what_failed_alike_is_one() -> None:
    jobs = [replace(TILE, value=each, exception=f"OSError: no tile {each}") for each in range(1, 20_001)]
    (found,) = as_facts([*jobs[:-1], replace(jobs[-1], at=LATER)], ("tile",))
    assert found == {
        "dataset": None,
        "import": "tiles",
        "values": {"tile": "1-20000"},
        "jobs": 20_000,
        "exception": "OSError: no tile 1",
        "at": AT,
        "until": LATER,
        "log_stream": "worker/a",
        "retried": 0,
        "imported": False,
    }
    assert (title(found), called(found), number([found])) == ("tiles tile 1-20000", "tiles", 20_000)


def test_what_failed_unlike_is_told_apart() -> None:
    others = [
        replace(TILE, value=2, exception="TimeoutError"),
        replace(TILE, value=3, retried=1),
        replace(TILE, value=4, retried=1, imported=True),
        replace(TILE, value=5, scenario="more"),
        replace(TILE, value=None),
    ]
    found = as_facts([TILE, *others], ("tile",))
    assert [each["values"]["tile"] for each in found] == ["1", "2", "3", "4", "5", None]
    assert title(found[-1]) == "tiles tile"


@pytest.mark.parametrize(
    ("group", "values", "called"),
    [
        ("north 2", {"region": "north", "zoom": "2"}, "tiles north 2 7"),
        ("", {"region": None, "zoom": None}, "tiles 7"),
        ("north", {"region": None, "zoom": None}, "tiles 7"),
    ],
)
def test_several_fields(group: str, values: dict[str, str | None], called: str) -> None:
    (found,) = as_facts([replace(TILE, group=group, value=7)], ("region", "zoom", "tile"))
    assert found["values"] == {**values, "tile": "7"}
    assert title(found) == called


def test_of_many_ranges_a_person_is_shown_some() -> None:
    (found,) = as_facts([replace(TILE, value=each) for each in range(0, 100, 2)], ("tile",))
    assert title(found, 2) == "tiles tile 0, 2, and 48 more ranges"


@pytest.mark.parametrize(
    ("requested", "key", "of"),
    [({}, ("model", "year"), "scenario"), ({"ingest_job_key": "region,tile"}, ("region", "tile"), "import")],
)
def test_the_fields_are_those_of_the_run(requested: dict[str, str], key: tuple[str, ...], of: str) -> None:
    run = Run("staging-1", 1, "k3y", OPEN, AT, "alice@laptop", requested, ["tiles_verify"])
    assert key_of(run) == key
    attempt = {"began": AT, "facts": {"completed": 0, "requested": 3, "before": 0, "scenario": "tiles"}}
    (found,) = facts._imported([{"name": "tiles_verify", "attempts": [attempt]}], run)
    assert found == {"dataset": None, of: "tiles", "requested": 3, "completed": 0, "before": 0}


@pytest.mark.parametrize(
    ("value", "exception", "alike"),
    [
        (17, "no tile 17: /tiles/17.tif, tile-17", "no tile #: /tiles/#.tif, tile-#"),
        (17, "171 of 0.17 in x17", "171 of 0.17 in x17"),
        ("a-b", "no a-b, but a-bc and a", "no #, but a-bc and a"),
        (None, "no tile 17", "no tile 17"),
    ],
)
def test_an_exception_is_alike_whatever_the_value(value: int | str | None, exception: str, alike: str) -> None:
    assert replace(TILE, value=value, exception=exception).alike.replace(OWN_VALUE, "#") == alike
