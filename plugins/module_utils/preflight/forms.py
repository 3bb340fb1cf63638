# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forms of names and texts: what no account and no application could take is refused as it is written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from ..core.text import printable

CONTAINERS = (list, tuple, dict)
NUMBERS_OR_TEXT = {"ingest_spot_max_price"}  # a number with a fraction means what it says
LISTS = re.compile(r"ingest_(historical_)?(all_)?(models|years)")  # whose words may have blanks beside the commas
FREE_TEXTS = {"ingest_unreachable_hint", "ingest_section"}


@dataclass(frozen=True)
class Form:
    """What a name is made of.

    Attributes:
        pattern: of the whole name.
        words: what it says, for people.
    """

    pattern: str
    words: str


_ECS = r"[A-Za-z0-9_-]{1,255}"  # CreateCluster, RegisterTaskDefinition
_NAME = Form(r"""[^"'\\,{}\[\]]+""", "a name without quotes, commas, brackets and backslashes")
CLASS = Form(r"db\.[a-z0-9-]+(\.[a-z0-9-]+)*", "an instance class such as db.m4.xlarge")  # ModifyDBInstance
# An empty value is judged elsewhere. Names of scenarios and models become words of a command and of a program.
NAMES = {
    "ingest_region": Form(r"[a-z0-9-]+", "a region such as us-east-1"),
    "ingest_endpoint_url": Form(r"https?://[!-~]+", "a URL that begins with https://"),
    "ingest_cluster": Form(
        rf"(arn:aws[a-z-]*:ecs:[a-z0-9-]+:\d+:cluster/)?{_ECS}", "at most 255 letters, digits, hyphens and underscores"
    ),
    "ingest_family": Form(_ECS, "at most 255 letters, digits, hyphens and underscores"),
    "ingest_container": Form(_ECS, "at most 255 letters, digits, hyphens and underscores"),
    "ingest_worker_family": Form(_ECS, "at most 255 letters, digits, hyphens and underscores"),
    "ingest_worker_container": Form(_ECS, "at most 255 letters, digits, hyphens and underscores"),
    "ingest_queue": Form(
        r"[A-Za-z0-9_-]{1,80}|https?://[!-~]+", "at most 80 letters, digits, hyphens and underscores, or a URL"
    ),
    "ingest_database": Form(  # CreateDBInstance; RDS keeps it in lower case
        r"(?=.{1,63}\Z)[a-z](-?[a-z0-9])*", "at most 63 lower-case letters, digits and single hyphens"
    ),
    "ingest_database_class": CLASS,
    "ingest_log_group": Form(  # CreateLogGroup
        r"[A-Za-z0-9._/#-]{1,512}", "a CloudWatch log group (letters, digits, . - _ / #)"
    ),
    "ingest_instance_types": Form(r"[a-z0-9-]+\.[a-z0-9-]+", "an instance type such as m4.2xlarge"),
    "ingest_scenario": _NAME,
    "ingest_historical_scenario": _NAME,
    "ingest_models": _NAME,
    "ingest_historical_models": _NAME,
    "ingest_all_models": _NAME,
    "ingest_take_over": Form(r"[0-9]+", "the number of a lock"),
    "ingest_new_run_after": Form(r"[A-Za-z0-9_.-]+-[0-9]+", "the ID of a run, such as staging-3"),
}
NEVER_TWICE = {"ingest_instance_types"}  # CreateAutoScalingGroup refuses an instance type that it has already


def plain_error(name: str, value: Any, spec: Mapping[str, Any]) -> str | None:
    """Say why a value is none of its kind, although Ansible would convert it: the conversion changes what it says.

    Args:
        name: of the variable.
        value: as it was given.
        spec: of the variable.
    """
    kind = spec.get("type", "str")
    if isinstance(value, float) and not isfinite(value):
        return "it must be a number."
    texts = (
        [value] if kind == "str" else list(_items(value)) if kind == "list" and spec.get("elements") == "str" else []
    )
    if name not in NUMBERS_OR_TEXT and any(isinstance(each, float) for each in texts):
        return "write it in quotes: a number may lose digits."
    if kind == "list" and any(each is None or isinstance(each, (bool, *CONTAINERS)) for each in texts):
        return "it must be a list of words, or words separated by commas."
    return None


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        yield from value
    elif not isinstance(value, CONTAINERS) and value is not None:
        yield value


def form_error(name: str, value: Any, kind: str) -> str | None:
    """Say what is wrong with the texts of a variable.

    Args:
        name: of the variable.
        value: of the type its spec gives it.
        kind: that type; ``raw`` is a command, whose arguments may have lines and blanks.
    """
    texts = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
    if LISTS.fullmatch(name):
        texts = [each.strip() for each in texts]
    problem = next(filter(None, map(_hidden, texts)), None)
    if problem is None and kind != "raw" and name not in FREE_TEXTS:
        problem = next(filter(None, map(_blank, texts)), None)
    if problem is None and name in NAMES:
        form = NAMES[name]
        wrong = next((each for each in texts if each and not re.fullmatch(form.pattern, each)), None)
        problem = None if wrong is None else f"{_beside(wrong, value)}it must be {form.words}."
    if problem is None and name in NEVER_TWICE:
        twice = sorted(each for each, count in Counter(texts).items() if count > 1)
        problem = f"{', '.join(twice)} is listed twice: name each once." if twice else None
    return problem


def _hidden(text: str) -> str | None:
    """Find a character that cannot be seen, and changes what the text says."""
    shown = printable(text)
    odd = next((each for at, each in enumerate(text) if shown[at : at + 1] != each), None)
    return None if odd is None else f"it has a character that does not show (U+{ord(odd):04X}): write it anew."


def _blank(text: str) -> str | None:
    if "\n" in text.strip() or "\t" in text.strip():
        return "it must be one line without tabs."
    if text != text.strip():
        return f"{text!r} has a blank at its {'end' if text == text.lstrip() else 'beginning'}: remove it."
    return None


def _beside(wrong: str, value: Any) -> str:
    return f"{wrong!r} is wrong: " if isinstance(value, list) and len(value) > 1 else ""
