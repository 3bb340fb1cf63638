"""The figures of the fleet: instances and their prices."""

from __future__ import annotations

from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.report import fleet
from ansible_collections.climate.ingest.plugins.module_utils.report.times import stretches
from ansible_collections.climate.ingest.plugins.module_utils.report.vega import COLOURS, Figure
from tests.fakes.report import facts as sample_facts


def figures(facts: dict[str, Any]) -> tuple[Figure, Figure]:
    instances, prices = fleet.draw(facts, stretches(facts))
    return instances, prices


def test_the_sentence_has_the_most_at_once_and_by_type_and_zone() -> None:
    instances, _prices = figures(sample_facts.finished())
    assert instances.sentence == (
        "At most 18 instances at once; at most by type and zone: m4.2xlarge us-east-1a 8, m4.2xlarge us-east-1b 6, "
        "m5.2xlarge us-east-1a 4 and m5.2xlarge us-east-1c 2.5."
    )


def test_a_market_has_the_same_colour_in_both_figures() -> None:
    instances, prices = figures(sample_facts.finished())
    colours = {mark.label: mark.colour for mark in instances.legend}
    assert len(set(colours.values())) == 4
    assert all(colours[mark.label] == mark.colour for mark in prices.legend)


def test_markets_beyond_the_colours_are_grey() -> None:
    facts = sample_facts.finished()
    names = [f"m4.2xlarge zone-{number}" for number in range(len(COLOURS) + 2)]
    length = len(facts["fleet"]["times"])
    facts["fleet"] |= {"instances": {name: [1.0] * length for name in names}, "prices": {}}
    instances, prices = figures(facts)
    assert [mark.colour for mark in instances.legend] == [*COLOURS, "grey", "grey"]
    assert (prices.panels, prices.sentence) == ([], "No spot price is known.")


def test_a_price_that_changes_is_a_span_and_an_unknown_one_is_named() -> None:
    _instances, prices = figures(sample_facts.finished())
    assert "m4.2xlarge us-east-1b 0.138 to 0.152" in prices.sentence
    assert "m5.2xlarge us-east-1a 0.161 (unknown for a part of the time)" in prices.sentence
    assert prices.sentence.endswith("No price is known for m5.2xlarge us-east-1c.")
    assert "m5.2xlarge us-east-1c" not in [mark.label for mark in prices.legend]


def test_the_last_bucket_lasts_until_its_end() -> None:
    facts = sample_facts.finished()
    instances, _prices = figures(facts)
    columns = instances.panels[0].columns
    assert columns["t"][-1] - columns["t"][-2] == 60_000
    assert columns["s0"][-1] == columns["s0"][-2]


def test_without_a_fleet_nothing_is_drawn() -> None:
    instances, prices = figures(sample_facts.begun())
    assert (instances.sentence, list(instances.panels)) == ("No spot instance has run yet.", [])
    assert (prices.sentence, list(prices.panels)) == ("No spot price is known.", [])


def test_a_stretch_without_a_known_price_has_no_drawing() -> None:
    facts = sample_facts.resumed()
    half = sum(time < facts["run"]["closed_at"][:10] for time in facts["fleet"]["times"])
    for name, values in facts["fleet"]["prices"].items():
        facts["fleet"]["prices"][name] = [None] * half + values[half:]
    instances, prices = figures(facts)
    assert [panel.name for panel in instances.panels] == ["instances-0", "instances-1"]
    assert [panel.name for panel in prices.panels] == ["prices-1"]
