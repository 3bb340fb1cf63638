# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asks the application what it holds, by a command that its version of Django has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..command.execution import LOG_LINES, Watch, run_command
from ..command.prepare import Command, prepare
from ..core.context import Context
from ..core.errors import InvalidInput, TaskFailed, Unreadable
from ..core.text import together
from ..ecs.log_groups import READABLE_BY
from ..record.job_key import DEFAULT, KEY_SPEC, VARIABLE, read_key
from . import holdings
from .answer import CITIES, END, SHELL_COMMAND, Answer, dump_command
from .log_lines import last_exception
from .readers import DumpReader, LinesReader, Reader

AUTO, SHELL, DUMPDATA, OWN = "auto", "shell", "dumpdata", "own"
USAGE = 2  # exit code of a command that does not know its arguments (argparse, and optparse before Django 1.8)
# An answer may come later than the end of the task; without the wait a year would count as missing.
LATE_SECONDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 120.0  # seconds between two tries while the application has no database
NO_DATABASE = re.compile(r"[\w.]*(?:OperationalError|InterfaceError)\b")  # of PEP 249, as Django raises them

ASK_SPEC: dict[str, Any] = {
    "command": {"type": "raw"},
    "verify_with": {"type": "str", "choices": [AUTO, SHELL, DUMPDATA], "default": AUTO},
    "climate_dataset": {"type": "str", "default": ""},
    "marker": {"type": "str", "default": "INGEST_COMPLETED"},
    "end_marker": {"type": "str", "default": END},
    "cities_marker": {"type": "str", "default": CITIES},
    "job_key": KEY_SPEC,
}


@dataclass(frozen=True)
class Asked:
    """The application's answer, and how it was got.

    Attributes:
        known: what is known of the application in the run, the names of this answer among it.
    """

    answer: Answer
    command: Command
    task: dict[str, Any]
    watch: Watch
    known: holdings.Holdings


@dataclass(frozen=True)
class _Form:
    """A command that can be asked, and what reads its answer."""

    name: str
    command: Any
    reader: Callable[[], Reader]


class _UnknownForm(Exception):
    """This version of Django has no such command."""


def prepared(context: Context, params: Mapping[str, Any]) -> Command:
    """Check the command that would be run first.

    Raises:
        InvalidInput, NotFound: as :func:`prepare`.
    """
    form = _forms(params, holdings.read(context))[0]
    return prepare(context, {**params, "command": form.command})


def ask(
    context: Context, params: Mapping[str, Any], is_enough: Callable[[Answer], bool] = lambda answer: False
) -> Asked:
    """Run the command, another one where this version of Django does not know it, and read its answer.

    Args:
        params: those of ASK_SPEC and COMMAND_SPEC, and ``scenario``: what a command of the operator's own is about.
        is_enough: whether nothing more need be waited for, where the command does not tell the end of its answer.

    Raises:
        Unreadable: no command ended well, or its answer could not be read: nothing follows from that.
    """
    known = holdings.read(context)
    *others, last = _forms(params, known)
    for form in others:
        try:
            return _asked(context, params, form, known, is_enough, only=False)
        except _UnknownForm:
            context.progress.line(f"this version of Django has no {form.name} --command: asking with {last.name}")
            known = known.asked(last.name, known.ids)
            holdings.write(context, known)  # the next task is that command's, whoever goes on after a crash
    return _asked(context, params, last, known, is_enough, only=True)


def _forms(params: Mapping[str, Any], known: holdings.Holdings) -> list[_Form]:
    if params.get("command"):
        words = (params.get("end_marker") or END, params.get("cities_marker") or CITIES)
        about = (params["marker"], params["scenario"], read_key(params.get("job_key") or DEFAULT))
        return [_Form(OWN, params["command"], lambda: LinesReader(*about, *words))]
    if tuple(params.get("job_key") or DEFAULT) != DEFAULT:
        raise InvalidInput(
            f"{VARIABLE} is not [{', '.join(DEFAULT)}], and only of the Climate API's jobs is it known how to ask what"
            " is imported: give a command of your own in ingest_verify_command."
        )
    shell = _Form(SHELL, SHELL_COMMAND, LinesReader)
    dump = _Form(DUMPDATA, dump_command(params["climate_dataset"]), DumpReader)
    by_name = {SHELL: [shell], DUMPDATA: [dump]}
    wanted = params["verify_with"] if params["verify_with"] != AUTO else known.form
    return by_name.get(wanted, [shell, dump])


