"""An account for the tests of a module, and clients for it; an empty one with the data plane of ECS for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from moto.core.base_backend import BackendDict
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from sandbox import ecs
from sandbox.credentials import Keys
from sandbox.runtime import Runtime
from sandbox.server import Sandbox
from sandbox.services import moto_patches
from sandbox.timing import Timing
from tests import waiting
from tests.fakes.sandbox.ecs_world import IMAGES, World


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox without the climate data, shared by a module's tests; its database changes in tenths of a second."""
    factors = {"database_class_change": 0.4, "storage_optimization": 0.3, "storage_cooldown": 0.2}
    with Sandbox(tmp_path_factory.mktemp("state dir"), timing=Timing("quick", factors), data=False) as sandbox:
        yield sandbox


@pytest.fixture
def client(account: Sandbox) -> Callable[..., Any]:
    """Make boto3 clients as an operator would, or whoever has the keys."""

    def make(service: str, keys: Keys = account.credentials.operator, **more: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=account.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            **more,
        )

    return make


@pytest.fixture
def until() -> Callable[..., Any]:
    """Give what a condition returns once it is true."""
    return waiting.until


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A state folder, in a path with a space."""
    return tmp_path / "a state" / "folder"


@pytest.fixture
def factors() -> dict[str, float]:
    """Delays of the quick profile, scaled; tests override it."""
    return {"all": 0.2}


@pytest.fixture(scope="session")
def endpoint_url() -> Iterator[str]:
    """A moto server for all tests; each test starts with an empty account of its own data plane."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def runtime(tmp_path: Path, factors: dict[str, float], endpoint_url: str) -> Iterator[Runtime]:
    (tmp_path / "app").mkdir()
    images = tmp_path / "images.yml"
    images.write_text(yaml.safe_dump(IMAGES))
    BackendDict.reset()
    runtime = Runtime(Timing("quick", factors), tmp_path, tmp_path, endpoint_url, images)
    ecs.install(runtime)
    yield runtime
    runtime.stopping.set()
    moto_patches.restore()


@pytest.fixture
def world(runtime: Runtime) -> World:
    world = World(runtime)
    world.ecs.create_cluster(clusterName="workers")
    return world


@pytest.fixture
def workers(world: World) -> World:
    """An account whose cluster has one t2.large."""
    world.group()
    world.instances(1)
    return world
