# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long which instances of a run's fleet ran, kept in the account: ``/climate.ingest/<environment>/fleet``.

Instance-seconds in buckets, by ``"<type> <zone>"``, of a standing group's instances on demand ``"<type> <zone>
on-demand"``. When there are too many buckets for a parameter, pairs of them
become one: no sum changes, however long the run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ..core.context import Context
from ..core.names import Names
from ..ecs.definitions.revisions import ENVIRONMENT_TAG
from ..ecs.leftovers import GROUP_TAG
from ..fleet import unattended
from ..record import store
from ..record.record import Run

MOST_BUCKETS = 240
LARGEST = 3800  # bytes of the document; a parameter holds 4,096
ANY_ZONE = "any"  # where even one bucket a type and zone is too much
ON_DEMAND = "on-demand"  # the third word of a kind; without it: spot
RUNNING = ("pending", "running")
# "User initiated (2026-11-24 19:00:00 GMT)"; "Service initiated (...)" where EC2 takes a spot instance back
ENDED = re.compile(r"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:GMT|UTC)\)")


@dataclass
class Usage:
    """The instance-seconds of a run.

    Attributes:
        run: its id.
        start: when the first bucket begins.
        until: what was before is counted.
        width: seconds of a bucket.
        kinds: instance-seconds in each bucket, by ``"<type> <zone>"``; trailing buckets of nothing are left out.
        states: how many instances are ``pending`` and ``running`` now; not kept.
    """

    run: str
    start: datetime
    until: datetime
    width: int = 1
    kinds: dict[str, list[int]] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=lambda: {"running": 0, "pending": 0})

    @property
    def buckets(self) -> int:
        """How many buckets there are."""
        return max(map(len, self.kinds.values()), default=0)

    def seconds(self, kind: str) -> list[int]:
        """Give the instance-seconds of a kind in each bucket there is."""
        return self.kinds[kind] + [0] * (self.buckets - len(self.kinds[kind]))

    def span(self, index: int) -> tuple[datetime, datetime]:
        """Give begin and end of a bucket, of the last one as far as it is counted."""
        begin = self.start + timedelta(seconds=index * self.width)
        return begin, min(begin + timedelta(seconds=self.width), max(self.until, begin + timedelta(seconds=1)))

    def add(self, kind: str, begin: datetime, end: datetime) -> None:
        """Count an instance for a span that is not before ``start``; whole seconds."""
        first, last = (int((moment - self.start).total_seconds()) for moment in (begin, end))
        if last <= first:
            return
        while last > self.width * MOST_BUCKETS:
            self._widen()
        seconds = self.kinds.setdefault(kind, [])
        indices = range(first // self.width, -(-last // self.width))
        seconds.extend([0] * (indices.stop - len(seconds)))
        for index in indices:
            seconds[index] += min(last, (index + 1) * self.width) - max(first, index * self.width)

    def fit(self) -> None:
        """Make the document small enough for a parameter; sums stay."""
        while len(json.dumps(self.document())) > LARGEST and self.buckets > 1:
            self._widen()
        if len(json.dumps(self.document())) > LARGEST:
            zones, self.kinds = self.kinds, {}
            for kind, [seconds] in zones.items():
                total = self.kinds.setdefault(" ".join([kind.split(" ")[0], ANY_ZONE, *kind.split(" ")[2:]]), [0])
                total[0] += seconds

    def document(self) -> store.Document:
        """Give what is kept."""
        times = {"start": self.start.isoformat(), "until": self.until.isoformat()}
        return {"run": self.run, **times, "width": self.width, "kinds": self.kinds}

    def _widen(self) -> None:
        self.width *= 2
        for kind, seconds in self.kinds.items():
            pairs = zip(seconds[::2], [*seconds[1::2], 0], strict=False)
            self.kinds[kind] = [sum(pair) for pair in pairs]


def observe(context: Context, environment: str, run: Run, write: bool = True) -> Usage:
    """Count what the instances of an environment ran since they were last observed; call it about once a minute.

    LaunchTime is exact, so hours without an observation are counted all the same. EC2 forgets an instance about an hour
    after it ended, and may forget its tags sooner: one that ended unobserved is counted up to the last observation. So
    is one whose end EC2 does not tell (its StateTransitionReason carries no time).

    Args:
        run: what is counted begins when it was opened.
        write: keep it in the account, if there is anything new; never in check mode.
    """
    name = store.name_of(environment, "fleet")
    switch = unattended.name_of(environment)
    stored = store.read(context, [name, switch])
    usage = _read(stored.get(name), run)
    before, last = deepcopy(usage.kinds), usage.until
    usage.until = max(last, _whole(context.now()))
    group = _standing_group(stored.get(switch), environment, run)
    for kind, instance in _instances(context, environment, group):
        launched, state = _whole(instance["LaunchTime"]), instance["State"]["Name"]
        if state in usage.states:
            usage.states[state] += 1
        usage.add(kind, max(launched, last), min(_end(instance, last) or usage.until, usage.until))
    usage.fit()
    if write and not context.check_mode and usage.kinds != before:
        store.write(context, name, usage.document())
    return usage


def kept(context: Context, environment: str, run: Run) -> Usage:
    """Give what was counted of a run until it was last observed."""
    name = store.name_of(environment, "fleet")
    return _read(store.read(context, [name]).get(name), run)


def nothing(run: Run) -> Usage:
    """Give the usage of a run of which no instance is known."""
    opened = _whole(datetime.fromisoformat(run.opened_at))
    return Usage(run.id, opened, opened)


def _read(stored: Mapping[str, Any] | None, run: Run) -> Usage:
    """Read what is kept; of another run nothing counts."""
    if not stored or stored["run"] != run.id:
        return nothing(run)
    start, until = (datetime.fromisoformat(stored[name]) for name in ("start", "until"))
    return Usage(run.id, start, until, stored["width"], deepcopy(stored["kinds"]))


def _standing_group(switch: Mapping[str, Any] | None, environment: str, run: Run) -> str:
    """Name the group that the run raised, if it stays: its instances carry no tag of ours; empty: it is one of ours."""
    group = str(switch["group"]) if switch and switch["run"] == run.id else ""
    return "" if group == Names(environment).fleet else group


def _instances(context: Context, environment: str, group: str) -> list[tuple[str, dict[str, Any]]]:
    """Describe the instances of an environment and of a standing group, with their kinds, those that ended as well."""
    found = [(_kind(each), each) for each in _tagged(context, ENVIRONMENT_TAG, environment)]
    if group:
        for each in _tagged(context, GROUP_TAG, group):
            is_spot = each.get("InstanceLifecycle") == "spot"
            found.append((_kind(each) if is_spot else f"{_kind(each)} {ON_DEMAND}", each))
    return found


def _tagged(context: Context, name: str, value: str) -> list[dict[str, Any]]:
    by_tag = [{"Name": f"tag:{name}", "Values": [value]}]
    pages = context.client("ec2").get_paginator("describe_instances").paginate(Filters=by_tag)
    return [each for page in pages for part in page["Reservations"] for each in part["Instances"]]


def _kind(instance: Mapping[str, Any]) -> str:
    return f"{instance['InstanceType']} {instance['Placement']['AvailabilityZone']}"


def _end(instance: Mapping[str, Any], last_seen: datetime) -> datetime | None:
    """Give when an instance ended: None if it has not, ``last_seen`` if EC2 does not tell."""
    if instance["State"]["Name"] in RUNNING:
        return None
    found = ENDED.search(instance.get("StateTransitionReason") or "")
    return datetime.fromisoformat(f"{found[1]}+00:00") if found else last_seen


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
