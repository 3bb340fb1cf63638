"""The fields by which a job is known, and their values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.dataset import of_import, read_dataset
from ansible_collections.climate.ingest.plugins.module_utils.record import job_key
from ansible_collections.climate.ingest.plugins.module_utils.record.imports import read_imports


@pytest.mark.parametrize(
    "fields", [[], ["Tile"], ["a", "a"], ["a", "b", "c", "d", "e"], ["scenario"], ["all"], ["2d"], [""]]
)
def test_a_key_that_names_no_job_is_refused(fields: list[str]) -> None:
    with pytest.raises(InvalidInput, match="ingest_job_key is"):
        job_key.read_key(fields)


def test_values_are_words_whole_numbers_and_ranges() -> None:
    found = job_key.read_values(["1-3", "north,v1.5", 7, "007", "a-b"], "values.tile")
    assert found == [1, 2, 3, "north", "v1.5", 7, "007", "a-b"]


@pytest.mark.parametrize("item", ["20-1", "", "two words", "0-99999999999", "1,,2", "all"])
def test_what_is_no_value_is_refused(item: str) -> None:
    with pytest.raises(InvalidInput, match=r"values\.tile has"):
        job_key.read_values([item], "values.tile")


@given(st.sets(st.integers(0, 500) | st.sampled_from(["north", "v1.5", "007", "a-b", "9-2"])))
def test_what_is_written_as_ranges_reads_the_same(values: set[Any]) -> None:
    assert set(job_key.expand(job_key.compress(values))) == values


def test_a_long_list_is_cut_in_a_message() -> None:
    text = job_key.shown(range(0, 20_000, 2))
    assert text.endswith("98, and 9950 more ranges") and job_key.shown(range(1, 20_001)) == "1-20000"


@pytest.mark.parametrize(
    ("key", "values", "groups", "last", "shape"),
    [
        (["tile"], {"tile": "1-20000"}, ["tile"], [1, 20_000], "20000 of tile"),
        (["year", "tile"], {"year": [2001, 2002], "tile": "5"}, ["2001", "2002"], [5, 5], "2 of year x 1 of tile"),
        (["a", "b", "c"], {"a": "x,y", "b": "1-2", "c": "z"}, ["x 1", "x 2", "y 1", "y 2"], ["z", "z"], "2 of a x"),
    ],
)
def test_an_import_has_a_job_for_each_combination(
    key: list[str], values: dict[str, Any], groups: list[str], last: list[Any], shape: str
) -> None:
    (own,) = read_imports([{"name": "own", "values": values}], key)
    found = of_import(own)
    assert (found.groups, [found.values[0], found.values[-1]]) == (groups, last)
    assert found.shape.startswith(shape) and own.called == "own"


@pytest.mark.parametrize(
    ("given_values", "says"),
    [
        ({"values": {"time": 1}}, "has values of time; the fields"),
        ({"models": ["A"]}, "has models, which are for jobs known by model and year"),
        ({"years": ["2050"]}, "give values: {tile: ...}"),
    ],
)
def test_values_of_other_fields_are_refused(given_values: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match="ingest_imports") as raised:
        read_imports([{"name": "own", **given_values}], ["tile"])
    assert says in raised.value.message


def test_all_needs_a_meaning_and_the_climate_apis_fields_have_a_short_form() -> None:
    key, all_of = {"job_key": ["tile"], "values": {}}, {"all_values": {"tile": "1-3"}}
    assert read_dataset({**key, **all_of}).values == [1, 2, 3]
    with pytest.raises(InvalidInput, match="list in all_values.tile what all means"):
        read_dataset({**key, "all_values": {}})
    (own,) = read_imports([{"scenario": "A1B", "values": {"model": "X", "year": "2050-2051"}}])
    assert (own.models, own.years, of_import(own).jobs) == (["X"], ["2050-2051"], 2)
    with pytest.raises(InvalidInput, match="has no scenario"):
        read_imports([{"name": "own"}])
