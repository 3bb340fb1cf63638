# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of the collection's roles: their argument specs, their defaults, and what a host has set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

PREFIX = "ingest_"
ROLES = Path(__file__).parents[2] / "roles"


def read_specs(loader: DataLoader) -> dict[str, dict[str, Any]]:
    """Read Ansible's argument spec of each variable from all roles, without the default that ansible-doc shows."""
    specs: dict[str, dict[str, Any]] = {}
    for path in sorted(ROLES.glob("*/meta/argument_specs.yml")):
        for entry_point in loader.load_from_file(str(path))["argument_specs"].values():
            specs |= entry_point.get("options") or {}
    return {name: {key: spec[key] for key in spec if key != "default"} for name, spec in specs.items()}


def read_defaults(loader: DataLoader) -> dict[str, Any]:
    """Read the defaults of all roles, also of those that a play loads later; templates are still templates."""
    defaults: dict[str, Any] = {}
    for path in sorted(ROLES.glob("*/defaults/main.yml")):
        defaults |= loader.load_from_file(str(path), trusted_as_template=True) or {}
    return defaults


def resolve(
    templar: Templar, variables: Mapping[str, Any], specs: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Template the variables of the collection.

    Args:
        templar: of the task.
        variables: all that the task has, and the roles' defaults.
        specs: of the variables that exist. Secrets are left out, and so is the value of a variable that does not exist.

    Returns:
        The values, and for each variable whose template fails the reason.
    """
    engine = templar.copy_with_new_env(available_variables=variables)
    values: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for name in sorted(each for each in variables if each.startswith(PREFIX)):
        if name not in specs:
            values[name] = None
        elif not specs[name].get("no_log"):
            try:
                values[name] = engine.template(variables[name])
            except AnsibleError as error:
                failed[name] = str(error)
    return values, _roots(failed, variables)


def _roots(failed: Mapping[str, str], variables: Mapping[str, Any]) -> dict[str, str]:
    """Keep those that do not fail because of another one."""

    def uses_another(name: str) -> bool:
        return any(other != name and re.search(rf"\b{other}\b", str(variables[name])) for other in failed)

    return {name: why for name, why in failed.items() if not uses_another(name)} or dict(failed)
