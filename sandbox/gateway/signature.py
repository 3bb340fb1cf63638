"""Verifies AWS's Signature Version 4, with botocore's own arithmetic."""

from __future__ import annotations

import hashlib
import hmac
import time
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import WSGIEnvironment

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest

from sandbox.credentials import Keys

LONGEST_AGE = 300  # seconds; "- 5 min." in AWS's own messages
S3_LONGEST_AGE = 900  # seconds; RequestTimeTooSkewed in S3's error responses
_FIELDS = ("Credential", "SignedHeaders", "Signature")


class Refused(Exception):
    """A request that is not answered.

    Attributes:
        wrong: what is wrong with it, a key of the error codes in ``refusals``.
        details: what the error's message names.
    """

    def __init__(self, wrong: str, **details: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.details: Mapping[str, str] = details


@dataclass(frozen=True)
class Signature:
    """What an ``Authorization`` header says.

    Attributes:
        access_key, date, region, service: the credential scope.
        headers: names of the signed headers, in lower case.
        value: the signature, in hexadecimal.
        sent: ``X-Amz-Date``.
        time: the same in seconds since the epoch.
    """

    access_key: str
    date: str
    region: str
    service: str
    headers: tuple[str, ...]
    value: str
    sent: str
    time: float


def read(environ: WSGIEnvironment) -> Signature:
    """Read the signature of a request.

    Raises:
        Refused: ``missing`` or ``incomplete``.
    """
    header = environ.get("HTTP_AUTHORIZATION", "")
    if not header:
        raise Refused("missing")
    algorithm, _, rest = header.partition(" ")
    if algorithm != "AWS4-HMAC-SHA256":
        raise Refused("incomplete", reason="Authorization header requires AWS4-HMAC-SHA256.")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    lacking = [name for name in _FIELDS if not fields.get(name)]
    if lacking:
        reason = " ".join(f"Authorization header requires '{name}' parameter." for name in lacking)
        raise Refused("incomplete", reason=reason)
    scope = fields["Credential"].split("/")
    if len(scope) != 5 or scope[4] != "aws4_request":
        raise Refused(
            "incomplete",
            reason="Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
        )
    sent = environ.get("HTTP_X_AMZ_DATE", "")
    try:
        moment = timegm(time.strptime(sent, SIGV4_TIMESTAMP))
    except ValueError as error:
        reason = "Authorization header requires existence of a 'X-Amz-Date' header."
        raise Refused("incomplete", reason=reason) from error
    headers = tuple(fields["SignedHeaders"].split(";"))
    return Signature(scope[0], scope[1], scope[2], scope[3], headers, fields["Signature"], sent, moment)


def verify(environ: WSGIEnvironment, body: bytes, signature: Signature, keys: Keys) -> None:
    """Check that a request is as its sender signed it, and was signed just now.

    Raises:
        Refused: ``signature``, ``unsigned headers``, ``body``, ``stale`` or ``early``.
    """
    checksum = hashlib.sha256(body).hexdigest()
    _check_headers(environ, signature)
    if signature.date != signature.sent[:8]:
        raise Refused("signature")
    if not hmac.compare_digest(_expected(environ, checksum, signature, keys), signature.value.encode()):
        raise Refused("signature")
    # a checksum that was signed need not be the body's
    if environ.get("HTTP_X_AMZ_CONTENT_SHA256", checksum) != checksum:
        raise Refused("body")
    _check_age(signature)


def _check_headers(environ: WSGIEnvironment, signature: Signature) -> None:
    # "the CanonicalHeaders list must include host and any x-amz-* headers" (IAM User Guide, Create a signed request)
    needed = {"host", *(_name(key) for key in environ if key.startswith("HTTP_X_AMZ_"))}
    if lacking := sorted(needed - set(signature.headers)):
        raise Refused("unsigned headers", names=", ".join(lacking))


def _expected(environ: WSGIEnvironment, checksum: str, signature: Signature, keys: Keys) -> bytes:
    target = environ["REQUEST_URI"]
    url = target if target.startswith("http://") else f"http://{environ['HTTP_HOST']}{target}"
    headers = {name: _text(environ.get(_key(name), "")) for name in signature.headers}
    request = AWSRequest(environ["REQUEST_METHOD"], _text(url), headers)
    request.context |= {"timestamp": signature.sent, "checksum of body": checksum}
    make = _S3Signer if signature.service == "s3" else _Signer
    signer = make(_BotocoreKeys(keys.access_key, keys.secret_key), signature.service, signature.region)
    computed = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return str(computed).encode()


def _check_age(signature: Signature) -> None:
    now, longest = time.time(), S3_LONGEST_AGE if signature.service == "s3" else LONGEST_AGE
    details = {"sent": signature.sent, "now": _stamp(now), "minutes": f"{longest // 60} min."}
    if signature.time < now - longest:
        raise Refused("stale", limit=_stamp(now - longest), **details)
    if signature.time > now + longest:
        raise Refused("early", limit=_stamp(now + longest), **details)


def _stamp(seconds: float) -> str:
    return time.strftime(SIGV4_TIMESTAMP, time.gmtime(seconds))


def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _name(key: str) -> str:
    return key.removeprefix("HTTP_").lower().replace("_", "-")


def _text(value: str) -> str:
    """Undo WSGI's reading of bytes as Latin-1."""
    return value.encode("latin-1").decode("utf-8", "replace")


@dataclass(frozen=True)
class _BotocoreKeys:
    access_key: str
    secret_key: str = field(repr=False)
    token: None = None


class _Signer(SigV4Auth):
    def payload(self, request: Any) -> Any:
        return request.context["checksum of body"]


class _S3Signer(S3SigV4Auth):
    def payload(self, request: Any) -> Any:
        return request.context["checksum of body"]
