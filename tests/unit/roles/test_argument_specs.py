"""Every variable of a role is documented, and what is documented is what the role does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
# without these, boto3 finds region and credentials
CONNECTION = {f"ingest_{name}" for name in ("endpoint_url", "profile", "access_key", "secret_key", "session_token")}
VARIABLE = re.compile(r"\bingest_[a-z_]+\b")


def defaults(role: str) -> dict[str, Any]:
    path = ROOT / "roles" / role / "defaults" / "main.yml"
    return yaml.safe_load(path.read_text()) if path.exists() else {}


def options(role: str) -> dict[str, Any]:
    specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text())
    entry_point = "variables" if role == "common" else "main"
    return specs["argument_specs"][entry_point]["options"] or {}


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_the_documented_ones(role: str) -> None:
    documented = {name: spec["default"] for name, spec in options(role).items() if "default" in spec}
    assert defaults(role) == documented


@pytest.mark.parametrize("role", ROLES)
def test_a_variable_is_required_or_has_a_default(role: str) -> None:
    undecided = {n for n, spec in options(role).items() if ("default" in spec) == bool(spec.get("required"))}
    assert undecided - CONNECTION == set()


def test_a_variable_has_one_home() -> None:
    homes: dict[str, list[str]] = {}
    for role in ROLES:
        for name in defaults(role):
            homes.setdefault(name, []).append(role)
    assert {name: roles for name, roles in homes.items() if len(roles) > 1} == {}


def test_no_variable_is_misspelt() -> None:
    made = yaml.safe_load((ROOT / "roles" / "common" / "vars" / "main.yml").read_text())
    known = {name for role in ROLES for name in options(role)} | set(made)
    used = {
        (str(path.relative_to(ROOT)), name)
        for folder in ("roles", "playbooks", "inventories")
        for path in (ROOT / folder).rglob("*.yml")
        for name in VARIABLE.findall(path.read_text())
    }
    assert {(path, name) for path, name in used if name not in known} == set()
