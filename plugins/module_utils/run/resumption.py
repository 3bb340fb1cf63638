# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds out what interrupted a run that is being resumed, and records it."""

from __future__ import annotations

from ..core.context import Context
from ..core.text import moment
from ..record import interruptions, lock
from ..record.interruptions import Interruption, Interruptions
from ..record.record import Record, Run
from ..workers import series

TEARDOWN = "teardown"  # done after an interruption as well


def note_interruption(context: Context, environment: str, known: Record) -> None:
    """Record what interrupted the open run; a crash between the two writes leaves both to be made again.

    Args:
        known: the record as it was found once the environment was locked.
    """
    run, lost = known.open_run, lock.lost(context, environment)
    if run is None or context.check_mode or not (lost or run.failure):
        return
    before = interruptions.read(context, environment, run.id)
    found = _found(context, environment, known, run, lost, before)
    if found:
        interruptions.write(context, environment, run.id, before.adding(found))
    lock.settle(context, environment)


def _found(
    context: Context, environment: str, known: Record, run: Run, lost: dict[str, str], before: Interruptions
) -> Interruption | None:
    """Derive the interruption; None where it is known already, or was no interruption of this run."""
    last = before.newest[-1] if before.newest else None
    since = last.resumed if last else run.opened_at
    failed = run.failure.get("at", "")
    if last and failed == last.began or failed < since:
        failed = ""
    if lost and (lost["at"] < since and not (last and lost["at"] == last.began)):
        lost = {}
    # the holder renews its lock once a minute: if it failed, it may have died as it was cleaning up
    if failed and lost and moment(failed) > moment(lost["at"]) + lock.RENEW_AFTER:
        failed = ""
    if not (failed or lost):
        return None
    signs = _signs(context, environment, known, since)
    at, step = max(((at, name) for name, at in signs.items()), default=("", ""))
    within = step in signs and not known.is_done(step)
    now = context.now().isoformat(timespec="seconds")
    if failed:
        return Interruption(failed, now, step, within, run.failure.get("message", "").strip().partition("\n")[0])
    why = f"last sign of {lost['holder']}, which did not release the environment"
    began = lost["at"] if last and lost["at"] == last.began else max(at, lost["at"])
    return Interruption(began, now, step, within, why)


def _signs(context: Context, environment: str, known: Record, since: str) -> dict[str, str]:
    """Give when each step was last heard of; a drain writes down how it goes on."""
    signs = {name: step.at for name, step in known.steps.items() if name != TEARDOWN}
    for name, drain in series.read_all(context, environment, known.run.id if known.run else "").items():
        signs[name] = max([signs.get(name, ""), *drain["times"][-1:]])
    return {name: at for name, at in signs.items() if at >= since}
