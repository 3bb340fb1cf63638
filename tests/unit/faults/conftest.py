"""A small server behind a proxy, and clients that try once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import boto3
import pytest
from botocore.config import Config

from sandbox.gateway.http_server import Server
from tests.faults.proxy import Proxy

# it reads the models of the services once
_SESSION = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1")
_XML = {
    "ec2": b"<Response/>",
    "rds": b"<R><DescribeDBInstancesResult/></R>",
    "autoscaling": b"<R><DescribeAutoScalingGroupsResult/></R>",
    "s3": b"",
}


@dataclass
class Behind:
    """The server: what has reached it, and that it is content with everything."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    answer: bytes | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.requests.append({**environ, "body": environ["wsgi.input"].read()})
        service = str(environ.get("HTTP_AUTHORIZATION", "////s3/")).split("/")[3]
        body = self.answer if self.answer is not None else _XML.get(service, b"{}")
        start_response("200 OK", [("Content-Type", "text/plain"), ("x-amz-id-2", "behind")])
        return [body]


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def proxy(behind: Behind) -> Iterator[Proxy]:
    server = Server(0, behind)
    server.start()
    try:
        with Proxy(server.url, delay=0.3) as proxy:
            yield proxy
    finally:
        server.stop()


@pytest.fixture
def client(proxy: Proxy) -> Callable[..., Any]:
    """Makes clients that go through the proxy, try once and wait for an answer as long as they are told."""

    def make(service: str, **config: Any) -> Any:
        return _SESSION.client(
            service,
            endpoint_url=proxy.url,
            config=Config(retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"}, **config),
        )

    return make
