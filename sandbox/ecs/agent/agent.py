"""What the ECS agent does: takes tasks through their states and their containers to processes and back."""

from __future__ import annotations

import contextlib
import time

from moto.ec2.models import ec2_backends

from sandbox.ecs.agent.containers import Process, Processes
from sandbox.ecs.agent.environment import CannotResolve, environment
from sandbox.ecs.agent.images import CannotPull, CannotStart, Image, Images
from sandbox.ecs.agent.logs import CannotLog, LogStream
from sandbox.ecs.model.names import now
from sandbox.ecs.model.task import Container, Task
from sandbox.runtime import ACCOUNT_ID, REGION, Runtime

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
# Seconds from SIGTERM to SIGKILL on ECS where the container definition has no stopTimeout.
STOP_TIMEOUT = 30


class Agent:
    """Steps tasks; used by one thread, which holds the data plane's lock.

    Args:
        runtime: the sandbox.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._images = Images(runtime.images)
        self._processes = Processes()
        self._owners: dict[Process, tuple[Task, Container]] = {}
        self._running: dict[Container, Process] = {}

    def collect(self, timeout: float) -> dict[Process, int]:
        """Read what containers print and see which ended, without the lock; ``ended`` takes the answer.

        Args:
            timeout: seconds to wait for output at most.
        """
        return self._processes.work(timeout)

    def ended(self, processes: dict[Process, int]) -> None:
        """Record the containers that ended."""
        for process, code in processes.items():
            task, container = self._owners.pop(process)
            del self._running[container]
            container.last_status = "STOPPED"
            if not task.host_lost:
                container.exit_code = code
            if process.out_of_memory:
                container.reason = OUT_OF_MEMORY
            task.version += 1
            if container.essential or all(one.last_status == "STOPPED" for one in task.containers):
                task.stop("EssentialContainerExited", "Essential container in task exited")

    @staticmethod
    def is_due(task: Task) -> bool:
        """Tell whether a task's next step is to start its containers."""
        return task.last_status == "PENDING" and task.desired_status == "RUNNING" and time.monotonic() >= task.due

    def step(self, task: Task) -> None:
        """Take a task to its next state when it is due."""
        if task.last_status == "STOPPED":
            return
        if task.desired_status == "STOPPED":
            self._stop(task)
        elif task.last_status != "RUNNING" and time.monotonic() >= task.due:
            if task.last_status == "PROVISIONING":
                task.become("PENDING")
                task.due = time.monotonic() + self._runtime.timing.delay("task_start") / 2
            else:
                self._start(task)

    def lose_host(self, task: Task) -> None:
        """End a task whose container instance is gone: at once, and nobody learns its exit codes."""
        task.host_lost = True
        instance = task.instance.ec2_instance_id if task.instance else "unknown"
        task.stop("TerminationNotice", f"Host EC2 (instance {instance}) terminated.")
        for process in self._processes_of(task):
            process.stop(0)

    def kill_strays(self, tasks: set[Task]) -> None:
        """End containers whose task nobody knows any more (moto was reset)."""
        for process, (task, _container) in list(self._owners.items()):
            if task not in tasks:
                process.stop(0)

    def close(self) -> None:
        """End every container."""
        self._processes.kill_all()
        self._owners.clear()
        self._running.clear()

    def _processes_of(self, task: Task) -> list[Process]:
        return [self._running[container] for container in task.containers if container in self._running]

    def _start(self, task: Task) -> None:
        task.times["pullStartedAt"] = now()
        launches = []
        for container in task.containers:
            try:
                launches.append((container, self._images.find(container.definition["image"])))
            except CannotPull as error:
                self._fail(task, container, f"CannotPullContainerError: {error}")
        task.times["pullStoppedAt"] = now()
        for container, image in launches:
            if task.desired_status == "STOPPED":
                return
            try:
                argv = image.argv(container.definition.get("entryPoint") or [], container.setting("command") or [])
                keys = self._runtime.credentials.task
                variables = environment(container, image, self._runtime.endpoint_url, keys)
                if not self._runtime.settings.web_service_returns:  # what web_app looks at when it starts
                    variables["WEB_SERVICE_RETURNS"] = "false"
                self._launch(task, container, image, argv, variables)
            except CannotResolve as error:
                self._fail(task, container, f"ResourceInitializationError: {error}")
            except (CannotStart, CannotLog, OSError) as error:
                self._fail(task, container, f"CannotStartContainerError: {error}")
        if task.desired_status == "RUNNING":
            task.become("RUNNING")

    def _launch(
        self, task: Task, container: Container, image: Image, argv: list[str], variables: dict[str, str]
    ) -> None:
        log = container.definition.get("logConfiguration", {})
        stream = None
        if log.get("logDriver") == "awslogs":
            stream = LogStream(log.get("options", {}), container.name, task.id, container.runtime_id)
        limit = container.setting("memory") or task.overrides.get("memory") or task.definition.memory
        directory = image.directory or self._runtime.scratch_dir
        size = int(limit) if limit else None
        process = self._processes.start(argv, directory, variables, size, stream, image.preload)
        container.launched = True
        container.last_status = "RUNNING"
        self._owners[process] = (task, container)
        self._running[container] = process

    @staticmethod
    def _fail(task: Task, container: Container, reason: str) -> None:
        container.last_status = "STOPPED"
        container.reason = reason
        if container.essential:
            task.stop("TaskFailedToStart", "Task failed to start")

    def _stop(self, task: Task) -> None:
        for container in task.containers:
            process = self._running.get(container)
            if process is None:
                container.last_status = "STOPPED"
            else:
                timeout = container.definition.get("stopTimeout") or STOP_TIMEOUT
                process.stop(self._runtime.timing.delay("task_stop") * timeout / STOP_TIMEOUT)
        if all(container.last_status == "STOPPED" for container in task.containers):
            task.times.setdefault("executionStoppedAt", now())
            _release(task)
            task.become("STOPPED")
        elif task.last_status != "STOPPING":
            task.become("STOPPING")


def _release(task: Task) -> None:
    """Give the task's network interface back."""
    for attachment in task.attachments:
        details = {detail["name"]: detail["value"] for detail in attachment["details"]}
        # moto lets nobody delete an interface in use, and it may be gone with a subnet or a reset.
        with contextlib.suppress(Exception):
            interfaces = ec2_backends[ACCOUNT_ID][REGION]
            interfaces.get_network_interface(details["networkInterfaceId"]).status = "available"
            interfaces.delete_network_interface(details["networkInterfaceId"])
        attachment["status"] = "DELETED"
