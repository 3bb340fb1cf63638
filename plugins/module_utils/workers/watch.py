# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Watches a queue drain: the live line, and everything that can go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..core.context import Context
from ..core.errors import DeadlineExceeded, Refused
from ..core.result import Result
from ..core.secrets import container_definition
from ..core.text import count, duration, money
from ..core.waiting import MAX_POLL_SECONDS
from ..ecs import log_groups, services
from ..failed_jobs.finder import FailedJobs
from ..fleet import unattended
from ..job_queue.dead_letters import DeadLetters
from ..job_queue.depth import Depth, read_depth
from ..job_queue.log_words import read_words
from ..record import imports
from ..record.job_key import DEFAULT
from .diagnosis import Diagnosis
from .rate import Rate
from .running_cost import Spent
from .series import Sample, Series
from .stopped import Workers

STANDSTILL = 1 / 3  # of stall_timeout after which a standstill is reported
SERVICE_EVERY = 5.0  # seconds; a queue that is nearly empty is polled more often than its workers
LOOK_EVERY = 4  # polls between two looks at stopped workers and logs; a minute at the longest interval


class Drain:
    """Watches one queue and the service that works on it.

    Args:
        context: clients, clock, progress.
        params: of the operation.
        url: of the queue.
    """

    def __init__(self, context: Context, params: Mapping[str, Any], url: str) -> None:
        self.context, self.params, self.url = context, params, url
        self.depth = Depth(0, 0, 0, 0)
        self.service: dict[str, Any] | None = None
        self.warnings: list[str] = []
        self._words = read_words(params["failure_marker"], params.get("log_words"), params.get("job_key") or DEFAULT)
        self._rate = Rate()
        self._workers = Workers(context, params["cluster"], params["service"], params["container"])
        self._diagnosis = Diagnosis(context, params, self._workers)
        self._failed: FailedJobs | None = None
        self._dead_letters: DeadLetters | None = None
        self._started = self._moved_at = self._worked_at = context.clock()
        self._zero_since: float | None = None
        self._service_at = float("-inf")
        self._total = params.get("total") or 0
        self._series = Series(context, self._total)
        self._spent = Spent(context)
        if context.step is not None and context.step.previous is None:
            context.step.began = self._series.began
        self._peak = self._lowest = -1
        self._crashes_before_move = 0
        self._polls = 0
        self._interval = 1.0

    def watch(self) -> None:
        """Poll until drained: queue and service, at every fourth poll the stopped workers and the logs."""
        try:
            self._poll()
        finally:
            self._series.save()

    def _poll(self) -> None:
        while True:
            self._read()
            self._report()
            if self._is_drained():
                break
            self._look_closer()
            self._judge()
            self.context.sleep(self._next_interval())
        self._look_at_logs(last=True)

    @property
    def completed(self) -> bool:
        """Whether jobs were done, and not all of them given up."""
        return max(self._total, self._peak) > (len(self._failed.found) if self._failed else 0)

    def result(self) -> Result:
        """Sum up: jobs, seconds, rate, and the jobs the application gave up."""
        seconds = (self._zero_since or self._started) - self._started
        failed = self._failed.found if self._failed else []
        if failed:
            self.warnings.append(
                f"The application gave {count(len(failed), 'job')} up. The verification finds what is missing."
            )
        moved = self._dead_letters.sentence() if self._dead_letters else None
        if moved:
            self.warnings.append(moved)
        if self._failed and self._failed.unread:
            self.warnings.append(
                f"The log of the workers could not be read to its end ({self._failed.unread}): jobs that failed may be"
                " missing here. The verification finds them."
            )
        if self._failed and self._failed.unexplained:
            self.warnings.append(f"Why jobs failed could not be read: {self._failed.unexplained}.")
        rate = self._peak / seconds * 60 if seconds else 0.0
        values = {
            "jobs": self._peak,
            "jobs_left": 0,
            "in_flight": 0,
            "seconds": round(seconds, 1),
            "jobs_per_minute": round(rate, 1),
            "failed_jobs": [job.as_fact() for job in failed],
            "failed_tries": self._failed.tries if self._failed else 0,
            "crashed_workers": len(self._workers.crashes),
            "lost_workers": self._workers.lost,
            "message": f"{self._peak} jobs drained in {duration(seconds)}, {rate:.1f} a minute",
        }
        done = f"{count(self._peak, 'job')} in {duration(seconds)}, {rate:,.0f} a minute"
        return Result(values=values, warnings=self.warnings, done=done if self._peak else "no job was in the queue")

    def _read(self) -> None:
        self.depth = read_depth(self.context, self.url)
        if self._dead_letters is None:
            self._dead_letters = DeadLetters(self.context, self.depth.redrive_policy)
        self._read_service()
        now, left = self.context.clock(), self.depth.left
        self._polls += 1
        self._rate.add(now, left)
        if self._peak < left or left < self._lowest:
            self._peak, self._lowest = max(self._peak, left), left
            self._moved_at, self._crashes_before_move = now, len(self._workers.crashes)
        self._zero_since = None if left else (now if self._zero_since is None else self._zero_since)
        if self.service and self.service["runningCount"]:
            self._worked_at = now

    def _read_service(self) -> None:
        if self._past(self._service_at) >= SERVICE_EVERY:
            self.service = services.read(self.context, self.params["cluster"], self.params["service"])
            self._service_at = self.context.clock()

    def _is_drained(self) -> bool:
        return self._zero_since is not None and self._past(self._zero_since) >= self.params["stable_seconds"]

    def _past(self, moment: float) -> float:
        return self.context.clock() - moment

    def _next_interval(self) -> float:
        """Wait longer and longer, but not past the expected end, nor past the end of the quiet period."""
        self._interval = min(self._interval * 1.3, MAX_POLL_SECONDS)
        if self._zero_since is not None:
            rest = self.params["stable_seconds"] - self._past(self._zero_since)
            return max(0.1, min(self._interval, rest, self.params["stable_seconds"] / 4))
        ends = self._rate.seconds_left()
        return max(1.0, min(self._interval, ends)) if ends is not None else self._interval

    def _report(self) -> None:
        left, total = self.depth.left, max(self._total, self._peak)
        parts = [f"{total - left}/{total} jobs done"]
        if self._zero_since is not None:
            parts.append(f"empty for {duration(self._past(self._zero_since))} of {self.params['stable_seconds']}s")
        elif self._rate.per_second > 0:
            parts.append(f"{duration(self._rate.seconds_left() or 0)} to go")
        parts += self._failures()
        if self.service:
            pending = f" +{self.service['pendingCount']} pending" if self.service["pendingCount"] else ""
            parts.append(f"{self.service['runningCount']}/{self.service['desiredCount']} workers{pending}")
        if self._rate.per_second > 0 and self._zero_since is None:
            parts.append(f"{self._rate.per_second * 60:.0f}/min")
        if self._spent.usd is not None:
            parts.append(money(self._spent.usd))
        parts += [f"{self.depth.in_flight} in flight", f"{left} left"]
        self.context.progress.status(", ".join(parts), 1 - left / total if total else 1.0)
        self._series.add(self._sample())

    def _failures(self) -> list[str]:
        """Tell tries that failed, which may come right yet, from jobs that were given up."""
        tries, jobs = (self._failed.tries, len(self._failed.found)) if self._failed else (0, 0)
        tried = [f"{count(tries, 'try', 'tries')} failed"] if tries else []
        return [*tried, *([f"{count(jobs, 'job')} given up"] if jobs else [])]

    def _sample(self) -> Sample:
        failed = len(self._failed.found) if self._failed else 0
        running, pending, desired = (
            int((self.service or {}).get(f"{name}Count", 0)) for name in ("running", "pending", "desired")
        )
        return Sample(self.depth.left, self.depth.in_flight, running, pending, desired, failed)

    def _look_closer(self) -> None:
        self._diagnosis.look(self.depth, self.service)
        self._spent.look()
        if self._polls % LOOK_EVERY:
            return
        self._raise_fleet()
        self._diagnosis.look_closer(self.service)
        self._look_at_logs()

    def _raise_fleet(self) -> None:
        """Raise the fleet where no worker runs because the account has ended it: this controller slept."""
        environment = self.params.get("environment")
        idle = self.service is not None and not self.service["runningCount"]
        if environment and idle and unattended.raise_again(self.context, environment, idle=True):
            self._moved_at = self._worked_at = self.context.clock()

    def _look_at_logs(self, last: bool = False) -> None:
        if self._failed is None:
            self._failed = self._make_failed_jobs()
        for line in self._failed.look(last) if self._failed else []:
            self.context.progress.line(line)

    def _make_failed_jobs(self) -> FailedJobs | None:
        if self.service is None:
            return None
        arn, name = self.service["taskDefinition"], self.params["container"]
        definition = self.context.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
        failed = FailedJobs(self.context, definition, name, self._words, self._log_since(), self._scenario())
        if failed.group is None:
            driver = log_groups.driver_of(container_definition(definition, name))
            self.warnings.append(
                f"Container {name} logs through {driver}, which cannot be read: only the verification finds jobs that"
                f" failed. {log_groups.READABLE_BY}"
            )
        return failed

    def _scenario(self) -> str:
        """Give the scenario of the jobs, where they are all of one; empty: it is not known."""
        step = self.context.step
        return imports.called(step.run, step.name) if step is not None else ""

    def _log_since(self) -> datetime:
        """Give when the first line was printed that counts."""
        return (services.began(self.service) if self.service else None) or datetime.now(UTC)

    def _judge(self) -> None:
        """End the drain where waiting is of no use.

        Raises:
            Refused, TaskFailed, DeadlineExceeded: as the operation says.
        """
        if not self.depth.left:
            return
        name, left = self.params["service"], self.depth.left
        if self.service is None or self.service["status"] != "ACTIVE":
            raise Refused(f"Service {name} does not exist, and {left} jobs are left in {self.params['queue']}.")
        if not self.service["desiredCount"]:
            raise Refused(f"The desired count of service {name} is 0, and {left} jobs are left.")
        crashes = len(self._workers.crashes) - self._crashes_before_move
        if crashes >= max(self.params["crash_limit"], self.service["runningCount"]):
            raise self._workers.failure(f", no job was done meanwhile, {left} are left")
        if self._past(self._worked_at) >= self.params["no_worker_timeout"]:
            raise DeadlineExceeded(
                f"No worker of {name} has run for {duration(self._past(self._worked_at))}."
                f" {self._diagnosis.why(self.service)}"
            )
        self._judge_standstill(left)

    def _judge_standstill(self, left: int) -> None:
        if self._past(self._moved_at) >= self.params["stall_timeout"] * STANDSTILL:
            self._diagnosis.standstill(self._past(self._moved_at), self._moved_at, self.service)
        if self._past(self._moved_at) >= self.params["stall_timeout"]:
            stalled = duration(self._past(self._moved_at))
            raise DeadlineExceeded(
                f"The queue has not moved for {stalled}: {left} jobs are left. {self._diagnosis.why(self.service)}"
            )
