# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cluster's own services through a downtime of the database: those that were steady before are to be so after it.

Which they were is kept in the account until they are, so that a later controller waits for them as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.aws import AWS_ERRORS, why_unread
from ..core.context import Context
from ..core.errors import DeadlineExceeded, NotFound
from ..core.text import count
from ..core.waiting import poll
from ..ecs import steady
from ..record import store
from ..record.record import Step
from .change import Change
from .classes.history import STEPS

SERVICES = "services"  # in the record: a sentence for each that did not come back
HOLDS = 15.0  # seconds for which a service is steady, and starts no task, before it counts


def is_watched(change: Change) -> bool:
    """Say whether services are looked at."""
    return bool(change.services_minutes and change.cluster and change.environment)


def predict(context: Context, change: Change) -> None:
    """Tell, in check mode, which services are going to be waited for."""
    warnings: list[str] = []
    names = _steady_now(context, change, warnings) if is_watched(change) else []
    for text in warnings:
        context.progress.line(text)
    if names:
        minutes = count(change.services_minutes, "minute")
        context.progress.line(f"would wait up to {minutes} for services of {change.cluster}: {', '.join(names)}")


def remember(context: Context, change: Change, warnings: list[str]) -> None:
    """Keep in the account which services are steady, before the database goes down.

    Those of an earlier change whose end was never seen are kept, too: by now they may have lost the database.
    """
    if not is_watched(change):
        return
    names = set(_steady_now(context, change, warnings))
    known = set(_known(context, change))
    if names - known:
        document = {"cluster": change.cluster, "names": sorted(names | known)}
        store.write(context, _name(change), document)


def await_back(context: Context, change: Change, warnings: list[str]) -> dict[str, Any]:
    """Wait until the services that were steady before are steady again; warn of each that is not.

    It is no failure: the database is as desired, and a run that stopped here would bring no service back.

    Returns:
        What the record keeps; empty where nothing was waited for.
    """
    if not is_watched(change):
        return {}
    names = _known(context, change)
    if not names:
        return {}
    try:
        down = _await(context, change, names)
    except AWS_ERRORS as error:
        down = [f"Whether services of {change.cluster} came back is not known: {why_unread(error)}."]
    warnings += down
    store.delete(context, [_name(change)])
    return {SERVICES: down}


def not_back(steps: Mapping[str, Step]) -> list[str]:
    """Give, from a run's record, the sentences on services that did not come back from its last change."""
    attempts = [each for name in STEPS if name in steps for each in [*steps[name].earlier, steps[name].as_attempt()]]
    known = sorted((each["began"], each["facts"][SERVICES]) for each in attempts if SERVICES in each.get("facts", {}))
    return [str(sentence) for sentence in known[-1][1]] if known else []


def _await(context: Context, change: Change, names: list[str]) -> list[str]:
    """Give a sentence for each service that is not steady in time."""
    since: dict[tuple[str, str], float] = {}  # service and its last start
    found: dict[str, dict[str, Any]] = {}

    def all_steady() -> bool | None:
        found.clear()
        found.update(steady.describe(context, change.cluster, names))
        now = context.clock()
        seen = {(name, steady.last_start(each)) for name, each in found.items() if steady.is_steady(each)}
        kept = {each: since.get(each, now) for each in seen}
        since.clear()
        since.update(kept)
        context.progress.status(f"services of {change.cluster}: {len(seen)} of {len(found)} steady")
        return True if len(seen) == len(found) and all(now - at >= HOLDS for at in since.values()) else None

    try:
        poll(context, all_steady, what="services", timeout=change.services_minutes * 60, interval=1.0)
    except DeadlineExceeded:
        held = {name for (name, _start), at in since.items() if context.clock() - at >= HOLDS}
        return [_sentence(change, name, found[name]) for name in names if name in found and name not in held]
    context.progress.line(f"services of {change.cluster} are steady again: {', '.join(names)}")
    return []


def _sentence(change: Change, name: str, service: dict[str, Any]) -> str:
    minutes = count(change.services_minutes, "minute")
    return (
        f"Service {name} of {change.cluster} was steady before {change.instance} changed; {minutes} after, it is not:"
        f" {steady.why_not(service)} To restart it: aws ecs update-service --cluster {change.cluster} --service {name}"
        " --force-new-deployment"
    )


def _steady_now(context: Context, change: Change, warnings: list[str]) -> list[str]:
    try:
        return steady.steady_names(context, change.cluster, change.environment)
    except NotFound:  # there is none whose tasks could use the database
        return []
    except AWS_ERRORS as error:
        warnings.append(
            f"Which services of {change.cluster} are steady is not known, so none is waited for: {why_unread(error)}."
        )
        return []


def _known(context: Context, change: Change) -> list[str]:
    document = store.read(context, [_name(change)]).get(_name(change)) or {}
    return [str(name) for name in document.get("names", [])] if document.get("cluster") == change.cluster else []


def _name(change: Change) -> str:
    return store.name_of(change.environment, "services", change.instance)
