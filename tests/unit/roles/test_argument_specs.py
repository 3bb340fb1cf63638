"""Every variable stands in one role: documented in its argument spec, with a default of that type."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.climate.ingest.plugins.module_utils.preflight import inputs
from ansible_collections.climate.ingest.plugins.module_utils.record.catalogue import CATALOGUE
from tests.fakes.sound_account import DEFAULTS, SPECS, check_defaults

ROOT = Path(__file__).parents[3]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
# without these, boto3 finds region and credentials
CONNECTION = {f"ingest_{name}" for name in ("endpoint_url", "profile", "access_key", "secret_key", "session_token")}
VARIABLE = re.compile(r"\bingest_[a-z_]+\b")


def read(role: str, path: str) -> dict[str, Any]:
    file = ROOT / "roles" / role / path
    return yaml.safe_load(file.read_text()) if file.exists() else {}


def given(role: str) -> dict[str, Any]:
    """Give what a role sets: its defaults, and what nobody else is to set."""
    return {**read(role, "defaults/main.yml"), **read(role, "vars/main.yml")}


def entry_points(role: str) -> list[dict[str, Any]]:
    return list(read(role, "meta/argument_specs.yml")["argument_specs"].values())


def options(role: str) -> dict[str, Any]:
    return {name: spec for each in entry_points(role) for name, spec in each["options"].items()}


@pytest.mark.parametrize("role", ROLES)
def test_a_variable_is_required_or_has_a_value(role: str) -> None:
    required = {name for name, spec in options(role).items() if spec.get("required")}
    assert given(role).keys() | required == options(role).keys() - CONNECTION
    assert not given(role).keys() & required


@pytest.mark.parametrize("role", ROLES)
def test_galaxy_describes_a_role_as_its_spec_does(role: str) -> None:
    assert read(role, "meta/main.yml")["galaxy_info"]["description"] == entry_points(role)[0]["short_description"]


def test_a_variable_has_one_role() -> None:
    names = [name for role in ROLES for each in entry_points(role) for name in each["options"]]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("role", ROLES)
def test_ansible_doc_shows_the_defaults(role: str) -> None:
    """Without, it would show null. antsibull-docs takes no template for a dictionary or a list of them."""
    documented = {name: spec["default"] for name, spec in options(role).items() if "default" in spec}
    defaults = read(role, "defaults/main.yml")
    dicts = {name for name, spec in options(role).items() if "dict" in (spec["type"], spec.get("elements"))}
    templates = {name for name in dicts if isinstance(defaults.get(name), str)}
    assert documented == {name: value for name, value in defaults.items() if name not in templates}


def test_defaults_are_of_the_documented_types() -> None:
    assert check_defaults() == []
    assert DEFAULTS.keys() >= inputs.RANGES.keys() | (CATALOGUE.commands.keys() - {"ingest_command"})


def test_no_variable_is_misspelt() -> None:
    used = {
        (str(path.relative_to(ROOT)), name)
        for folder in ("roles", "playbooks", "inventories", "extensions")
        for path in (ROOT / folder).rglob("*.yml")
        for name in VARIABLE.findall(path.read_text())
    }
    assert {(path, name) for path, name in used if name not in SPECS} == set()
