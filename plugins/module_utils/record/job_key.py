# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fields by which a job is known (``ingest_job_key``), and their values: words and whole numbers.

A job is one value of each field. Those of the last field are kept and shown as ranges; the others together are the
job's group: ``HadCM3`` of the Climate API's jobs, ``north 2`` where two fields precede the last. With a single field,
its name is the group of all jobs: ``tile``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any, TypeAlias

from ..core.errors import InvalidInput, Refused
from ..core.run import Run

DEFAULT = ("model", "year")  # the Climate API's
VARIABLE = "ingest_job_key"
KEY_SPEC: dict[str, Any] = {"type": "list", "elements": "str", "default": [*DEFAULT], "no_log": False}
ALL = "all"
MOST_FIELDS, MOST_VALUES = 4, 10_000_000
FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED = ("dataset", "scenario")  # what log lines say of a job beside its fields
NUMBER = re.compile(r"0|[1-9]\d{0,17}")
RANGE = re.compile(rf"({NUMBER.pattern})-({NUMBER.pattern})")

Value: TypeAlias = "int | str"


def read_key(fields: Sequence[str]) -> tuple[str, ...]:
    """Read the names of the fields.

    Raises:
        InvalidInput: there is none or are too many; or a name is none, that of two, or has another meaning.
    """
    key = tuple(fields)
    wrong = [name for name in key if not FIELD.fullmatch(name) or name in RESERVED or name == ALL]
    if wrong or not 0 < len(key) <= MOST_FIELDS or len({*key}) < len(key):
        raise InvalidInput(
            f"{VARIABLE} is [{', '.join(key)}]; name one to {MOST_FIELDS} fields, each once: lower-case letters, digits"
            f" and underscores, beginning with a letter, and not {', '.join(RESERVED)} or {ALL}."
        )
    return key


def read_value(word: str) -> Value:
    """Read a value: a whole number without leading zeros, or a word."""
    return int(word) if NUMBER.fullmatch(word) else word


def read_values(items: Iterable[Any], option: str) -> list[Value]:
    """Read values and ranges of whole numbers, which may be joined by commas.

    Args:
        items: such as ``1-20000`` or ``north``.
        option: what the operator calls them.

    Raises:
        InvalidInput: there is none, one is empty or of several words, or a range runs backwards or is too long.
    """
    found: list[Value] = []
    for item in (part.strip() for each in items for part in str(each).split(",")):
        limits = RANGE.fullmatch(item)
        first, last = (int(limits[1]), int(limits[2])) if limits else (0, 0)
        if last < first or last - first >= MOST_VALUES or len(item.split()) != 1 or item.lower() == ALL:
            raise InvalidInput(
                f"{option} has {item!r}; give {ALL}, words without blanks, whole numbers, or ranges such as 1-20000."
            )
        found += range(first, last + 1) if limits else [read_value(item)]
    if not found:
        raise InvalidInput(f"{option} is empty; give {ALL}, values, or ranges such as 1-20000.")
    return found


def order(value: Value) -> tuple[bool, int, str]:
    """Sort by this: numbers by their size, then words."""
    return (False, value, "") if isinstance(value, int) else (True, 0, value)


def groups(key: Sequence[str], values: Sequence[Sequence[Value]]) -> list[str]:
    """Name the groups of these values of the fields but the last."""
    return [" ".join(map(str, each)) for each in product(*values)] if len(key) > 1 else [key[0]]


def fields_of(key: Sequence[str], group: str) -> dict[str, str]:
    """Give the fields of a group with their values; that of a single field has none."""
    return dict(zip(key[:-1], group.split(" "), strict=True)) if len(key) > 1 else {}


def expand(text: str) -> Iterable[Value]:
    """Read what :func:`compress` wrote; what is no range is a word."""
    for item in filter(None, (part.strip() for part in text.split(","))):
        limits = RANGE.fullmatch(item)
        if limits and int(limits[1]) <= int(limits[2]) < int(limits[1]) + MOST_VALUES:
            yield from range(int(limits[1]), int(limits[2]) + 1)
        else:
            yield read_value(item)


def shown(values: Iterable[Value], most: int = 50) -> str:
    """Write values for a message: the first ranges, and how many there are more."""
    ranges = compress(values).split(", ")
    more = len(ranges) - most
    return ", ".join([*ranges[:most], *([f"and {more} more ranges"] if more > 0 else [])])


def compress(values: Iterable[Value], separator: str = ", ") -> str:
    """Write values with ranges of whole numbers: ``2031, 2044-2046``."""
    runs: list[list[Value]] = []
    for value in sorted({*values}, key=order):
        last = runs[-1][-1] if runs else ""
        if isinstance(value, int) and isinstance(last, int) and value == last + 1:
            runs[-1][1:] = [value]
        else:
            runs.append([value])
    return separator.join("-".join(map(str, run)) for run in runs)


def check_key(run: Run, requested: Mapping[str, str]) -> None:
    """Make sure that a run's jobs are known by the same fields as those that are requested.

    Raises:
        Refused: they are not.
    """
    was, now = (each.get(VARIABLE, ",".join(DEFAULT)) for each in (run.requested, requested))
    if requested and was != now:
        raise Refused(
            f"Run {run.id} is open, and its jobs are known by {was}: {VARIABLE} is {now}. Resume it with its own"
            f" fields, or abandon it and open a new run with -e ingest_new_run_after={run.id}."
        )


def key_of(run: Run) -> tuple[str, ...]:
    """Give the fields by which the jobs of a run are known."""
    return tuple(str(run.requested.get(VARIABLE, ",".join(DEFAULT))).split(","))
