"""Signatures that are right, and each way in which they are not."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreKeys
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.credentials import Credentials, Keys
from sandbox.gateway import signature
from sandbox.gateway.authentication import Authentication
from sandbox.gateway.http_server import call
from sandbox.server import Sandbox

Client = Callable[..., Any]
# the same in every process that collects these tests
CREDENTIALS = Credentials(*(Keys(f"AKIA{name:_<16}", name) for name in ("OPERATOR", "TASK", "SANDBOX")), "token")
HOST = "127.0.0.1:5000"
AUTHORIZATION = "HTTP_AUTHORIZATION"


def signed(
    service: str = "ecs",
    method: str = "POST",
    target: str = "/",
    body: bytes = b"{}",
    keys: Keys = CREDENTIALS.operator,
    **headers: str,
) -> WSGIEnvironment:
    """Give a request as boto3 signs it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, f"http://{HOST}{target}", named, data=body)
    sign = S3SigV4Auth if service == "s3" else SigV4Auth
    sign(BotocoreKeys(keys.access_key, keys.secret_key), service, "us-east-1").add_auth(request)
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "HTTP_HOST": HOST,
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value.encode().decode("latin-1")
    return environ


def verdict(environ: WSGIEnvironment) -> str:
    """Give who sent a request, or what is wrong with it."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    call(Authentication(app, CREDENTIALS), environ)
    refused = environ.get("sandbox.refusal")
    assert (refused is None) == (environ["sandbox.caller"] != "stranger")
    return str(refused or environ["sandbox.caller"])


@pytest.mark.parametrize("who", ["operator", "task", "sandbox"])
def test_who_signed_is_known_by_the_key(who: str) -> None:
    assert verdict(signed(keys=getattr(CREDENTIALS, who))) == who


@pytest.mark.parametrize(
    "request_",
    [
        {"Content_Type": "application/x-amz-json-1.1", "X_Amz_Target": "Amazon.RunTask", "body": b""},
        {"service": "rds", "body": "Action=DescribeDBInstances&Name=\N{SNOWMAN}".encode()},
        {"service": "s3", "method": "GET", "target": "/bucket/a%20key//of/..//%E2%98%83?list-type=2&prefix=b&prefix=a"},
        {"service": "s3", "method": "PUT", "target": "/bucket/key", "X_Amz_Meta_Note": "two  spaces, a comma"},
        {"service": "ecs", "method": "GET", "target": "/v1/a%2Fb/../c?b=2&a=1&empty="},
        {"service": "ecs", "Note": "\N{SNOWMAN}"},
    ],
)
def test_every_form_of_request_is_verified(request_: dict[str, Any]) -> None:
    assert verdict(signed(**request_)) == "operator"


@given(st.binary(max_size=50), st.text("abz019-_.~% ", max_size=20), st.text("ab=&%1", max_size=20))
@settings(max_examples=100, deadline=None)
def test_nothing_of_a_request_can_be_another(body: bytes, path: str, query: str) -> None:
    """A signature is good for one request: one that differs in anything that was signed is refused."""
    one = signed(body=b"{}")
    other = dict(one) | {"wsgi.input": io.BytesIO(body), "REQUEST_URI": f"/x{path}?{query}"}
    assert verdict(other) == "signature"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"wsgi.input": io.BytesIO(b'{"count": 10}')}, "signature"),
        ({"REQUEST_METHOD": "PUT"}, "signature"),
        ({"REQUEST_URI": "/other"}, "signature"),
        ({"HTTP_HOST": "127.0.0.1:5001"}, "signature"),
        ({"HTTP_X_AMZ_TARGET": "Amazon.StopTask"}, "signature"),
        ({"HTTP_X_AMZ_DATE": "20200101T000000Z"}, "signature"),
        ({"HTTP_X_AMZ_MORE": "x"}, "unsigned headers"),
        ({"HTTP_X_AMZ_SECURITY_TOKEN": "x"}, "unknown"),
        ({"HTTP_X_AMZ_DATE": "yesterday"}, "incomplete"),
        ({"HTTP_X_AMZ_DATE": ""}, "incomplete"),
        ({"HTTP_X_AMZ_DATE": "20260230T000000Z"}, "incomplete"),
        ({AUTHORIZATION: ""}, "missing"),
        ({AUTHORIZATION: f"Bearer {CREDENTIALS.token}"}, "incomplete"),
        ({AUTHORIZATION: "AWS4-HMAC-SHA256"}, "incomplete"),
        ({AUTHORIZATION: "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host"}, "incomplete"),
        ({AUTHORIZATION: "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0"}, "incomplete"),
        ({AUTHORIZATION: "AWS4-HMAC-SHA256 Credential=\xff/b/c/d/aws4_request,SignedHeaders=\xff,Signature=\xff"},
         "unknown"),
        ({"PATH_INFO": "/_sandbox/calls"}, "no token"),
        ({"PATH_INFO": "/_sandbox/calls", AUTHORIZATION: "Bearer \xff"}, "no token"),
        ({"PATH_INFO": "/_sandbox/calls", AUTHORIZATION: f"Bearer {CREDENTIALS.token}"}, "owner"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_signed(change: dict[str, Any], wrong: str) -> None:
    assert verdict(signed(X_Amz_Target="Amazon.RunTask") | change) == wrong


@pytest.mark.parametrize(
    ("pattern", "new", "wrong"),
    [
        ("Credential=[A-Z_]+", "Credential=AKIAIOSFODNN7EXAMPLE", "unknown"),
        ("Credential=[A-Z_]+", f"Credential={CREDENTIALS.task.access_key}", "signature"),
        ("us-east-1", "eu-west-1", "signature"),
        ("/ecs/", "/iam/", "signature"),
        (r"/\d{8}/", "/20200101/", "signature"),
        ("host;", "", "unsigned headers"),
        (";x-amz-target", "", "unsigned headers"),
        (";x-amz-date", "", "unsigned headers"),
        ("Signature=.", "Signature=", "signature"),
        ("Signature=.*", "Signature=\xff", "signature"),
    ],
)
def test_what_the_header_says_of_the_signature(pattern: str, new: str, wrong: str) -> None:
    request = signed(X_Amz_Target="Amazon.RunTask")
    request[AUTHORIZATION], changes = re.subn(pattern, new, request[AUTHORIZATION], count=1)
    assert changes == 1
    assert verdict(request) == wrong


@pytest.mark.parametrize("claim", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "0" * 64])
def test_a_checksum_that_was_signed_must_be_the_bodys(claim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SigV4Auth, "payload", lambda self, request: claim)
    assert verdict(signed("s3", "PUT", "/bucket/key")) == "body"


@pytest.mark.parametrize(
    ("service", "seconds", "wrong"),
    [
        ("ecs", -290, "operator"), ("ecs", -310, "stale"), ("ecs", 290, "operator"), ("ecs", 310, "early"),
        ("s3", -890, "operator"), ("s3", -910, "stale"), ("s3", 910, "early"),
    ],
)  # fmt: skip
def test_a_signature_ages(service: str, seconds: float, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request = signed(service)
    now = time.time()
    monkeypatch.setattr(signature.time, "time", lambda: now - seconds)
    assert verdict(request) == wrong


# what is wrong -> AWS's codes where its services differ
CODES = {
    "unknown": ("UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "InvalidAccessKeyId"),
    "signature": ("InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "SignatureDoesNotMatch"),
    "stale": ("InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed"),
}
CALLS: tuple[Callable[[Any], Any], ...] = (
    lambda client: client("ecs").list_clusters(),
    lambda client: client("rds").describe_db_instances(),
    lambda client: client("ec2").describe_vpcs(),
    lambda client: client("s3").list_buckets(),
)


@pytest.mark.parametrize("wrong", CODES)
def test_each_protocol_says_it_as_aws_does(
    account: Sandbox, client: Client, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = account.credentials.operator
    keys = {"unknown": Keys(), "signature": Keys(right.access_key)}.get(wrong, right)
    if wrong == "stale":
        now = time.time()
        monkeypatch.setattr(signature.time, "time", lambda: now + 1_000)
    codes = []
    for make_call in CALLS:
        with pytest.raises(ClientError) as refused:
            make_call(lambda service: client(service, keys))
        error = refused.value.response["Error"]
        codes.append(error["Code"])
        assert error["Message"] and "{" not in error["Message"]
    assert tuple(codes) == CODES[wrong]
    assert {made.caller for made in account.recorder.calls()[-len(CALLS) :]} == {"stranger"}
