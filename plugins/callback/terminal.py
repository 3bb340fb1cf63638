# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible's default output, with each failure of this collection told once, and as a person reads it."""

from __future__ import annotations

DOCUMENTATION = """
name: terminal
type: stdout
short_description: Ansible's default output, with each failure told once
version_added: 1.0.0
author: Climate Ingest Maintainers (@climate-ingest)
description:
  - Ansible's default output, in which titles of tasks and the recap break between words where the window is narrow.
    Only a failed task of this collection is shown in another way.
  - Its message is told once, with the reason first, and in lines that fit the window and break between words.
  - After a clean-up, what was told when the task failed is not told again.
  - With C(-v) the other return values follow the message; with C(-vvv) Ansible's own report, too.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - Set it as stdout in the configuration (C(stdout_callback = climate.ingest.terminal)).
"""

import re
from typing import Any

from ansible import constants
from ansible.plugins.callback.default import CallbackModule as Default

from ansible_collections.climate.ingest.plugins.plugin_utils import failures, window

COLLECTION = "climate.ingest."
TRACEBACKS = 3  # the verbosity of -vvv
STARS = " ***"  # the least that Ansible puts after a title
COLOR = re.compile(r"\x1b\[[0-9;]*m")
NONE_OF_IT = re.compile(r"(?<=\s)\w+=0\s+")  # in the recap


class Narrow:
    """Ansible's Display, whose titles and recap fit the window.

    Args:
        display: the one that is written to; everything else is asked of it.
    """

    def __init__(self, display: Any) -> None:
        self._display = display

    def __getattr__(self, name: str) -> Any:
        return getattr(self._display, name)

    def banner(self, msg: str, color: str | None = None, cows: bool = True) -> None:
        """Show a title, which Ansible would break anywhere."""
        width = window.columns(window.UNBROKEN)
        lines = window.fitted(msg.strip() + STARS, width)
        if len(lines) == 1:
            self._display.banner(msg, color=color, cows=cows)
        else:
            self._display.display("\n" + "\n".join(lines), color=color, screen_only=True)
            self._display.display(f"\n{msg.strip()}{STARS}", log_only=True)

    def display(self, msg: str, *args: Any, screen_only: bool = False, **options: Any) -> None:
        """Show a line; of one of the recap that is too long what there is none of is left out."""
        if "unreachable=" in msg and screen_only and len(COLOR.sub("", msg)) > window.columns(window.UNBROKEN):
            msg = re.sub(" +", " ", NONE_OF_IT.sub("", f"{msg} "))
        self._display.display(msg, *args, screen_only=screen_only, **options)


class CallbackModule(Default):
    """See DOCUMENTATION."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "climate.ingest.terminal"

    def __init__(self) -> None:
        super().__init__()
        self._display: Any = Narrow(self._display)
        self._told: dict[str, str] = {}  # by host: the message of its last failed task

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Tell a failure of this collection's in its own words, and any other one as usual."""
        values, host = result.result, result.host.get_name()
        message = values.get("msg")
        ours = str(result.task.resolved_action or result.task.action).startswith(COLLECTION)
        if ours and isinstance(message, str) and "results" not in values:
            self._tell(result, failures.sentence(values, self._told.get(host, "")), ignore_errors)
        else:
            super().v2_runner_on_failed(result, ignore_errors)
        self._told[host] = str(message or "")

    def _tell(self, result: Any, text: str, ignore_errors: bool) -> None:
        if self._last_task_banner != result.task._uuid:
            self._print_task_banner(result.task)
        if self._display.verbosity < TRACEBACKS:
            result.result.pop("exception", None)
        self._handle_warnings_and_exception(result)
        self._clean_results(result.result, result.task.action)
        verb = "stopped" if failures.is_interruption(result.result) else "failed"
        text = "\n".join(window.fitted(f"{verb}: [{self.host_label(result)}]: {text}", window.columns(window.UNBROKEN)))
        if self._display.verbosity:
            rest = {name: value for name, value in result.result.items() if name not in failures.IN_WORDS}
            text += f"\n{self._dump_results(rest)}"
        self._display.display(text, color=constants.COLOR_ERROR, stderr=self.get_option("display_failed_stderr"))
        if ignore_errors:
            self._display.display("...ignoring", color=constants.COLOR_SKIP)
