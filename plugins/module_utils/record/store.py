# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSM parameters of an environment: small JSON documents that every controller sees, with a conditional put."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from ..core.aws import ClientError, batches, error_code
from ..core.context import Context
from ..core.errors import InvalidInput
from ..core.text import all_printable

ROOT = "/climate.ingest"
LARGEST = 4096  # bytes of a standard parameter (SSM quotas); a larger one would cost money
READ_BATCH = 10  # GetParameters
ENVIRONMENT = re.compile(r"[A-Za-z0-9_.-]{1,40}")

Document = dict[str, Any]


def check_environment(environment: str) -> None:
    """Make sure an environment's name can be part of a parameter's name.

    Raises:
        InvalidInput: it cannot.
    """
    if not ENVIRONMENT.fullmatch(environment):
        raise InvalidInput(
            f"ingest_environment is {environment!r}; allowed are at most 40 letters, digits, hyphens, dots and"
            " underscores."
        )


def name_of(environment: str, *path: str) -> str:
    """Give the full name of a parameter of an environment."""
    check_environment(environment)
    return "/".join([ROOT, environment, *path])


def read(context: Context, names: Sequence[str]) -> dict[str, Document]:
    """Read parameters by name; those that do not exist are left out."""
    found: dict[str, Document] = {}
    for part in batches(names, READ_BATCH):
        answer = context.client("ssm").get_parameters(Names=list(part))
        found |= {each["Name"]: json.loads(each["Value"]) for each in answer["Parameters"]}
    return found


def read_below(context: Context, path: str) -> dict[str, Document]:
    """Read all parameters directly below a path, by their last name."""
    pages = context.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
    return {each["Name"].rsplit("/", 1)[1]: json.loads(each["Value"]) for page in pages for each in page["Parameters"]}


def write(context: Context, name: str, document: Document) -> None:
    """Write a parameter, whether it exists or not."""
    context.client("ssm").put_parameter(Name=name, Value=_text(document), Type="String", Overwrite=True)


def create(context: Context, name: str, document: Document) -> bool:
    """Write a parameter that does not exist yet; False when another was quicker (SSM decides, PutParameter).

    One that exists and is the very same was written by this call, whose answer was lost.
    """
    try:
        context.client("ssm").put_parameter(Name=name, Value=_text(document), Type="String", Overwrite=False)
    except ClientError as error:
        if error_code(error) != "ParameterAlreadyExists":
            raise
        return read(context, [name]).get(name) == json.loads(_json(document))
    return True


def delete(context: Context, names: Sequence[str]) -> None:
    """Delete parameters; those that do not exist are fine."""
    for part in batches(names, READ_BATCH):
        context.client("ssm").delete_parameters(Names=list(part))


def size(document: Document) -> int:
    """Give how many bytes of LARGEST a document takes."""
    return len(_json(document).encode())


def _text(document: Document) -> str:
    if size(document) > LARGEST:
        raise ValueError(f"a parameter of {size(document)} bytes; callers keep documents small")
    return _json(document)


def _json(document: Document) -> str:
    return json.dumps(all_printable(document), separators=(",", ":"), ensure_ascii=False)
