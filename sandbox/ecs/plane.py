"""ECS's data plane: one thread that boots instances, runs tasks and schedules services, under one lock."""

from __future__ import annotations

import logging
import threading
import time

from sandbox.ecs.agent.agent import Agent
from sandbox.ecs.fleet import Fleet
from sandbox.ecs.model import definitions
from sandbox.ecs.model.backend import Backend, current
from sandbox.ecs.scheduler.service_scheduler import Scheduler
from sandbox.runtime import Runtime
from sandbox.services import autoscaling

LOGGER = logging.getLogger(__name__)
# Seconds between two looks at everything, when no container prints.
TICK = 0.05
STARTS_PER_TICK = 20
# Seconds a stopped task stays visible ("at least an hour" in the API reference of DescribeTasks).
STOPPED_VISIBLE = 3600.0


class Plane:
    """The data plane of one sandbox.

    Args:
        runtime: the sandbox; when ``runtime.stopping`` is set every container is killed and the thread ends.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.lock = threading.RLock()
        self._agent = Agent(runtime)
        self._fleet = Fleet(runtime.timing, self._agent.lose_host)
        self._scheduler = Scheduler(runtime.timing)
        self._thread = threading.Thread(target=self._run, name="sandbox-ecs", daemon=True)

    @property
    def backend(self) -> Backend:
        return current()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Kill every container and end the thread."""
        self.runtime.stopping.set()
        self._thread.join()

    def interrupt(self, instance_id: str) -> None:
        """See ``sandbox.ecs.interrupt``."""
        with self.lock:
            self._fleet.interrupt(self.backend, instance_id)

    def forget_stopped(self) -> int:
        """See ``sandbox.ecs.forget_stopped``."""
        with self.lock:
            stopped = [task for task in self.backend.all_tasks() if task.last_status == "STOPPED"]
            for task in stopped:
                self.backend.forget(task)
        return len(stopped)

    def pass_time(self, seconds: float) -> None:
        """Bring the end of stopped tasks nearer, as if so many seconds had passed."""
        with self.lock:
            for task in self.backend.all_tasks():
                if task.forget_at:
                    task.forget_at -= seconds

    def _run(self) -> None:
        try:
            while not self.runtime.stopping.is_set():
                ended = self._agent.collect(TICK)
                with self.lock:
                    self._agent.ended(ended)
                    self._work(self.backend)
        finally:
            self._agent.close()

    def _work(self, backend: Backend) -> None:
        """One look at everything; what goes wrong with one part must not stop the others."""
        parts = (
            autoscaling.carry_out_scheduled_actions,
            autoscaling.fill_groups,
            self._fleet.reconcile,
            self._step_tasks,
            self._scheduler.work,
            definitions.purge,
        )
        for part in parts:
            try:
                part(backend)
            except Exception:
                LOGGER.exception("the data plane of ECS failed in %s", part)

    def _step_tasks(self, backend: Backend) -> None:
        tasks = backend.all_tasks()
        self._agent.kill_strays(set(tasks))
        # Processes take milliseconds to start: a few at a time, so that requests are answered in between.
        later = set([task for task in tasks if self._agent.is_due(task)][STARTS_PER_TICK:])
        for task in tasks:
            if task not in later:
                self._agent.step(task)
            if task.last_status == "STOPPED":
                task.forget_at = task.forget_at or time.monotonic() + STOPPED_VISIBLE
                if time.monotonic() >= task.forget_at:
                    backend.forget(task)
