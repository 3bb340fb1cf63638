# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Shows how many data sources the application holds of each scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..command import management_command
from ..core.context import Context
from ..core.result import Result
from ..core.text import count
from .ask import ask, prepared


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Ask the application and show its answer, or what a command of the operator's own prints.

    Raises:
        Unreadable: the application could not be asked, or its answer could not be read.
        TaskFailed: the command of the operator's own failed.
    """
    if params.get("command"):
        return management_command.run(context, params)
    result = management_command.describe_run(prepared(context, params), params)
    if context.check_mode:
        result.values["predicted"] = True
        return result
    asked = ask(context, params)
    counts = asked.answer.counts()
    for label, number in counts.items():
        context.progress.line(f"{label}: {count(number, 'data source')} imported")
    if not counts:
        context.progress.line("no data source is imported")
    result.values |= management_command.ended(asked.task, params["container"]) | {"imported": counts}
    result.note = ", ".join(f"{label}: {number}" for label, number in counts.items())
    return result
