"""Pieces of Vega-Lite specifications that the figures share."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.report import vega
from ansible_collections.climate.ingest.plugins.module_utils.report.times import Stretch
from ansible_collections.climate.ingest.plugins.module_utils.report.vega import Series

AXIS = Stretch(0, 3_600_000)
SERIES = [Series("left", "left", "blue"), Series("in_flight", "in flight", "orange", (7, 3))]


def test_a_specification_is_as_wide_as_its_place_and_reads_the_rows() -> None:
    spec = vega.base(160, [])
    assert (spec["width"], spec["height"], spec["data"]) == ("container", 160, {"name": "rows"})


@pytest.mark.parametrize(("minutes", "form"), [(10, "%H:%M:%S"), (11, "%H:%M")])
def test_a_short_stretch_shows_seconds(minutes: int, form: str) -> None:
    axis = vega.time_axis(Stretch(0, minutes * 60_000))
    assert f": '{form}')" in axis["axis"]["labelExpr"]
    assert axis["scale"]["domain"] == {"expr": f"[0, {minutes * 60_000}]"}


@pytest.mark.parametrize(("whole", "step"), [(True, 1), (False, None)])
def test_whole_numbers_have_whole_ticks(whole: bool, step: int | None) -> None:
    assert vega.amount_axis(whole)["axis"].get("tickMinStep") == step


def test_series_are_told_apart_by_colour_and_stroke() -> None:
    found = vega.by_series(SERIES)
    assert found["color"]["scale"] == {"domain": ["left", "in_flight"], "range": ["var(--blue)", "var(--orange)"]}
    assert found["strokeDash"]["scale"]["range"] == [[1, 0], [7, 3]]


@pytest.mark.parametrize(("points", "drawn"), [(1, True), (3, True), (4, False)])
def test_few_values_are_points_as_well(points: int, drawn: bool) -> None:
    mark = vega.lines(AXIS, SERIES, points, False, False)["layer"][0]["mark"]
    assert ("point" in mark) is drawn


@pytest.mark.parametrize(("steps", "interpolated"), [(True, "step-after"), (False, "linear")])
def test_a_value_holds_or_changes_on_the_way(steps: bool, interpolated: str) -> None:
    assert vega.lines(AXIS, SERIES, 9, steps, False)["layer"][0]["mark"]["interpolate"] == interpolated


def test_the_pointer_tells_all_values() -> None:
    tips = vega.lines(AXIS, SERIES, 9, True, False)["layer"][1]["encoding"]["tooltip"]
    assert [tip["title"] for tip in tips] == ["UTC", "left", "in flight"]


def test_areas_are_stacked_in_the_order_of_the_series() -> None:
    area, _pointer = vega.stacked(AXIS, SERIES)["layer"]
    assert area["transform"][1]["calculate"] == "datum.series === 'left' ? 0 : datum.series === 'in_flight' ? 1 : 99"
    assert area["encoding"]["y"]["stack"] == "zero"
