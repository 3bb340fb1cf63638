# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run of an environment as a whole: opened or gone on with, closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils import runs
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context, Operation, Result


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Bring the run to the state asked for; the parameters are the module's."""
    bring = {"open": runs.opened, "resumed": runs.resumed, "closed": runs.closed}[params["state"]]
    return bring(context, params)


OPERATION = Operation(
    run=run,
    argument_spec={
        "state": {"type": "str", "choices": ["open", "resumed", "closed"], "default": "open"},
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "family": {"type": "str"},
        "database": {"type": "str"},
        "goals": {"type": "list", "elements": "str", "default": []},
        "asked": {"type": "dict", "default": {}},
        "new_run_after": {"type": "str"},
        "assume_done": {"type": "list", "elements": "str", "default": []},
        "take_over": {"type": "str"},
    },
    constraints={"required_if": [["state", "open", ["goals"]], ["state", "closed", ["family", "database"]]]},
    services=("autoscaling", "ec2", "ecs", "rds", "ssm"),
)
