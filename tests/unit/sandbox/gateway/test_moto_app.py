"""moto's application behind the gateway."""

from __future__ import annotations

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from sandbox.gateway import moto_app
from sandbox.gateway.moto_app import MotoApp


@pytest.mark.parametrize(
    ("host", "service"),
    [("ecs.us-east-1.amazonaws.com", "ecs"), ("sqs.us-east-1.amazonaws.com", "sqs"), ("nonesuch.example", None)],
)
def test_a_host_belongs_to_a_service(host: str, service: str | None) -> None:
    assert MotoApp().get_backend_for_host(host) == service


def test_a_host_is_matched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    moto_app._backend_for_host.cache_clear()
    asked: list[str | None] = []

    def match(self: DomainDispatcherApplication, host: str | None) -> str:
        asked.append(host)
        return "rds"

    monkeypatch.setattr(DomainDispatcherApplication, "get_backend_for_host", match)
    assert [MotoApp().get_backend_for_host("127.0.0.1") for _ in range(3)] == ["rds"] * 3
    assert asked == ["127.0.0.1"]
    moto_app._backend_for_host.cache_clear()
