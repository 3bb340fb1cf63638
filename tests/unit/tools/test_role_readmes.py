"""The README of a role is what its argument spec and its defaults say."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.climate.ingest.plugins.module_utils.module import validate
from ansible_collections.climate.ingest.plugins.module_utils.preflight import inputs
from ansible_collections.climate.ingest.plugins.module_utils.preflight.findings import Findings
from tests.fakes.sound_account import SPECS
from tools.role_readmes import ROLES, render

NAMES = sorted(path.name for path in ROLES.iterdir())


@pytest.mark.parametrize("role", NAMES)
def test_the_readme_is_up_to_date(role: str) -> None:
    assert (ROLES / role / "README.md").read_text() == render(role), "python -m tools.role_readmes writes it"


@pytest.mark.parametrize("role", NAMES)
def test_the_example_loads_the_role_with_variables_that_exist_and_values_that_are_right(role: str) -> None:
    first, *_ = yaml.safe_load((ROLES / role / "meta/argument_specs.yml").read_text())["argument_specs"].values()
    (play,) = yaml.safe_load(first["examples"])
    variables = play.get("vars", {})
    findings = Findings()
    assert inputs.unknown(variables, SPECS) == []
    inputs.check(variables, SPECS, validate, findings)
    assert findings.problems == []
    assert play["roles"] == [f"climate.ingest.{name}" for name in dict.fromkeys(["common", role])]
    assert play["module_defaults"] == {"group/climate.ingest.ingest": "{{ ingest_connection }}"}


def test_a_row_has_type_default_meaning_and_range() -> None:
    assert (
        "| `ingest_instance_disk_gb` | int | `100` | Size of an instance's disk in GB. From 1 to 16384. |"
    ) in render("spot_instances")


def test_choices_and_what_has_no_default_are_shown() -> None:
    text = render("common")
    assert "One of `remove`, `keep`." in text
    assert "| `ingest_profile` | str |  |" in text
    assert "| `ingest_dataset.scenario` | str |  | The scenario." in text
    assert "| `ingest_command` | str or list | required |" in render("management_command")


def test_the_variables_of_an_entry_point_stand_together_under_its_title() -> None:
    before, title, after = render("common").partition("### Choose what is imported\n")
    assert "`ingest_queue`" in before
    assert title
    assert "`ingest_scenario`" in after
