# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which parts of a playbook are going to run, from the tags asked for and left out, and from what is done already."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .catalogue import ANY_COMMAND, CATALOGUE, COMMAND, Catalogue, Half, Part, Repeat
from .record import Record

EVERYTHING = {"all", "tagged", "always", "preflight"}
HALVES = {"populate": tuple(Half), "future": (Half.PROJECTIONS,), "historical": (Half.HISTORICAL,)}
RETRY = "retry_failed"
SINGLE = {"command": ANY_COMMAND, "teardown": "teardown"}  # playbooks of one part, which tags do not select
PLAYBOOKS = (*HALVES, RETRY, *SINGLE)


def parts(playbook: str, tags: Collection[str], skipped: Collection[str], catalogue: Catalogue = CATALOGUE) -> set[str]:
    """Name the parts that are going to run.

    Args:
        playbook: one of PLAYBOOKS.
        tags: Ansible's run tags; none means all.
        skipped: Ansible's skip tags.
    """
    if playbook in SINGLE:
        return {SINGLE[playbook]} - set(skipped)
    wanted = set(tags) - {"always", "preflight"}
    every = not wanted or bool(wanted & EVERYTHING)
    candidates = catalogue.parts_of_retry() if playbook == RETRY else catalogue.parts(HALVES[playbook])
    return {part.name for part in candidates if (every or _reached_by(part) & wanted) and not part.tags & set(skipped)}


def left(playbook: str, chosen: Iterable[str], known: Record, catalogue: Catalogue = CATALOGUE) -> set[str]:
    """Leave out what the open run has done; a retry does it again for the jobs that failed."""
    if playbook == RETRY:
        return set(chosen)
    done = {name for name in catalogue.once if known.is_done(name)}
    done |= {part.name for part in catalogue.parts(tuple(Half)) if known.is_done(part.unless_done)}
    return set(chosen) - done


def either(part: str, chosen: Collection[str]) -> bool:
    """Say whether a part of an import runs, in one half or the other."""
    return any(half.step(part) in chosen for half in Half)


def steps(catalogue: Catalogue = CATALOGUE) -> list[str]:
    """List the steps of a run that have checks of their own, which are for nothing once the step is done."""
    return [entry.name for entry in catalogue if entry.repeat is Repeat.ONCE and {*entry.uses} - {*COMMAND}]


def _reached_by(part: Part) -> set[str]:
    """Give the tags that reach a part: the tasks of the second half are included by one that has only the half's."""
    return {"historical"} if part.name.startswith(Half.HISTORICAL.value) else part.tags
