"""moto's own WSGI application, which dispatches a request to the service it is for."""

from __future__ import annotations

from functools import cache
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app


class MotoApp(DomainDispatcherApplication):
    """moto's server application; it matches a host name against the patterns of every service, once here."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Give the name of the service a host name belongs to."""
        return _backend_for_host(host)


@cache
def _backend_for_host(host: str | None) -> Any:
    return DomainDispatcherApplication(create_backend_app).get_backend_for_host(host)
