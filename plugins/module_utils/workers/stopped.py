# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why the workers of a service stopped: they found the queue empty, lost their instance, or crashed.

``run_jobs`` ends with exit 0 when the queue stays empty and the service starts it again: that is normal. Other ends of
the container itself are crashes; a lost spot instance or a stop by the scheduler is neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..core.aws import ClientError, error_code
from ..core.context import Context
from ..core.errors import TaskFailed
from ..core.waiting import if_possible
from ..ecs.services import NOT_ACTIVE
from ..ecs.task_logs import LogEnd, last_lines
from ..ecs.tasks import INTERRUPTED, describe_tasks, stopped_reason

LOG_LINES = 20
SPOT_INTERRUPTION = "SpotInterruption"


class Workers:
    """Keeps count of the stopped workers of one service; each is described once.

    Args:
        context: gives the clients.
        cluster: of the service.
        service: its name.
        container: whose exit code counts; side-cars do not.

    Attributes:
        ended, lost: how many ended well, and how many were taken away.
        reclaimed: container instances (ARNs) lost to a spot interruption.
        crashes: ``task`` and ``reason`` of each.
    """

    def __init__(self, context: Context, cluster: str, service: str, container: str) -> None:
        self.context, self.cluster, self.service, self.container = context, cluster, service, container
        self.ended = 0
        self.lost = 0
        self.reclaimed: set[str] = set()
        self.crashes: list[dict[str, Any]] = []
        self._seen: set[str] = set()

    def look(self, since: datetime | None = None) -> list[dict[str, Any]]:
        """Judge the workers that stopped since the last look; give those that crashed (``task``, ``reason``).

        Args:
            since: when the service was made; stopped tasks of an earlier one of its name stay listed for an hour.
        """
        ecs = self.context.client("ecs")
        query = {"cluster": self.cluster, "serviceName": self.service, "desiredStatus": "STOPPED"}
        try:
            pages = list(ecs.get_paginator("list_tasks").paginate(**query))
        except ClientError as error:
            if error_code(error) not in NOT_ACTIVE:
                raise
            return []
        new = [arn for page in pages for arn in page["taskArns"] if arn not in self._seen]
        stopped = [each for each in describe_tasks(ecs, self.cluster, new) if each["lastStatus"] == "STOPPED"]
        self._seen |= {each["taskArn"] for each in stopped}
        before = len(self.crashes)
        for task in stopped:
            if since is None or task.get("createdAt", since) >= since:
                self._judge(task)
        return self.crashes[before:]

    def _judge(self, task: Mapping[str, Any]) -> None:
        reason = stopped_reason(dict(task), self.container)
        if reason is None:
            self.ended += 1
        elif task.get("stopCode") in INTERRUPTED or "Host EC2" in task.get("stoppedReason", ""):
            self.lost += 1
            if task.get("stopCode") == SPOT_INTERRUPTION:
                self.reclaimed.add(str(task.get("containerInstanceArn", task["taskArn"])))
        else:
            self.crashes.append({"task": task, "reason": reason})

    def last_lines(self, task: Mapping[str, Any], count: int) -> LogEnd:
        """Give the last lines a worker printed."""

        def read(context: Context) -> LogEnd:
            name = task["taskDefinitionArn"]
            definition = context.client("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"]
            return last_lines(context, definition, dict(task), self.container, count)

        return if_possible(
            self.context, read, LogEnd([], "its task definition could not be read"), "The log of a worker"
        )

    def failure(self, what: str) -> TaskFailed:
        """Write the error of workers that crash: how many, why the last one did, and what it printed."""
        task, reason = self.crashes[-1]["task"], self.crashes[-1]["reason"]
        log = self.last_lines(task, LOG_LINES)
        nothing = f"Its log could not be read: {log.unread}." if log.unread else "It printed nothing."
        printed = "\n".join(["Its last lines:", *log.lines]) if log.lines else nothing
        return TaskFailed(
            f"{len(self.crashes)} workers of {self.service} crashed{what}. The last one {reason}.\n{printed}",
            task_arn=task["taskArn"],
            log=log.lines,
        )
