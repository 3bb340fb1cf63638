"""Which AWS operation an HTTP request is, and whether that operation changes anything."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

import botocore.session
from botocore.model import ServiceModel

from sandbox.credentials import STRANGER

_READS = re.compile(r"(Describe|List|Get|Head|Search|Lookup|Filter|Query|Scan|Validate|Simulate|Preview|Estimate)")
_READS_TOO = {("sts", "AssumeRole"), ("sts", "DecodeAuthorizationMessage"), ("logs", "StartQuery")}
# names in a request's signature that are not the model's
_SIGNING_NAMES = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}
_LARGEST_BODY = 1 << 16
# where ``Authentication`` puts who sent a request, and why a stranger's is refused
CALLER, REFUSAL = "sandbox.caller", "sandbox.refusal"


@dataclass(frozen=True)
class Operation:
    """One operation as AWS names it.

    Attributes:
        service: the signing name, e.g. ``ecs``, ``autoscaling``.
        name: e.g. ``RunTask``; the method and path where the service's model knows none.
        parameters: the request's members; for a REST service those in the path.
    """

    service: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Say whether it can change something: a DryRun cannot, ReceiveMessage does (it hides the message)."""
        if str(self.parameters.get("DryRun", "")).lower() == "true":
            return False
        return not (_READS.match(self.name) or (self.service, self.name) in _READS_TOO)


def caller(environ: WSGIEnvironment) -> str:
    """Say who sent a request, see ``Authentication``; a request that it has not seen is a stranger's."""
    return str(environ.get(CALLER, STRANGER))


def identify(environ: WSGIEnvironment, body: bytes) -> Operation:
    """Tell the operation from the signature's scope and what the service's protocol carries.

    Args:
        environ: the WSGI environment.
        body: the request's body.
    """
    service = _service(environ)
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Operation(service or target.partition(".")[0], target.rpartition(".")[2], _json(body))
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded") or b"Action=" in body[:200]:
        form = _form(body)
        if "Action" in form:
            name = form.pop("Action")
            form.pop("Version", None)
            return Operation(service or "unknown", name, form)
    service = service or "s3"  # an unsigned request is taken for S3, as moto does
    unknown = Operation(service, f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    return _rest_operation(service, environ) or unknown


def _service(environ: WSGIEnvironment) -> str:
    scope = re.search(r"Credential=[^/]*/\d+/[^/]*/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    return scope.group(1) if scope else ""


def _json(body: bytes) -> dict[str, Any]:
    try:
        members = json.loads(body) if len(body) <= _LARGEST_BODY else {}
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


def _form(body: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body[:_LARGEST_BODY].decode("utf-8", "replace")).items()}


@cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], frozenset[str], str]]:
    """List a REST service's operations, those that ask for the most of a request first."""
    loader = botocore.session.get_session().get_component("data_loader")
    name = _SIGNING_NAMES.get(service, service)
    if name not in loader.list_available_services("service-2"):
        return []
    model = ServiceModel(loader.load_service_model(name, "service-2"), name)
    routes = []
    for operation in map(model.operation_model, model.operation_names):
        path, _, query = operation.http.get("requestUri", "/").partition("?")
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(path))
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
        pattern = re.sub(r"\\\{[^}]*\\\}", "(.+)", pattern)
        asked = {part for part in query.split("&") if part and "{" not in part}
        asked |= _required(operation)
        routes.append(
            (operation.http.get("method", "POST"), re.compile(pattern + "/?"), frozenset(asked), operation.name)
        )
    return sorted(routes, key=lambda route: -len(route[2]))


def _required(operation: Any) -> set[str]:
    """Name what an operation cannot do without in the query and the headers, which tells it from its neighbours."""
    shape = operation.input_shape
    members = shape.members if shape is not None else {}
    asked = set()
    for name in shape.required_members if shape is not None else ():
        where = members[name].serialization
        if where.get("location") == "querystring":
            asked.add(where.get("name", name))
        elif where.get("location") == "header":
            asked.add(_header(where.get("name", name)))
    return asked


def _header(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")


def _rest_operation(service: str, environ: WSGIEnvironment) -> Operation | None:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    given = {part for pair in environ["QUERY_STRING"].split("&") for part in (pair, pair.partition("=")[0])}
    given.update(name for name in environ if name.startswith("HTTP_"))
    for route_method, pattern, asked, name in _routes(service):
        if route_method == method and asked <= given and (found := pattern.fullmatch(path)):
            return Operation(service, name, found.groupdict())
    return None
