# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action face of an operation: runs it inside the controller, where it can show what it is doing.

A module costs most of a second (fork, archive, new interpreter, import of boto3) and is silent until it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.release import __version__
from ansible_collections.amazon.aws.plugins.module_utils.botocore import HAS_BOTO3
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context, Progress, Silent
from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.module import validate
from ansible_collections.climate.ingest.plugins.module_utils.perform import (
    PATIENCE_SPEC,
    Clients,
    environment,
    perform,
    versions,
)
from ansible_collections.climate.ingest.plugins.plugin_utils import controller
from ansible_collections.climate.ingest.plugins.plugin_utils.clients import ClientMaker, read_models
from ansible_collections.climate.ingest.plugins.plugin_utils.progress import DisplayProgress
from ansible_collections.climate.ingest.plugins.plugin_utils.shared_memory import SHARED

# the connection options that say which account it is
CONNECTION = ("region", "endpoint_url", "profile", "access_key")


class OperationAction(ActionBase):
    """Base of this collection's action plugins; each names its ``operation``.

    Where the controller cannot stand in for the target (another host, another user, ``async``, no boto3 here)
    the module of the same name runs as usual.
    """

    operation: Operation
    _supports_check_mode = True
    _supports_async = True

    def __init_subclass__(cls) -> None:
        """Read what the operation needs of AWS's models when Ansible loads the plugin, before it forks the tasks."""
        super().__init_subclass__()
        read_models([*cls.operation.services, *(["ssm"] if cls.operation.recorded else [])])

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the operation here, or its module where the task belongs."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        if not self._belongs_here():
            return result | self._execute_module(task_vars=task_vars, wrap_async=bool(self._task.async_val))
        with environment(self._task_environment()):
            spec = aws_argument_spec() | PATIENCE_SPEC | self.operation.argument_spec
            _validation, params = self.validate_argument_spec(spec, **self.operation.constraints)
            if params["debug_botocore_endpoint_logs"]:  # collected by AnsibleAWSModule only
                return result | self._execute_module(task_vars=task_vars)
            host = str((task_vars or {}).get("inventory_hostname", ""))
            answer = result | self._perform(params, _secrets(spec, params), host)
        hint = (task_vars or {}).get("ingest_unreachable_hint")
        if answer.pop("unreached", False) and hint:
            answer["msg"] += f". {self._templar.template(hint)}"
        return answer

    def _belongs_here(self) -> bool:
        local = self._connection.transport == "local" and not self._connection.become
        return HAS_BOTO3 and local and not self._task.async_val

    def _task_environment(self) -> dict[str, str]:
        """Give the task's ``environment`` keyword, which Ansible applies to modules only."""
        variables: dict[str, Any] = {}
        self._compute_environment_string(variables)
        return {name: str(value) for name, value in variables.items()}

    def _preview(self, host: str) -> Preview:
        """Give what earlier tasks of this run predicted for a host; Ansible removes the folder at its end."""
        return Preview(controller.file_of(f"preview-{host}.json")) if self._task.check_mode else Preview()

    def _memo(self, host: str, params: Mapping[str, Any]) -> Memo:
        """Give what earlier tasks read of the account for a host: of this account, and predicted or not."""
        account = [str(params.get(name)) for name in CONNECTION]
        return Memo(SHARED.text("\n".join([host, *account, str(self._task.check_mode)])))

    def _perform(self, params: dict[str, Any], secrets: Sequence[str], host: str) -> dict[str, Any]:
        progress: Progress = Silent() if self._task.no_log else DisplayProgress(self._display, secrets)
        context = self._context(params, progress, host)
        if isinstance(progress, DisplayProgress):
            progress.watch(self._task.name or self._task.action)
        try:
            answer: dict[str, Any] = remove_values(
                perform(self.operation, context, params, diff=self._task.diff), secrets
            )
        finally:
            if isinstance(progress, DisplayProgress):
                progress.close()
        return answer

    def _context(self, params: dict[str, Any], progress: Progress, host: str) -> Context:
        clients = Clients(lambda: ClientMaker(str(self.ansible_name), params).connect, params)
        context = Context(
            connect=clients,
            renew=clients.renew,
            session_keys=clients.session_keys,
            patience=params["patience"],
            check_mode=self._task.check_mode,
            progress=progress,
            preview=self._preview(host),
            memo=self._memo(host, params),
            holder=controller.holder(),
            command=controller.command_line(),
            validate=validate,
            versions=versions(__version__),
        )
        if not self.operation.cleans_up:
            context = replace(context, checkpoint=controller.check)
        return replace(context, sleep=controller.sleeper(context, params.get("environment")))


def _secrets(spec: Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """List the values of the options that must never show."""
    return [str(params[name]) for name, option in spec.items() if option.get("no_log") and params.get(name)]
