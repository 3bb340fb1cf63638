"""The variables of the roles, and what a host has set, as the preflight gets them."""

from __future__ import annotations

from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.climate.ingest.plugins.plugin_utils import role_variables

LOADER = DataLoader()
SPECS: dict[str, dict[str, Any]] = {
    "ingest_a": {"type": "str"},
    "ingest_b": {"type": "str"},
    "ingest_c": {"type": "dict"},
    "ingest_key": {"type": "str", "no_log": True},
}


def resolve(**variables: Any) -> tuple[dict[str, Any], dict[str, str]]:
    templates = {name: trust_as_template(value) if "{{" in str(value) else value for name, value in variables.items()}
    return role_variables.resolve(Templar(LOADER), templates, SPECS)


def test_the_specs_and_defaults_of_all_roles_are_read():
    specs, defaults = role_variables.read_specs(LOADER), role_variables.read_defaults(LOADER)
    assert specs["ingest_worker_count"]["type"] == "int"
    assert defaults["ingest_worker_count"] == 200
    assert defaults["ingest_environment"] == "staging"


def test_defaults_are_templates_of_one_another():
    specs, defaults = role_variables.read_specs(LOADER), role_variables.read_defaults(LOADER)
    values, unresolved = role_variables.resolve(Templar(LOADER), defaults | {"ingest_scenario": "RCP45"}, specs)
    assert unresolved == {}
    assert values["ingest_create_jobs_command"] == ["create_jobs", "RCP45", "all", "all"]
    assert "m4.2xlarge" in values["ingest_command_placement_constraints"][0]["expression"]


def test_only_the_variables_of_the_collection_are_templated():
    assert resolve(ingest_a="{{ x }}", x=5, y="{{ nope }}") == ({"ingest_a": 5}, {})


def test_a_secret_is_left_out_and_so_is_the_value_of_a_misspelt_variable():
    assert resolve(ingest_key="s3cret", ingest_kye="s3cret") == ({"ingest_kye": None}, {})


def test_a_template_that_fails_names_the_variable_that_was_set():
    values, unresolved = resolve(ingest_a="{{ nope }}", ingest_b="{{ ingest_a }}", ingest_c="{{ {'b': ingest_b} }}")
    assert values == {}
    assert unresolved == {"ingest_a": "'nope' is undefined"}


def test_templates_that_use_each_other_are_all_named():
    _values, unresolved = resolve(ingest_a="{{ ingest_b }}", ingest_b="{{ ingest_a }}")
    assert unresolved.keys() == {"ingest_a", "ingest_b"}
