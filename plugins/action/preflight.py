# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the operation in the controller; documented in the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import IngestError
from ansible_collections.climate.ingest.plugins.module_utils.preflight.preflight import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.record.imports import IMPORTS, read_imports
from ansible_collections.climate.ingest.plugins.module_utils.record.job_key import DEFAULT, VARIABLE
from ansible_collections.climate.ingest.plugins.plugin_utils import role_variables
from ansible_collections.climate.ingest.plugins.plugin_utils.operation import OperationAction

DATASET = "ingest_dataset"


class ActionModule(OperationAction):
    """See the module. What the task does not give comes from the host's variables and the roles of the collection."""

    operation = OPERATION

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Collect the variables and their argument specs, and run the operation."""
        if "variables" not in self._task.args:
            specs = role_variables.read_specs(self._loader)
            defaults = role_variables.read_defaults(self._loader)
            variables = defaults | (task_vars or {})
            values, unresolved = self._resolve(variables, specs)
            found = {"variables": values, "unresolved": unresolved, "specs": specs, "defaults": defaults}
            self._task.args = {**found, **self._task.args}
        return super().run(tmp, task_vars)

    def _resolve(self, variables: dict[str, Any], specs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Template the variables; of another application, those about an import with its first one."""
        values, unresolved = role_variables.resolve(self._templar, variables, specs)
        key, imports = values.get(VARIABLE), values.get(IMPORTS)
        if key in (None, [*DEFAULT]) or not isinstance(key, list) or not isinstance(imports, list):
            return values, unresolved
        try:
            first = read_imports(imports, key)[0].as_value()
        except (IngestError, TypeError, AttributeError):  # which preflight tells
            return values, unresolved
        about_first, unresolved = role_variables.resolve(self._templar, variables | {DATASET: first}, specs)
        return about_first | {DATASET: values[DATASET]}, unresolved
