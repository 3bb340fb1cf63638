# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""SSM parameters of an environment: small JSON documents that every controller sees, with a conditional put.

Callers keep documents small, each in the way that loses least. Whatever is still too large for a parameter is cut: a
record that cannot be written must not end a run.
"""

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
CUT, SMALLEST = "...", 8  # of a text that was cut: its end; characters below which it is not cut further
LONGEST_TEXT, MOST_PARTS = 1000, 500  # characters of a text, elements of a list in a document that is too large
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
        return read(context, [name]).get(name) == json.loads(_text(document))
    return True


def delete(context: Context, names: Sequence[str]) -> None:
    """Delete parameters; those that do not exist are fine."""
    for part in batches(names, READ_BATCH):
        context.client("ssm").delete_parameters(Names=list(part))


def size(document: Document) -> int:
    """Give how many bytes of LARGEST a document takes."""
    return _bytes(all_printable(document))


def fitted(document: Document) -> Document:
    """Give a document that fits its parameter: of one that is too large, what is largest is cut until it fits.

    Texts lose their end, which three dots tell, and lists their beginning.
    """
    if size(document) <= LARGEST:
        return document
    document = coarse(document)
    while _bytes(document) > LARGEST:
        document = _smaller_mapping(document)
    return document


def coarse(document: Document) -> Document:
    """Cut at once, of a document that is too large, what could never fit; the rest is done in small steps."""
    cut = {name: _coarse(value) for name, value in document.items()}
    return {name: all_printable(value) for name, value in cut.items()}


def _coarse(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + CUT
    if isinstance(value, list):
        return [_coarse(each) for each in value[-MOST_PARTS:]]
    if isinstance(value, dict):
        return {name[:LONGEST_TEXT]: _coarse(each) for name, each in [*value.items()][:MOST_PARTS]}
    return value


def _smaller(value: Any) -> Any:
    """Cut a value of JSON's types; what cannot be cut any more becomes None."""
    if isinstance(value, str) and len(value) > SMALLEST:
        return value[: len(value) // 2].removesuffix(CUT) + CUT
    if isinstance(value, list | tuple) and value:
        return list(value[-(-len(value) // 8) :]) if len(value) > 1 else [_smaller(value[0])] if value[0] else []
    if isinstance(value, dict) and value:
        return _smaller_mapping(value)
    return None


def _smaller_mapping(document: Document) -> Document:
    """Cut the largest value; one that is nothing any more goes with its name."""
    largest = max(document, key=lambda name: _bytes(name) + _bytes(document[name]))
    value = _smaller(document[largest])
    return {
        name: value if name == largest else each for name, each in document.items() if (name, value) != (largest, None)
    }


def _text(document: Document) -> str:
    return _json(fitted(document))


def _json(document: Any) -> str:
    return _dumped(all_printable(document))


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _bytes(value: Any) -> int:
    return len(_dumped(value).encode())
