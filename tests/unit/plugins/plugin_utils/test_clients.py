from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import IngestError
from ansible_collections.climate.ingest.plugins.plugin_utils import clients

OPTIONS: dict[str, Any] = {
    "region": "eu-west-1",
    "endpoint_url": "http://127.0.0.1:1",
    "access_key": "testing-access",
    "secret_key": "testing-secret",
    "session_token": "",
    "profile": "",
    "validate_certs": True,
    "aws_ca_bundle": None,
    "aws_config": None,
}


def test_the_options_of_the_task_make_the_client() -> None:
    maker = clients.ClientMaker("climate.ingest.probe", {**OPTIONS, "aws_config": {"read_timeout": 7}})
    client = maker.connect("ecs", config={"connect_timeout": 3, "read_timeout": 60})
    assert client.meta.region_name == "eu-west-1"
    assert client.meta.endpoint_url == "http://127.0.0.1:1"
    assert (client.meta.config.connect_timeout, client.meta.config.read_timeout) == (3, 7)


def test_a_profile_and_keys_are_refused() -> None:
    with pytest.raises(IngestError, match="profile and access tokens"):
        clients.ClientMaker("climate.ingest.probe", {**OPTIONS, "profile": "production"}).connect("ecs")


def test_an_endpoint_that_is_none_is_said() -> None:
    with pytest.raises(IngestError, match="Couldn't connect to AWS: Invalid endpoint: nonsense"):
        clients.ClientMaker("climate.ingest.probe", {**OPTIONS, "endpoint_url": "nonsense"}).connect("ecs")


def test_models_read_once_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clients.read_models(["ecs"])
    read: list[str] = []
    load = JSONFileLoader.load_file

    def watched(loader: JSONFileLoader, path: str) -> Any:
        found = load(loader, path)
        read.extend([path] if found else [])
        return found

    monkeypatch.setattr(JSONFileLoader, "load_file", watched)
    clients.ClientMaker("climate.ingest.probe", OPTIONS).connect("ecs").get_paginator("list_tasks")
    assert read == []


def test_without_a_service_no_model_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "LOADER", None)
    clients.read_models(["ecs"])
    monkeypatch.undo()
    clients.read_models([])
