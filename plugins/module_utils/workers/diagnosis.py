# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What goes wrong in a drain, reported as soon as it is known, and once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ..core.context import Context
from ..core.text import at, count, duration
from ..ecs import services
from ..job_queue.depth import Depth
from .stopped import Workers
from .unplaced import Unplaced

LOG_LINES = 5


class Diagnosis:
    """Reports what goes wrong in a drain.

    Args:
        context: clients, clock, progress.
        params: of the operation.
        workers: keeps count of the workers that stopped.
    """

    def __init__(self, context: Context, params: Mapping[str, Any], workers: Workers) -> None:
        self.context, self.params, self.workers = context, params, workers
        self._orphans_since: float | None = None
        self._reported_orphans = 0
        self._reported_lost = 0
        self._reported_crashes: set[str] = set()
        self._unplaced = Unplaced(context, params["cluster"], params.get("instance_types") or [])
        self._known_events: set[str] = set()
        self._reported_standstill = -1.0
        self._return = ""

    def look(self, depth: Depth, service: Mapping[str, Any] | None) -> None:
        """Name jobs in flight that no worker holds: they come back only when the visibility timeout ends."""
        alive = service["runningCount"] + service["pendingCount"] if service else 0
        orphans = depth.in_flight - alive * self.params.get("jobs_at_once", 1)
        if orphans <= 0:
            self._orphans_since = None
            return
        if self._orphans_since is None:
            self._orphans_since = self.context.clock()
            back = self.context.now() + timedelta(seconds=depth.visibility_timeout)
            self._return = f"by {at(back)} (visibility timeout {duration(depth.visibility_timeout)})"
        # the counts are late: what lasts is true
        lasts = self.context.clock() - self._orphans_since >= self.params["stable_seconds"]
        if lasts and orphans > self._reported_orphans:
            self._reported_orphans = orphans
            self._print(self._orphans())

    def look_closer(self, service: Mapping[str, Any] | None) -> None:
        """Name workers that crashed, were lost or cannot be placed."""
        if service is None:
            return
        for event in reversed(services.events(dict(service), self._known_events)):
            self._known_events.add(event["id"])
            self.context.progress.detail(f"ECS: {event['message']}")
        crashes = self.workers.look(services.began(service))
        for reason, number in Counter(crash["reason"] for crash in crashes).items():
            self._print(f"{count(number, 'worker')} {reason}")
        for crash in crashes:
            if crash["reason"] not in self._reported_crashes:
                self._reported_crashes.add(crash["reason"])
                self._show_log(crash)
        self._look_for_lost()
        self._unplaced.look(service)

    def standstill(self, seconds: float, since: float, service: Mapping[str, Any] | None) -> None:
        """Say that the queue does not move, with what may explain it; once a standstill."""
        if since != self._reported_standstill:
            self._reported_standstill = since
            limit = duration(self.params["stall_timeout"])
            self._print(
                f"no job was done for {duration(seconds)}; the drain fails after {limit}. {self.why(service)}".rstrip()
            )

    def why(self, service: Mapping[str, Any] | None) -> str:
        """Collect what may explain a standstill."""
        reasons = [self._orphans() + "."] if self._reported_orphans else []
        if self.workers.crashes:
            last = self.workers.crashes[-1]["reason"]
            reasons.append(f"{count(len(self.workers.crashes), 'worker')} crashed; the last {last}.")
        latest = [each["message"] for each in services.events(dict(service or {}))[:3]]
        return " ".join([*reasons, *(["ECS says:", *latest] if latest else [])])

    def _print(self, text: str) -> None:
        self.context.progress.line(text)

    def _orphans(self) -> str:
        verb = "is" if self._reported_orphans == 1 else "are"
        return (
            f"{self._reported_orphans} of the jobs {verb} in flight without a worker; back in the queue {self._return}"
        )

    def _show_log(self, crash: Mapping[str, Any]) -> None:
        """Show what the first worker that crashed in a way printed last."""
        end = self.workers.last_lines(crash["task"], LOG_LINES)
        for line in end.lines:
            self._print(f"  {line}")
        if end.unread:
            self._print(f"  its log could not be read: {end.unread}")

    def _look_for_lost(self) -> None:
        if self.workers.lost <= self._reported_lost:
            return
        self._reported_lost = self.workers.lost
        reclaimed = len(self.workers.reclaimed)
        spot = f"; {count(reclaimed, 'spot instance')} reclaimed by EC2" if reclaimed else ""
        self._print(f"{self._reported_lost} workers were lost with their instance, or stopped by ECS{spot}")
