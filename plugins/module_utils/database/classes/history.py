# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which class the database had at what time of a run, from the run's record."""

from __future__ import annotations

from collections.abc import Mapping

from ...record.record import Run, Step
from ..state import DATABASE_CLASS

STEPS = ("database", "teardown")


def history(run: Run, steps: Mapping[str, Step]) -> list[tuple[str, str]]:
    """Give time (ISO 8601) and class of each change, the class before the first as of the run's beginning.

    A larger class counts from when it is requested, a former one from when it is back: more than AWS bills, by minutes.

    Args:
        steps: those of STEPS that the record has.
    """
    changes = [
        (each["began"] if name == "database" else each["ended"], each["facts"][DATABASE_CLASS])
        for name in STEPS
        if name in steps
        for each in [*steps[name].earlier, steps[name].as_attempt()]
        if DATABASE_CLASS in each.get("facts", {})
    ]
    changes.sort()
    return [(run.opened_at, changes[0][1][0]), *((at, after) for at, (_before, after) in changes)] if changes else []
