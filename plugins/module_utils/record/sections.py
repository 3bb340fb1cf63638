# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which parts of a playbook are going to run, from the tags asked for and left out, and from what is done already."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .record import Record

# part: the tags that select it. Parts of the second half are named after those of the first, as steps of a run are.
REFERENCE = ("prepare", "migrate", "scenarios", "climate_models", "cities")
RUN_JOBS = ("capacity", "task_definition", "database", "service", "drain", "verify")
IMPORT = ("create_jobs", *RUN_JOBS)
SECOND = "historical_"
EVERYTHING = {"all", "tagged", "always", "preflight"}

PLAYBOOKS: dict[str, tuple[str, ...]] = {
    "populate": (
        *REFERENCE,
        *IMPORT,
        *(SECOND + part for part in IMPORT),
        "generate_historic",
        "teardown",
        "summary",
    ),
    "future": (*REFERENCE, *IMPORT, "teardown", "summary"),
    "historical": ("prepare", *(SECOND + part for part in IMPORT), "generate_historic", "teardown", "summary"),
    "retry_failed": ("prepare", *IMPORT, SECOND + "verify", "teardown", "summary"),
    "command": ("command",),
    "teardown": ("teardown",),
}
# What needs the drained queue's workers is of no use once it is drained.
BEFORE_DRAINED = ("capacity", "task_definition", "database", "service", "drain")


def parts(playbook: str, tags: Collection[str], skipped: Collection[str]) -> set[str]:
    """Name the parts that are going to run.

    Args:
        playbook: a key of PLAYBOOKS.
        tags: Ansible's run tags; none means all.
        skipped: Ansible's skip tags.
    """
    wanted = set(tags) - {"always", "preflight"}
    every = not wanted or bool(wanted & EVERYTHING) or playbook in ("command", "teardown")
    chosen = set()
    for part in PLAYBOOKS[playbook]:
        selecting = _tags(part)
        # the second half's tasks are included by a task that has only the tag of the half
        reached = {"historical"} if part.startswith(SECOND) else selecting
        if (every or reached & wanted) and not selecting & set(skipped):
            chosen.add(part)
    return chosen


def left(playbook: str, chosen: Iterable[str], known: Record) -> set[str]:
    """Leave out what the open run has done; a retry does it again for the jobs that failed."""
    if playbook == "retry_failed":
        return set(chosen)
    done = {part for part in chosen if known.is_done(part)}
    for half in ("", SECOND):
        if known.is_done(half + "drain"):
            done |= {half + part for part in BEFORE_DRAINED}
    return set(chosen) - done


def either(part: str, chosen: Collection[str]) -> bool:
    """Say whether a part of an import runs, in one half or the other."""
    return part in chosen or SECOND + part in chosen


def steps() -> list[str]:
    """List the steps of a run that make a difference, by their names in the record."""
    return ["cities", *(half + part for half in ("", SECOND) for part in ("create_jobs", "drain", "verify"))]


def _tags(part: str) -> set[str]:
    half = {"historical"} if part.startswith(SECOND) or part == "generate_historic" else set()
    name = part.removeprefix(SECOND)
    return half | {name} | ({"run_jobs"} if name in RUN_JOBS else set())
