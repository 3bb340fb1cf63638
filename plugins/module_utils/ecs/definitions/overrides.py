# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A management command as ECS's console takes it: one string, its arguments separated by commas."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...core.errors import InvalidInput

LONGEST_OVERRIDE = 8192  # bytes, the JSON around it included (API reference, TaskOverride)
TYPOGRAPHIC = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb"  # quotes of word processors and web pages
QUOTES = "'\"`"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # into which they turn the -- of an option
ENTRY_POINT = re.compile(r"(?:\S*/)?manage\.py")
PYTHON = re.compile(r"(?:\S*/)?python[\d.]*")


def parse_command(value: Any) -> list[str]:
    """Read a management command into the list of its arguments.

    Args:
        value: a string with CSV quoting (``create_jobs,RCP85,"ACCESS1-0,CCSM4",all``), or a list, whose arguments may
            be lists of words.

    Raises:
        InvalidInput: it is empty, has an empty argument or unbalanced quotes, or its first argument cannot be the name
            of a management command.
    """
    arguments = _split(value) if isinstance(value, str) else _texts(value)
    if not arguments:
        raise InvalidInput("The command is empty. Give a management command such as loaddata,scenarios.")
    if "" in arguments:
        place = arguments.index("") + 1
        raise InvalidInput(f"The command {_shown(value)} has an empty argument (number {place}): remove a comma.")
    _refuse_no_name(arguments, value)
    return arguments


def format_command(arguments: Sequence[str]) -> str:
    """Write a list of arguments as the one string that parses to it."""
    return ",".join(
        '"' + argument.replace('"', '""') + '"' if re.search(r'[,"\s]', argument) else argument
        for argument in arguments
    )


def container_override(container: str, command: Sequence[str], variables: dict[str, str]) -> dict[str, Any]:
    """Build RunTask's ``overrides`` of one container.

    Raises:
        InvalidInput: they are longer than ECS takes.
    """
    entry: dict[str, Any] = {"name": container, "command": list(command)}
    if variables:
        entry["environment"] = [{"name": name, "value": text} for name, text in variables.items()]
    overrides = {"containerOverrides": [entry]}
    length = len(json.dumps(overrides, ensure_ascii=False).encode())
    if length > LONGEST_OVERRIDE:
        raise InvalidInput(
            f"The command {command[0]} makes an override of {length} bytes; ECS takes {LONGEST_OVERRIDE}."
            " Split it into several commands."
        )
    return overrides


def _split(text: str) -> list[str]:
    text = text.strip()
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise InvalidInput(
            f"The command {_shown(text)} has unbalanced quotes ({error})."
            ' Quote a whole argument that holds a comma: create_jobs,RCP85,"ACCESS1-0,CCSM4",all.'
        ) from error
    if len(rows) > 1:
        raise InvalidInput(
            f"The command {_shown(text)} has more than one line: quote an argument that holds a line break."
        )
    return rows[0] if rows else []


def _texts(value: Any) -> list[str]:
    if not isinstance(value, (list, tuple)):
        raise InvalidInput(f"The command must be a string or a list, not {type(value).__name__}.")
    return [_text(argument) for argument in value]


def _text(argument: Any) -> str:
    """Write an argument; a list of words, such as years, as the application takes it: separated by commas."""
    words = argument if isinstance(argument, (list, tuple)) else [argument]
    for word in words:
        if not isinstance(word, (str, int, float)) or isinstance(word, bool):
            raise InvalidInput(f"The command's argument {argument!r} is not text: quote it.")
    return ",".join(str(word) for word in words)


def check_entry_point(arguments: Sequence[str], container: Mapping[str, Any]) -> None:
    """Refuse a command that names manage.py again, where that is the container's entry point or may be.

    Args:
        container: its definition. One without ``entryPoint`` has the image's, which no service tells.

    Raises:
        InvalidInput: it does.
    """
    named, entry = _manage_py(arguments), container.get("entryPoint")
    if not named or (entry and not _manage_py(entry)):
        return
    known = "which is the container's entry point already: give only what follows it."
    assumed = (
        f"and the definition of container {container.get('name', '')!r} has no entryPoint: it is taken that the image's"
        " is manage.py. Give only what follows it, or name the image's in entryPoint."
    )
    raise InvalidInput(f"The command {_shown(arguments)} begins with {named}, {known if entry else assumed}")


def _manage_py(words: Sequence[str]) -> str:
    """Give the manage.py that words begin with, behind Python or not; empty: they do not."""
    first = words[1] if PYTHON.fullmatch(words[0]) and len(words) > 1 else words[0]
    return first if ENTRY_POINT.fullmatch(first) else ""


def _refuse_no_name(arguments: Sequence[str], value: Any) -> None:
    """Refuse what Django would answer with "Unknown command", once the task runs."""
    ends = [each for argument in arguments for each in (argument[0], argument[-1]) if each in TYPOGRAPHIC]
    if ends and isinstance(value, str):
        raise InvalidInput(
            f"The command {_shown(value)} has typographic quotes ({ends[0]}), which would become part of an argument:"
            ' write " instead.'
        )
    dashes = [argument[0] for argument in arguments if argument[0] in DASHES]
    if dashes and isinstance(value, str):
        raise InvalidInput(
            f"The command {_shown(value)} has an argument that begins with a typographic dash ({dashes[0]}), which is"
            " no option: write -- instead."
        )
    if arguments[0][0] in QUOTES:
        raise InvalidInput(
            f"The command {_shown(value)} names a management command in quotes ({arguments[0][0]}), which would become"
            " part of its name: leave them out."
        )
    words = arguments[0].split()
    if len(words) > 1:
        begins = _manage_py(words)
        meant = format_command([*words[words.index(begins) + 1 if begins else 0 :], *arguments[1:]] or words)
        raise InvalidInput(
            f"The command {_shown(value)} names a management command with a blank, {arguments[0]!r}: separate its"
            f" arguments with commas. Did you mean {meant}?"
        )


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else format_command([str(argument) for argument in value])
    return repr(text if len(text) <= 80 else text[:77] + "...")
