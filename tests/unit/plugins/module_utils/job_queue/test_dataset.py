from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.dataset import (
    Dataset,
    check_distinct,
    compress,
    of_year,
    read_dataset,
    spelled,
)
from ansible_collections.climate.ingest.plugins.module_utils.record.imports import Import

MODELS = ["ACCESS1-0", "CCSM4"]
LOCA = Import("loca", "RCP85", "LOCA", ["CCSM4"], ["2006-2010"])


def params(**given: list[str]) -> dict[str, Any]:
    return {"models": ["all"], "years": ["all"], "all_models": MODELS, "all_years": ["2006-2099"], **given}


@pytest.mark.parametrize(
    ("given", "models", "years"),
    [
        ({}, MODELS, list(range(2006, 2100))),
        ({"models": ["CCSM4"], "years": ["2050", " 2051"]}, ["CCSM4"], [2050, 2051]),
        ({"models": ["ALL"], "years": ["2031", "2044-2046"]}, MODELS, [2031, 2044, 2045, 2046]),
        ({"models": ["CCSM4", "CCSM4"], "years": ["2050", "2049-2051"]}, ["CCSM4"], [2049, 2050, 2051]),
    ],
)
def test_what_is_asked(given: dict[str, list[str]], models: list[str], years: list[int]) -> None:
    requested = read_dataset(params(**given))
    assert (requested.groups, requested.values, requested.jobs) == (models, years, len(models) * len(years))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"all_models": []}, "models is all, and all_models is empty"),
        ({"all_years": []}, "years is all, and all_years is empty"),
        ({"models": []}, "models is ''"),
        ({"models": ["CCSM4", ""]}, "models is 'CCSM4,'"),
        ({"models": ["CCSM4", "all"]}, "models is 'CCSM4,all'"),
        ({"years": []}, "years is empty"),
        ({"years": ["20"]}, "years has '20'"),
        ({"years": ["2050-2049"]}, "years has '2050-2049'"),
        ({"years": ["2050", "all"]}, "years has 'all'"),
    ],
)
def test_what_is_refused(given: dict[str, list[str]], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_dataset(params(**given))
    assert message in caught.value.message


def test_missing_is_listed_by_model() -> None:
    requested = Dataset(MODELS, [2050, 2051, 2052])
    assert requested.missing({"ACCESS1-0": [2050, 2051, 2052, 1999]}) == {"CCSM4": [2050, 2051, 2052]}
    assert requested.missing({"ACCESS1-0": {2051}, "CCSM4": {2050, 2051, 2052}}) == {"ACCESS1-0": [2050, 2052]}


def test_ranges_are_compressed() -> None:
    assert compress([2046, 2031, 2044, 2045]) == "2031, 2044-2046"
    assert compress([]) == ""


@given(st.sets(st.integers(1000, 9999), min_size=1))
def test_compressed_years_read_back(years: set[int]) -> None:
    text = compress(years)
    assert read_dataset(params(years=text.split(", "))).values == sorted(years)


@pytest.mark.parametrize(
    ("given", "arguments", "written"),
    [
        ({}, ["create_jobs", "RCP85", "all", "all"], ["create_jobs", "RCP85", "all", "all"]),
        ({"models": ["ALL"]}, ["create_jobs", "RCP85", "ALL", "all"], ["create_jobs", "RCP85", "all", "all"]),
        ({"models": ["A", " B"], "years": ["2031-2033"]}, ["x", "A, B", "2031-2033"], ["x", "A,B", "2031,2032,2033"]),
        ({"models": ["A", "A"], "years": ["2050-2051", "2050"]}, ["A,A", "2050-2051,2050"], ["A", "2050,2051"]),
        (
            {"years": ["2006", "2050"]},
            ["create_jobs", "2006,2050", "2007-2008"],
            ["create_jobs", "2006,2050", "2007-2008"],
        ),
    ],
)
def test_a_command_gets_them_as_the_application_takes_them(
    given: dict[str, list[str]], arguments: list[str], written: list[str]
) -> None:
    assert spelled(arguments, params(**given)) == written


@pytest.mark.parametrize(
    ("given", "arguments", "written"),
    [
        ({"models": ["A", "B"], "years": ["2050-2051"]}, ["x", "A,B", "2050,2051"], ["x", "A,B", "2050"]),
        ({"models": ["A", "B"], "years": ["2050-2051"]}, ["x", "A, B", "2050-2051"], ["x", "A,B", "2050"]),
        ({"models": ["A"]}, ["data", "x", "A", "all"], ["data", "x", "A", "2050"]),
        ({"years": ["2050", "2051"]}, ["x", "all", "2050,2051"], None),
        ({"models": ["A"], "years": ["2050"]}, ["x", "A", "2050"], None),
        ({"models": ["A"], "years": ["2050-2051"]}, ["x", "A", "2052-2053"], None),
        ({"models": ["A"]}, ["all", "A", "all"], None),
    ],
    ids=["as written", "as given", "all years", "all models", "one year", "other years", "twice"],
)
def test_a_command_is_written_for_one_year(
    given: dict[str, list[str]], arguments: list[str], written: list[str] | None
) -> None:
    assert of_year(arguments, params(**given), 2050) == written


def test_imports_that_have_a_job_in_common_are_refused() -> None:
    both = [LOCA, replace(LOCA, name="again", models=["all"], all_models=MODELS, years=["2009-2012"])]
    says = r"has LOCA RCP85 CCSM4 2009-2010 twice, in loca and in again: its jobs would be queued twice"
    with pytest.raises(InvalidInput, match=says):
        check_distinct(both)


@pytest.mark.parametrize(
    "change", [{"dataset": "NEX-GDDP"}, {"scenario": "RCP45"}, {"models": ["ACCESS1-0"]}, {"years": ["2011"]}], ids=str
)
def test_imports_without_a_job_in_common_are_not(change: dict[str, Any]) -> None:
    check_distinct([LOCA, replace(LOCA, name="other", **change)])
