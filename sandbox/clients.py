"""boto3 clients of the sandbox itself; what they do is not in the record of calls."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from sandbox.credentials import Keys
from sandbox.runtime import REGION


class Clients:
    """Makes each client once.

    Args:
        endpoint_url: the sandbox's address.
        keys: the sandbox's own.
    """

    def __init__(self, endpoint_url: str, keys: Keys) -> None:
        self._endpoint_url = endpoint_url
        self._session = boto3.Session(keys.access_key, keys.secret_key, region_name=REGION)
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """Give the client of a service, e.g. ``ecs``."""
        if service not in self._clients:
            # no proxy of the environment, no retries: the endpoint is in this process
            config = Config(
                proxies={},
                retries={"total_max_attempts": 1},
                max_pool_connections=20,
                s3={"addressing_style": "path"},
            )
            self._clients[service] = self._session.client(service, endpoint_url=self._endpoint_url, config=config)
        return self._clients[service]
