# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waiting for a service's workers: until those run that fit, never for a count that cannot be reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.context import Context
from ..core.errors import DeadlineExceeded, NotFound
from ..core.result import Result
from ..core.waiting import poll
from ..ecs import services
from ..fleet import unattended
from .stopped import Workers
from .unplaced import Unplaced

LOOK_EVERY = 4  # reads between two looks at the stopped workers
CRASH_LIMIT = 3
# seconds; ECS repeats an event only when its cause was resolved, so what it said before the wait is then still true
LASTING = 60.0


class Start:
    """Watches the workers of a service start; made before the service changes, to tell its new events apart.

    Args:
        context: clients, clock, progress.
        params: of the operation.
        target: workers that fit, at most the requested number.
        service: as it was before, None for a new one.
    """

    def __init__(
        self, context: Context, params: Mapping[str, Any], target: int, service: Mapping[str, Any] | None
    ) -> None:
        self.context, self.params, self.target = context, params, target
        self.service: dict[str, Any] = dict(service or {})
        self._known = {each["id"] for each in services.events(self.service)}
        self._unplaced = Unplaced(context, params["cluster"], params.get("instance_types") or [])
        self._workers = Workers(context, params["cluster"], params["name"], params["container"])
        self._began = context.clock()
        self._reads = 0
        self._before = -1

    def wait(self, result: Result) -> None:
        """Wait, and write into ``result`` how many workers run and what was unexpected.

        Raises:
            TaskFailed: the workers crash.
            DeadlineExceeded: none ran in time.
        """
        what = f"{self.target} workers of {self.params['name']} to run"
        try:
            remark = poll(self.context, self._read, what=what, timeout=self.params["timeout"], interval=0.5)
        except DeadlineExceeded as error:
            if not self.service["runningCount"]:
                raise DeadlineExceeded(f"{error.message} {self._last_events()}") from error
            remark = f"after {self.params['timeout']} seconds; {self._last_events()}"
        running = result.values["running_count"] = self.service["runningCount"]
        if remark and running < self.target:
            result.warnings.append(f"{running} of {self.target} workers of {self.params['name']} run: {remark}")

    def _read(self) -> str | None:
        """Give None while workers come up; else why waiting is over (empty: as many run as fit)."""
        service = services.read(self.context, self.params["cluster"], self.params["name"])
        if service is None:
            raise NotFound(f"Service {self.params['name']} was deleted while its workers were awaited.")
        self.service, running, pending = service, service["runningCount"], service["pendingCount"]
        unplaced = [each for each in services.events(service, self._known) if services.placement_problem(each)]
        self._show(running, pending)
        if running >= self.target:
            return ""
        unattended.raise_again(self.context, self.params["environment"])
        self._reads += 1
        if self._reads % LOOK_EVERY == 0 and self._look(running):
            return "the others have found the queue empty and ended."
        steady, self._before = running == self._before and not pending, running
        return str(unplaced[0]["message"]) if unplaced and steady and running else None

    def _show(self, running: int, pending: int) -> None:
        """Show the counts; where ECS cannot place workers the reason, short enough for a line."""
        lasting = self.context.clock() - self._began >= LASTING
        is_short = running < self.target and not pending
        reason = self._unplaced.look(self.service, set() if lasting else self._known) if is_short else None
        if reason:
            self.context.progress.status(f"{running} of {self.target} workers run: {services.in_short(reason)}")
        else:
            counts = f"service {self.params['name']}: {running} of {self.target} workers running, {pending} pending"
            self.context.progress.status(counts, min(1.0, running / self.target))

    def _look(self, running: int) -> bool:
        self._workers.look(services.began(self.service))
        if len(self._workers.crashes) >= CRASH_LIMIT and not running and not self._workers.ended:
            raise self._workers.failure(" and none is running")
        return self._workers.ended > 0

    def _last_events(self) -> str:
        latest = [each["message"] for each in services.events(self.service)[:3]]
        return " ".join(["ECS says:", *latest]) if latest else "ECS reported nothing."
