"""What AWS refuses before an operation begins: the limits of botocore's models and, beside them, of the API references.

A client checks the least part of them itself: types, required members and minima.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from functools import cache
from typing import Any

from botocore.model import OperationModel, Shape
from moto.core.exceptions import ServiceException
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import determine_request_protocol
from moto.core.responses import TYPE_RESPONSE, ActionResult, BaseResponse
from moto.core.utils import get_service_model

from sandbox.services.documented_limits import DOCUMENTED, EXCLUSIVE, Limit
from sandbox.services.moto_patches import replace

# The code of a request that breaks a limit ("Common errors" and "Errors" of each service's API reference).
_CODES = {
    "ecs": "InvalidParameterException",
    "logs": "InvalidParameterException",
    "resourcegroupstaggingapi": "InvalidParameterException",
    "ssm": "ValidationException",
    "ec2": "InvalidParameterValue",
    "rds": "InvalidParameterValue",
    "sqs": "InvalidParameterValue",
    "sns": "InvalidParameter",
}
_OTHER_CODE = "ValidationError"
# Where a missing member has a code of its own, and where a refusal has words of its own.
_MISSING = {"ec2": "MissingParameter", "sqs": "MissingParameter", "rds": "MissingParameter"}
_COMBINED = {"ec2": "InvalidParameterCombination"}
_WORDS = {
    "ec2": "Value ( {value} ) for parameter {path} is invalid. {constraint}",
    "rds": "Invalid value {value} for {path}. {constraint}",
    "sqs": "Value {value} for parameter {path} is invalid. Reason: {constraint}.",
}
_OPERATION_CODES = {("ecs", "RegisterTaskDefinition"): "ClientException"}
# EC2 has errors of its own for these, and takes any type into a launch template.
_OWN_CHECKS = {"InstanceType"}
_SHAPE_CODES = {"QueueAttributeName": "InvalidAttributeName"}
# What Java writes in a pattern, as Python does.
_JAVA = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": "\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010ffff",
}


class BrokenLimit(ServiceException):
    """A request that the service refuses without looking at what it names."""


def install() -> None:
    """Check every request to a service of moto's, S3 apart, before it is carried out."""
    call_action = BaseResponse.call_action

    def checked(self: BaseResponse) -> TYPE_RESPONSE:
        try:
            _check(self)
            return call_action(self)
        except BrokenLimit as error:
            status, headers, body = self.serialized(ActionResult(error))
        except NotImplementedError:
            # moto's own answer is a 500, which a client repeats
            missing = BrokenLimit("InvalidAction", f"The sandbox has no operation {self._get_action()}.")
            status, headers, body = self.serialized(ActionResult(missing))
        headers, body = self._enrich_response(headers, body)
        return status, headers, body

    replace(BaseResponse, "call_action", checked)


def _check(response: BaseResponse) -> None:
    service, action = response.boto3_service_name, response._get_action()
    model = get_service_model(service)
    if service == "s3" or action not in model.operation_names:
        return
    operation = model.operation_model(action)
    if operation.input_shape is None:
        return
    code = _OPERATION_CODES.get((service, action)) or _CODES.get(service, _OTHER_CODE)
    try:
        members = _parse(response, operation)
    except (TypeError, ValueError) as error:
        raise BrokenLimit(code, f"The request cannot be read: {error}") from error
    limits = DOCUMENTED.get(service, {}).get(action, {})
    for problem in problems(operation.input_shape, members, limits):
        missing = problem.value is None and service in _MISSING
        raise BrokenLimit(problem.code or (_MISSING[service] if missing else code), problem.text(service))
    for one, other in EXCLUSIVE.get(service, {}).get(action, ()):
        if one in members and other in members:
            combined = _COMBINED.get(service, code)
            raise BrokenLimit(combined, f"The parameter {one} cannot be used with the parameter {other}")


def _parse(response: BaseResponse, operation: OperationModel) -> Mapping[str, Any]:
    request = response.normalized_request
    protocol = determine_request_protocol(operation.service_model, request.content_type)
    parsed = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": response.uri_match,
        }
    )
    return parsed if isinstance(parsed, Mapping) else {}


@dataclass(frozen=True)
class Problem:
    """A member that is not as it must be.

    Attributes:
        path: e.g. ``tags[1].key``.
        value: None: it is missing.
        constraint: what it does not satisfy.
        code: AWS's, where it is not the service's usual one.
    """

    path: str
    value: Any
    constraint: str
    code: str = ""

    def text(self, service: str) -> str:
        """Write it as the service does."""
        if self.value is None and service in _MISSING:
            return f"The request must contain the parameter {self.path}"
        if service in _WORDS:
            return _WORDS[service].format(value=_shown(self.value), path=self.path, constraint=self.constraint)
        where = re.sub(r"\[(\d+)\]", r".\1.member", self.path)
        where = ".".join(part[:1].lower() + part[1:] for part in where.split("."))
        shown = "null" if self.value is None else f"'{_shown(self.value)}'"
        failed = f"Value {shown} at '{where}' failed to satisfy constraint: {self.constraint}"
        return f"1 validation error detected: {failed}"


def problems(shape: Shape, members: Mapping[str, Any], limits: Mapping[str, Limit]) -> Iterator[Problem]:
    """Give what is wrong with a request.

    Args:
        shape: the input of the operation.
        members: the request's, by their names in the model.
        limits: what the API reference says beyond the model, by the path of a member (``Tags[].Key``).
    """
    yield from _structure(shape, members, "", limits)


def _structure(shape: Any, members: Mapping[str, Any], path: str, limits: Mapping[str, Limit]) -> Iterator[Problem]:
    for name in shape.required_members:
        if members.get(name) is None:
            yield Problem(f"{path}{name}", None, "Member must not be null")
    for name, value in members.items():
        if name in shape.members and value is not None:
            yield from _member(shape.members[name], value, f"{path}{name}", limits)


def _member(shape: Any, value: Any, path: str, limits: Mapping[str, Limit]) -> Iterator[Problem]:
    if shape.name not in _OWN_CHECKS:
        documented = limits.get(re.sub(r"\[\d+\]", "[]", path)) or Limit()
        of_model = replaced(_of_model(shape), choices=()) if documented.choices else _of_model(shape)
        for limit in (documented, of_model):
            if wrong := limit.broken_by(value):
                yield Problem(path, value, wrong, limit.code or _SHAPE_CODES.get(shape.name, ""))
    if shape.type_name == "structure" and isinstance(value, Mapping):
        yield from _structure(shape, value, f"{path}.", limits)
    elif shape.type_name == "list" and isinstance(value, Sequence) and not isinstance(value, str):
        for number, each in enumerate(value, 1):
            yield from _member(shape.member, each, f"{path}[{number}]", limits)
    elif shape.type_name == "map" and isinstance(value, Mapping):
        for key, each in value.items():
            yield from _member(shape.key, key, f"{path}.key", limits)
            yield from _member(shape.value, each, f"{path}.{key}", limits)


def _of_model(shape: Any) -> Limit:
    metadata = shape.metadata
    return Limit(
        metadata.get("min"),
        metadata.get("max"),
        _pattern(metadata["pattern"]) if "pattern" in metadata else None,
        tuple(getattr(shape, "enum", ())),
    )


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    for java, python in _JAVA.items():
        text = text.replace(java, python)
    try:
        return re.compile(text)
    except re.error:
        return None


def _shown(value: Any) -> str:
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
    return text if len(text) <= 500 else text[:500] + "..."
