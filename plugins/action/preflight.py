# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the operation in the controller; documented in the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.preflight.preflight import OPERATION
from ansible_collections.climate.ingest.plugins.plugin_utils import role_variables
from ansible_collections.climate.ingest.plugins.plugin_utils.operation import OperationAction


class ActionModule(OperationAction):
    """See the module. What the task does not give comes from the host's variables and the roles of the collection."""

    operation = OPERATION

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Collect the variables and their argument specs, and run the operation."""
        if "variables" not in self._task.args:
            specs = role_variables.read_specs(self._loader)
            defaults = role_variables.read_defaults(self._loader)
            variables = defaults | (task_vars or {})
            values, unresolved = role_variables.resolve(self._templar, variables, specs)
            found = {"variables": values, "unresolved": unresolved, "specs": specs, "defaults": defaults}
            self._task.args = {**found, **self._task.args}
        return super().run(tmp, task_vars)
