# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command to run next, as the operator would type it.

It is the command that was typed (``Context.command``), with another playbook or further variables: program,
inventories, options and the form of the playbook's name stay.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.context import Context
from ..core.run import Run
from .entry import Scope
from .imports import CITIES, scopes_of_run
from .imports import playbook_of as kind_of

POPULATE, FUTURE, HISTORICAL, RETRY, TEARDOWN = "populate", "future", "historical", "retry_failed", "teardown"
OURS = {POPULATE, FUTURE, HISTORICAL, RETRY, TEARDOWN, CITIES, "command", "status"}
CHOICES = "go_on_if"  # detail of an error: variables to go on with, by what they are for; empty: whatever the case
PURGE = {"ingest_purge_queue": "true"}
PURGED = {CHOICES: {"": PURGE}}
UNPURGED = {CHOICES: {"": {"ingest_purge_queue": "false"}}}
LEFT_OUT = "..."  # what cannot be repeated: it is secret, or not known
COLLECTION = "climate.ingest."
FOLDER = Path(__file__).resolve().parents[3] / "playbooks"
EXTRA = "--extra-vars"
OF_A_PLAYBOOK = {"--tags", "--skip-tags", "--start-at-task"}  # another playbook has others
# options of ansible-playbook that take a value; a long one may be shortened (argparse)
SHORT = {
    "c": "--connection",
    "e": EXTRA,
    "f": "--forks",
    "i": "--inventory",
    "l": "--limit",
    "M": "--module-path",
    "t": "--tags",
    "T": "--timeout",
    "u": "--user",
}
LONG = (
    *SHORT.values(), *OF_A_PLAYBOOK, "--become-method", "--become-pass-file", "--become-password-file", "--become-user",
    "--conn-pass-file", "--connection-password-file", "--inventory-file", "--key-file", "--private-key",
    "--scp-extra-args", "--sftp-extra-args", "--ssh-common-args", "--ssh-extra-args", "--vault-id", "--vault-pass-file",
    "--vault-password-file",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A part of a command line.

    Attributes:
        words: as they were typed.
        option: the long name of an option that takes a value; empty: a flag.
        value: of the option, or the argument itself.
        argument: whether it is an argument: a playbook.
    """

    words: tuple[str, ...]
    option: str = ""
    value: str = ""
    argument: bool = False


def again(context: Context, variables: Mapping[str, str] | None = None) -> str:
    """Give the command that was typed, with further variables."""
    return _written(context, _parts(shlex.split(context.command)[1:]), POPULATE, variables)


def playbook(context: Context, name: str, variables: Mapping[str, str] | None = None) -> str:
    """Give the command for a whole playbook of this collection: without what selects parts of the present one."""
    parts = [part for part in _parts(shlex.split(context.command)[1:]) if part.option not in OF_A_PLAYBOOK]
    renamed = [_renamed(part.value, name) for part in parts if part.argument]
    ours = next(filter(None, renamed), f"{COLLECTION}{name}")
    places = [place for place, part in enumerate(parts) if part.argument]
    for place in places[1:]:
        parts[place] = Part(())
    if places:
        parts[places[0]] = Part((ours,))
    return _written(context, parts, name, variables)


def resume(context: Context, run: Run) -> str:
    """Give the command that goes on with a run: its playbook, or the operator's own one that was typed."""
    parts = _parts(shlex.split(context.command)[1:])
    if any(part.argument for part in parts) and not any(_renamed(part.value, POPULATE) for part in parts):
        return _written(context, [part for part in parts if part.option not in OF_A_PLAYBOOK], POPULATE, {})
    return playbook(context, playbook_of(run))


def playbook_of(run: Run) -> str:
    """Name the playbook that has just the goals of a run: another one would add some."""
    if kind_of(run) == CITIES:
        return CITIES
    scopes = scopes_of_run(run)
    averages, reference = Scope.AVERAGES in scopes, Scope.REFERENCE in scopes
    if averages == reference:
        return POPULATE
    return HISTORICAL if averages else FUTURE


def after(context: Context, failure: Mapping[str, Any]) -> list[str]:
    """Write how to go on after a failure: what its cause asks for, or the same command again.

    Args:
        failure: the result of the task that failed, with what the error's details say.
    """
    other = str(failure.get("go_on_with") or "").removesuffix(".yml")
    choices: Mapping[str, Mapping[str, str]] = failure.get(CHOICES) or {"": {}}
    lines = ["Go on with" if failure.get("interrupted") else "Fix the cause, then resume with"]
    for reason, variables in choices.items():
        command = playbook(context, other, variables) if other else again(context, variables)
        lines += [*([f"  {reason}:"] if reason else []), f"  {'  ' if reason else ''}{command}"]
    if LEFT_OUT in shlex.split(lines[-1]) or f"={LEFT_OUT}" in lines[-1] or f'"{LEFT_OUT}"' in lines[-1]:
        lines.append(f"  (put in what stands as {LEFT_OUT}: it is secret, or not known here)")
    return lines


def _written(context: Context, parts: Sequence[Part], name: str, variables: Mapping[str, str] | None) -> str:
    variables = variables or {}
    program = shlex.split(context.command)[:1]
    if not program:  # a module does not know how it was started
        program, parts = ["ansible-playbook", "-i", LEFT_OUT], [Part((f"{COLLECTION}{name}",))]
    kept = [part for part in parts if not (part.option == EXTRA and part.value.partition("=")[0] in variables)]
    words = [*program, *(word for part in kept for word in part.words)]
    return shlex.join([*words, *(word for item in variables.items() for word in ("-e", "=".join(item)))])


def _renamed(word: str, name: str) -> str:
    """Write a playbook's name with another one of this collection; empty where it is none of ours."""
    if word.startswith(COLLECTION) and word.removeprefix(COLLECTION) in OURS:
        return f"{COLLECTION}{name}"
    folder, slash, file = word.rpartition("/")
    if file.removesuffix(".yml") in OURS and Path(word).resolve().parent == FOLDER:
        return f"{folder}{slash}{name}.yml"
    return ""


def _parts(words: Sequence[str]) -> list[Part]:
    return list(_read(iter(words)))


def _read(words: Iterator[str]) -> Iterator[Part]:
    for word in words:
        if word == "--":
            yield Part((word,))
            yield from (Part((each,), value=each, argument=True) for each in words)
        elif not word.startswith("-") or word == "-":
            yield Part((word,), value=word, argument=True)
        else:
            yield from _option(word, words)


def _option(word: str, words: Iterator[str]) -> Iterator[Part]:
    """Read an option, with the next word where its value is there; flags may stand before a short one (``-Ct x``)."""
    name, flags, value = "", "", None
    if word.startswith("--"):
        typed, equals, given = word.partition("=")
        name = next((each for each in sorted(LONG) if each.startswith(typed)), "") if typed != "--become" else ""
        value = given if equals else None
    else:
        at = next((place for place, letter in enumerate(word) if letter in SHORT), 0)
        if at:
            name, flags, value = SHORT[word[at]], word[1:at], word[at + 1 :] or None
            word = f"-{word[at:]}"
    if flags:
        yield Part((f"-{flags}",))
    following = [next(words, "")] if name and value is None else []
    yield Part((word, *following), name, following[0] if following else value or "")
