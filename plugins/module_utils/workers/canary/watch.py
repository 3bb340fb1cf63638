# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Watches the first worker until it has done one job, or will not do any.

What a job has come to shows in three places. The count of the queue goes down when its message is deleted, done or
given up, and lags by a minute. The log has a line for each try that failed, and a final one of a job that was given
up. The database alone has its data: it is asked where the count gives reason to, as each question is a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...core.context import Context
from ...core.errors import DeadlineExceeded, TaskFailed
from ...core.result import Result
from ...core.text import count, duration
from ...core.waiting import MAX_POLL_SECONDS, if_possible
from ...ecs.task_logs import stream_of
from ...ecs.tasks import describe_tasks
from ...job_queue.depth import read_depth
from ...record import go_on
from ..series import Series
from ..stopped import LOG_LINES
from ..watch import Drain
from .proof import Proof
from .stop import stop_workers

AGAIN = (0.0, 1.0, 5.0)  # when the database is asked after a job left the queue, in multiples of the queue's lag


class Canary(Drain):
    """Watches one worker and its queue.

    Args:
        context: clients, clock, progress.
        params: of the operation, with those of a drain.
        url: of the queue.
        commands: the container that management commands run in.
    """

    def __init__(self, context: Context, params: Mapping[str, Any], url: str, commands: str) -> None:
        super().__init__(context, params, url)
        self._series = Series(replace(context, step=None), 0)  # it is no drain: the drain that follows has all jobs
        self._proof = Proof(context, {**params, "container": commands})
        self._began = context.now()
        self._left_at: float | None = None  # when the first job had left the queue
        self._task: dict[str, Any] | None = None
        self._seconds = 0.0
        self._looked = 0  # times the database was asked since then
        self._proved = False

    def watch(self) -> None:
        """Poll until a job is done.

        Raises:
            TaskFailed: the worker does none.
        """
        try:
            self._poll()
        except (TaskFailed, DeadlineExceeded) as error:
            raise self._failure(error) from error

    def result(self) -> Result:
        """Say how long a job took, and what could not be known of it."""
        jobs = self._peak - self.depth.left
        if not self._peak:
            left = Result(values={"jobs": 0, "message": "no job is left in the queue"}, note="no job was left")
            left.warnings += [*([self._unmeasured()] if self._total else []), *self.warnings]
            return left
        message = f"{count(jobs, 'job')} done by one worker, {duration(self._seconds)} a job"
        result = Result(values={"jobs": jobs, "job_minutes": round(self._seconds / 60, 3), "message": message})
        result.facts = {"jobs": jobs, "job_seconds": round(self._seconds, 1), "proved": self._proved}
        result.note = message
        if not self._proved:
            result.warnings.append(self._unproved())
        return result

    def _poll(self) -> None:
        self._read()
        if 0 < self._peak < self._total:
            self._proof.begin()
        super()._poll()

    def _report(self) -> None:
        running = self.service["runningCount"] if self.service else 0
        at_work = count(running, "worker") if running else "no worker runs yet"
        parts = [f"canary: {at_work}", duration(self._past(self._started)), f"{self.depth.left} jobs left"]
        if self._left_at is not None:
            parts.append("looking for the data of a job")
        self.context.progress.status(", ".join([*parts, *self._failures()]))

    def _is_drained(self) -> bool:
        """Say whether a job is done, or there was none."""
        if not self._peak:
            return super()._is_drained() and self._is_accounted_for()
        if self.depth.left >= self._peak:
            self._left_at, self._looked = None, 0  # the count was wrong
            return False
        if self._left_at is None:
            self._left_at = self.context.clock()
            self._seconds = self._worked() / (self._peak - self.depth.left)
        self._look_at_logs()
        self._check_failed()
        return self._is_done()

    def _is_accounted_for(self) -> bool:
        """Make sure that the jobs which workers of another time did have left data, where that can be told."""
        if self._total and not self._proved:
            self._proved = self._proof.look()
            if not self._proved and self._proof.conclusive:
                raise TaskFailed(
                    f"No job is left in the queue, and the database has no data of the {self._total} queued."
                )
        return True

    def _is_done(self) -> bool:
        alive = bool(self.service and self.service["runningCount"]) or not self.depth.left
        if not self._proved and self._proof_is_due():
            self._proved = self._proof.look()
        if self._proved:
            return alive
        if self._looked < len(AGAIN):
            return False
        if not self._proof.conclusive:
            return alive
        jobs = self._peak - self.depth.left
        raise TaskFailed(f"{count(jobs, 'job')} left the queue, and the database has no data of any.")

    def _proof_is_due(self) -> bool:
        """Say whether the database is to be asked now; note that it was."""
        if self._left_at is None or self._looked >= len(AGAIN):
            return False
        if self._past(self._left_at) < AGAIN[self._looked] * self.params["stable_seconds"]:
            return False
        self._looked += 1
        return True

    def _next_interval(self) -> float:
        self._interval = min(self._interval * 1.3, MAX_POLL_SECONDS)
        return self._interval

    def _judge(self) -> None:
        super()._judge()
        self._check_failed()

    def _judge_standstill(self, left: int) -> None:
        """End it where time is up; until then a queue that stands still is none."""
        limit = self.params["deadline"]
        if self._past(self._started) >= limit:
            raise TaskFailed(
                f"No job was done within {duration(limit)} (ingest_canary_timeout is {limit}; raise it where a job"
                f" takes longer). {self._diagnosis.why(self.service)}".rstrip()
            )

    def _check_failed(self) -> None:
        """Make sure that no job was given up, and not all tries failed.

        A worker gives a job up when it has seen it fail more than ten times. Where many jobs wait it takes another one
        each time, and would give none up for days: so many tries without a job done are as good as one.
        """
        failed = self._failed
        if failed is None:
            return
        if failed.found:
            raise TaskFailed(f"The application gave {failed.found[0].title} up: {failed.found[0].exception}")
        if failed.tries >= self.params["tries"] and self._left_at is None:
            raise TaskFailed(f"{failed.tries} tries failed, and no job was done.")

    def _log_since(self) -> datetime:
        """Leave out what a worker of an earlier canary printed."""
        return max(super()._log_since(), self._began)

    def _worked(self) -> float:
        """Give for how long the worker has run, seconds."""
        started = (self._worker() or {}).get("startedAt", self._began)
        return float((self.context.now() - max(started, self._began)).total_seconds())

    def _worker(self) -> dict[str, Any] | None:
        """Describe the worker that runs; None where there is none, or it cannot be read."""

        def read(context: Context) -> dict[str, Any] | None:
            ecs = context.client("ecs")
            arns = ecs.list_tasks(cluster=self.params["cluster"], serviceName=self.params["service"])["taskArns"]
            return next(iter(describe_tasks(ecs, self.params["cluster"], arns)), None)

        self._task = if_possible(self.context, read, None, "The worker") or self._task
        return self._task

    def _failure(self, error: TaskFailed | DeadlineExceeded) -> TaskFailed:
        """Stop the worker, read its log to the end, and write why the canary failed and how to go on."""
        self._worker()  # one that has ended is not listed
        runs = stop_workers(self.context, self.params["cluster"], self.params["service"])
        self._look_at_logs(last=True)
        self.depth = read_depth(self.context, self.url)
        message = error.message.partition("\nIts last lines:")[0]
        lines, heading = self._lines(error)
        text = [f"The canary failed: {message}", self._left(), self._way_on()]
        text += [f"The worker could not be stopped: {runs}"] if runs else []
        text += [heading, *lines] if heading else []
        return TaskFailed("\n".join(text), log=lines)

    def _left(self) -> str:
        """Say what is in the queue, and what is not any more."""
        hold = duration(self.depth.visibility_timeout)
        returns = f", {self.depth.in_flight} of them in flight, which return within {hold}" * bool(self.depth.in_flight)
        queued = f"{count(self.depth.left, 'job is', 'jobs are')} in {self.params['queue']}{returns}."
        given_up = self._failed.found if self._failed else []
        if not given_up:
            return queued
        jobs = count(len(given_up), "job was", "jobs were")
        return f"{queued} {jobs} given up; to queue again what has failed: {self._retry()}"

    def _retry(self) -> str:
        return go_on.playbook(self.context, go_on.RETRY)

    def _way_on(self) -> str:
        if not self.depth.left:
            return (
                "Repair the application and run the playbook again with -e ingest_canary=never: the verification then"
                f" names what is missing. To queue that again: {self._retry()}"
            )
        return (
            "No more than one worker has run. Repair the application and run the playbook again: the canary is"
            f" repeated, with a job that is left. ingest_canary is {self.params['canary']}; -e ingest_canary=never goes"
            " on without it."
        )

    def _lines(self, error: TaskFailed | DeadlineExceeded) -> tuple[list[str], str]:
        """Give what the worker printed of the failure, with a heading; keep it for the record."""
        printed = self._failed.printed(LOG_LINES) if self._failed else None
        lines = [str(each) for each in error.details.get("log", [])]
        if printed and self._failed and not lines:
            where = {"group": str(self._failed.group), "stream": printed.stream}
            self._keep({**where, "lines": printed.lines})
            return printed.lines, "What the worker printed of the failure:"
        task = self._workers.crashes[-1]["task"] if self._workers.crashes else self._worker()
        if task is None:
            return [], ""
        if not lines:
            end = self._workers.last_lines(task, LOG_LINES)
            lines = end.lines
            if end.unread:
                return [], f"The worker's log could not be read: {end.unread}."
        self._keep(self._kept(task, lines))
        return lines, "The worker's last lines:" if lines else ""

    def _keep(self, log: dict[str, Any]) -> None:
        if self.context.step is not None and log["lines"]:
            self.context.step.log = log

    def _kept(self, task: Mapping[str, Any], lines: list[str]) -> dict[str, Any]:
        """Give what the record keeps of the worker's log."""

        def read(context: Context) -> dict[str, str]:
            arn = task["taskDefinitionArn"]
            definition = context.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
            stream = stream_of(definition, task, self.params["container"])
            return {"group": stream.group, "stream": stream.name} if stream else {}

        return {**if_possible(self.context, read, {}, "Where the worker's log is"), "lines": lines}

    def _unmeasured(self) -> str:
        data = "the database has new data" if self._proved else "whether their data is in the database cannot be told"
        return f"All jobs had left the queue before the canary looked, and {data}: how long one takes was not measured."

    def _unproved(self) -> str:
        unread = self._failed is None or self._failed.group is None
        log = "its log cannot be read" if unread else "its log has no job given up"
        return (
            "A job left the queue; whether its data is in the database cannot be told from what was there before, and"
            f" {log}. The verification tells at the end."
        )
