"""Tells who sent a request, before anything else sees it."""

from __future__ import annotations

import hmac
import io
import re
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sandbox.credentials import OWNER, STRANGER, Credentials
from sandbox.gateway import signature
from sandbox.gateway.control import PREFIX
from sandbox.gateway.operations import CALLER, REFUSAL
from sandbox.gateway.signature import Refused

# any port: what forwards a port of its own to the sandbox leaves the header as it is
_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)


class Authentication:
    """The outermost WSGI middleware. It sets ``environ["sandbox.caller"]``, which ``operations.caller`` reads:

    - ``operator``, ``task``, ``sandbox``: the request is signed with the keys of that name;
    - ``owner``: a request to ``/_sandbox/`` with the owner's token;
    - ``stranger``: anything else; ``environ["sandbox.refusal"]`` is the ``Refused`` that says why.

    What a caller may do is decided further in; a stranger is answered by ``Refusals`` and ``Control``. No answer has a
    CORS header, so no page of another origin can read one.

    Args:
        app: what answers.
        credentials: what is accepted.
    """

    def __init__(self, app: WSGIApplication, credentials: Credentials) -> None:
        self._app = app
        self._credentials = credentials

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on with its sender's name."""
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            _refuse_pages(environ)
            environ[CALLER] = self._caller(environ, body)
        except Refused as refused:
            environ[CALLER], environ[REFUSAL] = STRANGER, refused

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
            return start_response(status, kept, exc_info)

        return self._app(environ, start)

    def _caller(self, environ: WSGIEnvironment, body: bytes) -> str:
        if environ["PATH_INFO"].startswith(PREFIX):
            wanted = f"Bearer {self._credentials.token}"
            if not hmac.compare_digest(environ.get("HTTP_AUTHORIZATION", "").encode(), wanted.encode()):
                raise Refused("no token")
            return OWNER
        signed = signature.read(environ)
        found = self._credentials.find(signed.access_key)
        # none of these keys is temporary, so none comes with a session token
        if found is None or environ.get("HTTP_X_AMZ_SECURITY_TOKEN"):
            raise Refused("unknown")
        name, keys = found
        signature.verify(environ, body, signed, keys)
        return name


def _refuse_pages(environ: WSGIEnvironment) -> None:
    """Refuse what a page of another origin makes a browser send, also one whose host name now leads here.

    Raises:
        Refused: ``foreign``.
    """
    host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
    if not _LOOPBACK.fullmatch(host):
        raise Refused("foreign", header=f"Host {host}")
    if origin not in (None, f"http://{host}"):
        raise Refused("foreign", header=f"Origin {origin}")
    site = environ.get("HTTP_SEC_FETCH_SITE", "none")
    if site not in ("same-origin", "none"):
        raise Refused("foreign", header=f"Sec-Fetch-Site {site}")
    if environ["REQUEST_METHOD"] == "OPTIONS":
        raise Refused("foreign", header="OPTIONS")