def _asked(
    context: Context,
    params: Mapping[str, Any],
    form: _Form,
    known: holdings.Holdings,
    is_enough: Callable[[Answer], bool],
    only: bool,
) -> Asked:
    command = prepare(context, {**params, "command": form.command})
    others: list[str] = []
    task, watch, reader = _run_command(context, command, params, form, only, others)
    until = context.clock() + LATE_SECONDS
    while not _is_complete(reader, is_enough) and watch.tail and context.clock() < until:
        context.sleep(1.0)
        watch.read(context, task)
    if reader.whole is False or (watch.unread and not _is_complete(reader, is_enough)):
        raise _unreadable(command.name, watch, params, task)
    now = known.asked(form.name if form.name != OWN else known.form, reader.answer.ids)
    if now != known:
        holdings.write(context, now)
    if form.name != OWN and context.step is not None and context.step.log:
        context.step.log = {**context.step.log, "lines": [*others, *_lines(reader.answer)][-LOG_LINES:]}
    return Asked(reader.answer, command, task, watch, now)


def _is_complete(reader: Reader, is_enough: Callable[[Answer], bool]) -> bool:
    return is_enough(reader.answer) if reader.whole is None else reader.whole


def _run_command(
    context: Context, command: Command, params: Mapping[str, Any], form: _Form, only: bool, others: list[str]
) -> tuple[dict[str, Any], Watch, Reader]:
    """Run the command, again while its database comes back; ``others`` gets the lines that are no part of its answer.

    Raises:
        _UnknownForm: it does not exist, and there is another one.
        Unreadable: it failed; that says nothing about the data.
    """
    until, pause = context.clock() + context.patience, FIRST_PAUSE
    quoted = {line for argument in command.arguments for line in argument.splitlines()}  # by argparse, as unknown
    while True:
        reader = form.reader()

        def on_line(line: str, reader: Reader = reader) -> bool:
            if reader.on_line(line) or (not only and line in quoted):
                return True
            others[:] = [*others, line][-LOG_LINES:]
            return False

        try:
            task, watch = run_command(context, command, params, on_line=on_line, needed=True)
        except TaskFailed as error:
            if error.details.get("exit_code") == USAGE and not only:
                raise _UnknownForm from error
            why = last_exception(error.details.get("log", [])) or ""
            if not NO_DATABASE.match(why) or context.clock() + pause >= until:
                raise _failed(error, why, params, form) from error
        else:
            return task, watch, reader
        context.progress.line(f"{command.name}: the application has no database ({why}); trying again in {pause:.0f}s")
        context.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _failed(error: TaskFailed, why: str, params: Mapping[str, Any], form: _Form) -> Unreadable:
    what = error.message.partition("\n")[0]
    remedy = ""
    if form.name != OWN and error.details.get("exit_code") is not None and not NO_DATABASE.match(why):
        remedy = " ingest_verify_command takes a command of your own" + (
            ", and ingest_verify_with: dumpdata works with every version of Django." if form.name == SHELL else "."
        )
    return Unreadable(
        f"{_subject(params)} could not be verified: {what}{why and f' It ended with {why}.'}"
        f" Nothing is known to be missing.{remedy}",
        **error.details,
    )


def _unreadable(name: str, watch: Watch, params: Mapping[str, Any], task: dict[str, Any]) -> Unreadable:
    reason = f"which could not be read: {watch.unread}"
    remedy = READABLE_BY
    if watch.denied:
        remedy = "docs/permissions.md has the policy a run needs."
    elif not watch.unread:
        reason = "and not all of it arrived there"
        remedy = "Run it again. A log driver in non-blocking mode drops lines: set its mode to blocking."
    return Unreadable(
        f"{_subject(params)} could not be verified: {name} ended well, but its report is in its"
        f" log, {reason}. Nothing is known to be missing. {remedy}",
        task_arn=task["taskArn"],
    )


def _subject(params: Mapping[str, Any]) -> str:
    if not params.get("scenario"):
        return "What the database holds"
    return f"What is imported of {together(params['climate_dataset'], params['scenario'])}"


def _lines(answer: Answer) -> list[str]:
    """Write an answer for a person: how many data sources each scenario has."""
    return [f"{label}: {number} data sources imported" for label, number in answer.counts().items()]
