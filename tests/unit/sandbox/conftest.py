"""An account for the tests of a module, and clients for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.server import Sandbox
from sandbox.timing import Timing


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox without the climate data, shared by a module's tests; its database changes in tenths of a second."""
    factors = {"database_class_change": 0.4, "storage_optimization": 0.3, "storage_cooldown": 0.2}
    with Sandbox(tmp_path_factory.mktemp("state dir"), timing=Timing("quick", factors), data=False) as sandbox:
        yield sandbox


@pytest.fixture
def client(account: Sandbox) -> Callable[..., Any]:
    """Make boto3 clients as an operator would."""

    def make(service: str, **more: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=account.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="operator",
            aws_secret_access_key="secret",
            **more,
        )

    return make


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Give what a condition returns once it is true; fail after ten seconds."""

    def wait(condition: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 10
        while not (value := condition()):
            assert time.monotonic() < deadline, "it does not come true"
            time.sleep(0.02)
        return value

    return wait


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A state folder, in a path with a space."""
    return tmp_path / "a state" / "folder"
