# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The claim of a controller on an environment: taken before anything is changed, given back at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils import claims, parameters
from ansible_collections.climate.ingest.plugins.module_utils.operation import Context, Operation, Result


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Take the claim or give it back; never a change to report, as it is gone at the end.

    Raises:
        Refused: another controller has the environment.
    """
    environment = params["environment"]
    parameters.check_environment(environment)
    if params["state"] == "absent":
        claims.release(context, environment)
    elif context.check_mode:
        claims.check(context, environment, params["take_over"])
    else:
        claims.take(context, environment, params["take_over"])
    return Result(values={"environment": environment})


OPERATION = Operation(
    run=run,
    argument_spec={
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "environment": {"type": "str", "required": True},
        "take_over": {"type": "str"},
    },
    cleans_up=True,
    services=("ssm",),
)
