# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What both faces of an operation share: its clients, and its outcome as Ansible's return values."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from .core.aws import CLIENT_CONFIG, LOOPBACK, BotoCoreError, ClientError, explain
from .core.context import Context
from .core.errors import IngestError
from .core.operation import Operation
from .fleet import unattended
from .record.steps import carry_out


class Clients:
    """Gives the boto3 client of a service, one a service.

    Args:
        connect: makes a client of a service name; takes botocore's config (``AnsibleAWSModule.client``).
        params: the validated AWS connection options of the task.
    """

    def __init__(self, connect: Callable[..., Any], params: Mapping[str, Any]) -> None:
        self._connect = connect
        self._params = params
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        if service not in self._made:
            with environment(self._overruled()):
                self._made[service] = self._connect(service, config=CLIENT_CONFIG)
        return self._made[service]

    def _overruled(self) -> dict[str, str | None]:
        """Say which environment variables explicit options overrule.

        botocore reads the profile even when it is given keys, and raises ProfileNotFound. With keys *and* an endpoint
        given nothing is left for the environment to say: neither it nor a configuration file may lead or break a call.
        """
        if not self._params.get("access_key"):
            return {}
        if not self._params.get("endpoint_url"):
            return {"AWS_PROFILE": None, "AWS_DEFAULT_PROFILE": None}
        overruled: dict[str, str | None] = {name: None for name in os.environ if name.startswith("AWS_")}
        overruled |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        if urlsplit(self._params["endpoint_url"]).hostname in LOOPBACK:  # a proxy would look on its own machine
            overruled |= {"NO_PROXY": "*", "no_proxy": "*"}
        return overruled


@contextmanager
def environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables for a while; None removes one."""
    before = dict(os.environ)
    try:
        for name, value in values.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def perform(operation: Operation, context: Context, params: Mapping[str, Any], diff: bool) -> dict[str, Any]:
    """Run an operation and give its outcome as Ansible's return values, of JSON's types only.

    Args:
        diff: whether the answer holds the diff.

    Returns:
        ``changed``, the operation's values and ``warnings``; or ``failed``, ``msg`` and the error's details.
    """
    try:
        result = carry_out(context, params, unattended.attended(operation))
        result.add_to_plan(context)
        answer = result.as_return(diff=diff)
        if result.warnings:
            answer["warnings"] = result.warnings
    except IngestError as error:
        answer = _failure(error)
    except (ClientError, BotoCoreError) as error:
        answer = _failure(explain(error))
    plain: dict[str, Any] = json.loads(json.dumps(answer, default=_plain))
    return plain


def versions(ansible_core: str) -> dict[str, str]:
    """Give the versions of what runs an operation."""
    boto3 = sys.modules.get("boto3")  # imported by whoever makes clients, if it is there
    return {
        "ansible-core": ansible_core,
        "python": platform.python_version(),
        "boto3": str(getattr(boto3, "__version__", "unknown")),
    }


def _failure(error: IngestError) -> dict[str, Any]:
    return {"changed": False, **error.details, "failed": True, "msg": error.message}


def _plain(value: Any) -> str:
    """Write what JSON does not know: boto3 gives dates."""
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
