"""A moto server with the data plane of ECS, and a cluster to play with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from moto.core.base_backend import BackendDict
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from sandbox import ecs
from sandbox.runtime import Runtime
from sandbox.timing import Timing
from tests.fakes.ecs_world import IMAGES, World


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
