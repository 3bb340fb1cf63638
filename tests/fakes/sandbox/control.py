"""The sandbox's control address, as tests use it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from sandbox.server import Sandbox
from tests.waiting import PATIENCE


def control(sandbox: Sandbox, path: str, method: str = "GET", body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {sandbox.credentials.token}"}
    request = urllib.request.Request(f"{sandbox.endpoint_url}/_sandbox/{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)
