"""Where an action runs its operation itself, and what it gives it. (How it behaves in a play: see ``action/``.)"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context, Silent
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.plugin_utils import controller, operation
from ansible_collections.climate.ingest.plugins.plugin_utils.operation import OperationAction


class Probe(OperationAction):
    """An action whose operation does nothing."""

    operation = Operation(run=lambda context, params: Result(), argument_spec={})


class Cleaner(OperationAction):
    """An action whose operation cleans up."""

    operation = Operation(run=lambda context, params: Result(), argument_spec={}, cleans_up=True)


def action(
    kind: type[OperationAction] = Probe, transport: str = "local", become: Any = None, **task: Any
) -> OperationAction:
    plain = {"async_val": 0, "check_mode": False, "no_log": False, "diff": False, "environment": []}
    connection = SimpleNamespace(transport=transport, become=become)
    made = kind(SimpleNamespace(**{**plain, **task}), connection, None, None, None, None)
    made.ansible_name = "climate.ingest.probe"
    return made


def test_an_operation_of_the_controller_runs_in_it() -> None:
    assert action()._belongs_here()


@pytest.mark.parametrize(
    "elsewhere", [{"transport": "ssh"}, {"become": "sudo"}, {"async_val": 60}], ids=["host", "user", "async"]
)
def test_another_host_another_user_and_async_take_the_module(elsewhere: dict[str, Any]) -> None:
    assert not action(**elsewhere)._belongs_here()


def test_without_boto3_the_module_reports_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "HAS_BOTO3", False)
    assert not action()._belongs_here()


def test_a_preview_is_kept_for_each_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    staging, production = ({"inventory_hostname": name} for name in ("staging", "production"))
    action(check_mode=True)._preview(staging).predict("service/a", {"status": "ACTIVE"})
    assert "service/a" in action(check_mode=True)._preview(staging)
    assert "service/a" not in action(check_mode=True)._preview(production)
    assert "service/a" not in action()._preview(staging)


def test_a_context_notices_a_stop_unless_the_operation_cleans_up() -> None:
    waiting: Context = action()._context({"environment": "staging", "patience": 60.0}, Silent(), "staging")
    assert waiting.checkpoint is controller.check
    cleaning: Context = action(Cleaner)._context({"environment": "staging", "patience": 60.0}, Silent(), "staging")
    assert cleaning.checkpoint is not controller.check
    assert waiting.holder == cleaning.holder == controller.holder()
    assert {"ansible-core", "python"} <= set(waiting.versions)


def test_only_options_that_must_not_show_are_secrets() -> None:
    spec = {"secret_key": {"no_log": True}, "session_token": {"no_log": True}, "region": {}}
    assert operation._secrets(spec, {"secret_key": "hunter2", "session_token": None, "region": "us-east-1"}) == [
        "hunter2"
    ]


@pytest.mark.parametrize(("recorded", "services"), [(True, ["ecs", "ssm"]), (False, ["ecs"])])
def test_models_are_read_when_the_plugin_is_loaded(
    monkeypatch: pytest.MonkeyPatch, recorded: bool, services: list[str]
) -> None:
    read: list[list[str]] = []
    monkeypatch.setattr(operation, "read_models", read.append)
    made = Operation(run=lambda context, params: Result(), argument_spec={}, recorded=recorded, services=("ecs",))
    type("Loaded", (OperationAction,), {"operation": made})
    assert read == [services]
