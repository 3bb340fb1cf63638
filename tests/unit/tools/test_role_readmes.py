"""The README of a role is what its argument spec and its defaults say."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.module import validate
from ansible_collections.climate.ingest.plugins.module_utils.preflight import inputs
from ansible_collections.climate.ingest.plugins.module_utils.preflight.findings import Findings
from tests.fakes.sound_account import SPECS
from tools.role_readmes import EXAMPLES, ROLES, render

NAMES = sorted(path.name for path in ROLES.iterdir())


@pytest.mark.parametrize("role", NAMES)
def test_the_readme_is_up_to_date(role: str) -> None:
    assert (ROLES / role / "README.md").read_text() == render(role), "python -m tools.role_readmes writes it"


@pytest.mark.parametrize("role", NAMES)
def test_the_example_sets_variables_that_exist_to_values_that_are_right(role: str) -> None:
    findings = Findings()
    assert inputs.unknown(EXAMPLES[role], SPECS) == []
    inputs.check(EXAMPLES[role], SPECS, validate, findings)
    assert findings.problems == []


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
