"""The preflight sees every variable, under its own name, and has the defaults of the roles that come later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.climate.ingest.plugins.module_utils.preflight.preflight import OPERATION

ROOT = Path(__file__).parents[3]
# none is of a kind that could be wrong; what is assumed done is checked where the run is opened
UNCHECKED = {
    "ingest_assume_done",
    "ingest_goals",
    "ingest_playbook",
    "ingest_region",
    "ingest_report_folder",
    "ingest_section",
    "ingest_status_show",
    "ingest_step",
    "ingest_queued_already",
    "ingest_step_each_time",
    "ingest_step_prefix",
    "ingest_step_requires",
    "ingest_step_suffix",
    "ingest_unreachable_hint",
}


def defaults() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in (ROOT / "roles").glob("*/defaults/main.yml"):
        found |= yaml.safe_load(path.read_text()) or {}
    return found


def given() -> dict[str, str]:
    task = yaml.safe_load((ROOT / "roles" / "preflight" / "tasks" / "main.yml").read_text())[0]
    return dict(task["climate.ingest.preflight"])


def test_each_variable_is_checked() -> None:
    assert {name.removeprefix("ingest_") for name in defaults().keys() - UNCHECKED} <= given().keys()


def test_an_option_is_the_variable_of_its_name() -> None:
    named = {option: text for option, text in given().items() if "ingest_" in text}
    plain = {"playbook", "unreachable_hint"}
    assert {o for o, text in named.items() if f"ingest_{o} " not in text.replace("}}", " ")} - plain == set()


def test_defaults_of_the_module_are_those_of_the_roles() -> None:
    known = defaults()
    differ = {
        option: (spec["default"], known[f"ingest_{option}"])
        for option, spec in OPERATION.argument_spec.items()
        if "default" in spec and spec["default"] != known.get(f"ingest_{option}", spec["default"])
    }
    assert differ.keys() == {"command_placement_constraints"}, "a template, which the role always gives"
