# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What both faces of an operation share: its clients, and its outcome as Ansible's return values."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from .core.aws import AWS_ERRORS, CLIENT_CONFIG, LOOPBACK, check_answer, explain
from .core.context import Context
from .core.errors import IngestError
from .core.operation import Operation
from .core.patience import DEFAULT
from .core.text import all_printable
from .fleet import unattended
from .record.steps import carry_out

PATIENCE_SPEC: dict[str, Any] = {"patience": {"type": "int", "default": DEFAULT}}


class Clients:
    """Gives the boto3 client of a service, one a service and region.

    Args:
        connector: reads the credentials, and gives what makes a client of a service name; that takes botocore's
            ``config``, and a ``region`` in place of the task's.
        params: the validated AWS connection options of the task.
    """

    def __init__(self, connector: Callable[[], Callable[..., Any]], params: Mapping[str, Any]) -> None:
        self._connector = connector
        self._connect = connector()
        self._params = params
        self._made: dict[tuple[str, str], Any] = {}
        self._making = Lock()  # the environment is the whole process's

    def __call__(self, service: str, region: str = "") -> Any:
        with self._making:
            if (service, region) not in self._made:
                where = {"region": region} if region else {}
                with environment(self._overruled()):
                    client = self._connect(service, config=CLIENT_CONFIG, **where)
                client.meta.events.register("before-parse", check_answer)
                self._made[service, region] = client
            return self._made[service, region]

    @property
    def session_keys(self) -> bool:
        """Whether the credentials are keys with a session token that cannot be renewed."""
        if self._params.get("access_key"):
            return bool(self._params.get("session_token"))
        return self._is_fixed() and bool(os.environ.get("AWS_SESSION_TOKEN"))

    def renew(self) -> bool:
        """Make further clients with credentials that are read again.

        Returns:
            False where they cannot have changed: keys were given as options, or by the environment of this process.
        """
        if self._is_fixed():
            return False
        with self._making:
            self._connect = self._connector()
            self._made.clear()
        return True

    def _is_fixed(self) -> bool:
        in_environment = os.environ.get("AWS_ACCESS_KEY_ID") and not self._params.get("profile")
        return bool(self._params.get("access_key") or in_environment)

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
    """Run an operation and give its outcome as Ansible's return values, of JSON's types only and printable.

    Args:
        diff: whether the answer holds the diff.

    Returns:
        ``changed``, the operation's values and ``warnings``; or ``failed``, ``msg`` and the error's details.
    """
    try:
        result = carry_out(context, params, unattended.attended(operation))
        result.add_to_plan(context)
        if result.done and not context.check_mode:
            context.progress.line(result.done)
        answer = result.as_return(diff=diff)
        if result.warnings:
            answer["warnings"] = result.warnings
    except IngestError as error:
        answer = _failure(error)
    except AWS_ERRORS as error:
        answer = _failure(explain(error))
    plain: dict[str, Any] = all_printable(json.loads(json.dumps(answer, default=_plain)))
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
