# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module face of an operation; the only file of module_utils that knows Ansible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.ansible_release import __version__
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .core.context import Context
from .core.operation import Operation
from .perform import PATIENCE_SPEC, Clients, perform, versions

ENVIRONMENTS = ("env", "variables")
HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def run_module(operation: Operation) -> None:
    """Be the main program of the module of an operation."""
    spec = PATIENCE_SPEC | operation.argument_spec
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True, **operation.constraints)
    clients = Clients(lambda: module.client, module.params)
    context = Context(
        connect=clients,
        renew=clients.renew,
        session_keys=clients.session_keys,
        patience=module.params["patience"],
        check_mode=module.check_mode,
        validate=validate,
        versions=versions(__version__),
    )
    answer = perform(operation, context, module.params, diff=module._diff)
    for warning in answer.pop("warnings", []):
        warn(warning)
    answer["invocation"] = {"module_args": _names_only(module.params)}
    if answer.get("failed"):
        module.fail_json(**answer)
    module.exit_json(**answer)


def validate(spec: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Validate values by an argument spec: the values as its types, and what is wrong with them."""
    result = ArgumentSpecValidator(spec).validate(values)
    return result.validated_parameters, result.error_messages


def _names_only(params: dict[str, Any]) -> dict[str, Any]:
    """Leave out the values of environment variables, of containers and of a run: passwords are among them."""
    named = {name: params[name] for name in ENVIRONMENTS if isinstance(params.get(name), dict)}
    return params | {name: dict.fromkeys(given, HIDDEN) for name, given in named.items()}
