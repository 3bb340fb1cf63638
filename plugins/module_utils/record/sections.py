# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which parts of a playbook will run, by the tags given and skipped, and by what the open run has done."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from .catalogue import ANY_COMMAND, CATALOGUE, COMMAND, Catalogue, Half, Part, Repeat
from .record import Record

EVERYTHING = {"all", "tagged", "always", "preflight"}
MOLECULE = {"molecule-notest", "notest", "molecule-idempotence-notest"}  # which it skips in each of its runs
HALVES = {"populate": tuple(Half), "future": (Half.PROJECTIONS,), "historical": (Half.HISTORICAL,)}
RETRY = "retry_failed"
SINGLE = {"command": ANY_COMMAND, "teardown": "teardown"}  # playbooks of one part, which tags do not select
PLAYBOOKS = (*HALVES, RETRY, *SINGLE)


def parts(playbook: str, tags: Collection[str], skipped: Collection[str], catalogue: Catalogue = CATALOGUE) -> set[str]:
    """Name the parts that will run.

    Args:
        playbook: one of PLAYBOOKS.
        tags: Ansible's run tags; none means all.
        skipped: Ansible's skip tags.
    """
    if playbook in SINGLE:
        return {SINGLE[playbook]} - set(skipped)
    wanted = set(tags) - {"always", "preflight"}
    every = not wanted or bool(wanted & EVERYTHING)
    candidates = _candidates(playbook, catalogue)
    return {part.name for part in candidates if (every or _reached_by(part) & wanted) and not part.tags & set(skipped)}


def unknown_tags(
    playbook: str,
    tags: Collection[str],
    skipped: Collection[str],
    more: Collection[str],
    catalogue: Catalogue = CATALOGUE,
) -> list[str]:
    """Write a problem for each tag that no task has, with the nearest one: Ansible would run nothing, in silence.

    Args:
        playbook: one of PLAYBOOKS.
        tags: Ansible's run tags.
        skipped: Ansible's skip tags.
        more: further tags there are, of tasks that are not the collection's.
    """
    candidates = _candidates(playbook, catalogue)
    reaching = {tag for part in candidates for tag in _reached_by(part)}
    having = {tag for part in candidates for tag in part.tags}
    special = EVERYTHING | ({"untagged"} if playbook in SINGLE else set())
    return [
        *_unknown("--tags", tags, {*reaching, *more}, special, playbook),
        *_unknown("--skip-tags", skipped, {*having, *more}, EVERYTHING | {"untagged", "never"} | MOLECULE, playbook),
    ]


def _unknown(option: str, tags: Collection[str], known: set[str], special: set[str], playbook: str) -> list[str]:
    def hint(tag: str) -> str:
        close = get_close_matches(tag, known, 1)
        if close:
            return f"did you mean {close[0]}?"
        return f"tags are {', '.join(sorted(known))}." if known else "leave the option out."

    return [
        f"{option} has {tag!r}, which no task of the playbook {playbook} has: {hint(tag)}"
        for tag in sorted(set(tags) - known - special)
    ]


def left(playbook: str, chosen: Iterable[str], known: Record, catalogue: Catalogue = CATALOGUE) -> set[str]:
    """Leave out what the open run has done; a retry does it again for the jobs that failed."""
    if playbook == RETRY:
        return set(chosen)
    done = {name for name in catalogue.once if known.is_done(name)}
    done |= {part.name for part in catalogue.parts(tuple(Half)) if known.is_done(part.unless_done)}
    return set(chosen) - done


def _candidates(playbook: str, catalogue: Catalogue) -> list[Part]:
    if playbook in SINGLE:
        return []
    return catalogue.parts_of_retry() if playbook == RETRY else catalogue.parts(HALVES[playbook])


def either(part: str, chosen: Collection[str]) -> bool:
    """Say whether a part of an import runs, in one half or the other."""
    return any(half.step(part) in chosen for half in Half)


def steps(catalogue: Catalogue = CATALOGUE) -> list[str]:
    """List the steps that have checks of their own, which preflight leaves out once the step is done."""
    return [entry.name for entry in catalogue if entry.repeat is Repeat.ONCE and {*entry.uses} - {*COMMAND}]


def _reached_by(part: Part) -> set[str]:
    """Give the tags that reach a part: the tasks of the second half are included by one that has only the half's."""
    return {"historical"} if part.name.startswith(Half.HISTORICAL.value) else part.tags
