"""The service scheduler: keeps as many tasks running as services want."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence

from moto.ecs.exceptions import InvalidParameterException

from sandbox.ecs.model.backend import Backend
from sandbox.ecs.model.container_instance import ContainerInstance
from sandbox.ecs.model.names import now
from sandbox.ecs.model.service import Deployment, Service
from sandbox.ecs.model.task import Task
from sandbox.ecs.scheduler.launch import NO_INSTANCES, Blueprint, Launch, candidates
from sandbox.ecs.scheduler.placement import SERVICE_DEFAULT, Placement
from sandbox.timing import Timing

GUIDE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
# The wait after repeated failed starts doubles up to this many times the placement retry (27 minutes on ECS).
MAX_BACKOFF = 27
SHORTAGES = {
    "RESOURCE:MEMORY": "has insufficient memory available.",
    "RESOURCE:CPU": "has insufficient CPU units available.",
    "RESOURCE:PORTS": "is already using a port required by your task.",
    "ATTRIBUTE": "is missing an attribute required by your task.",
    "AGENT": 'encountered error "AGENT".',
}


class Scheduler:
    """Looks at every service once an interval; to be called under the lock.

    Args:
        timing: the delays in force.
    """

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._due = 0.0

    def work(self, backend: Backend) -> None:
        """Look at the services if it is time to."""
        moment = time.monotonic()
        if moment < self._due:
            return
        self._due = moment + self._timing.delay("service_interval")
        for key, service in list(backend.services.items()):
            self._take_note(service)
            if service.status == "DRAINING":
                self._drain(backend, key, service)
            else:
                self._stop_surplus(service)
                try:
                    self._start_missing(backend, service)
                except InvalidParameterException as error:
                    self._cannot_start(service, f"was unable to place a task. Reason: {error.message}")
                self._settle(service)

    def _take_note(self, service: Service) -> None:
        """Drop stopped tasks from the deployments and count failed starts."""
        for deployment in service.deployments:
            stopped = [task for task in deployment.tasks if task.last_status == "STOPPED"]
            for task in stopped:
                deployment.tasks.remove(task)
                service.steady = False
                if task.stop_code == "TaskFailedToStart":
                    self._failed_to_start(service, deployment)
                elif task.started:
                    service.failed_starts = 0
                    deployment.failed_tasks += _failed(task)

    def _failed_to_start(self, service: Service, deployment: Deployment) -> None:
        deployment.failed_tasks += 1
        service.failed_starts += 1
        # A few failures are retried as usual; ECS throttles only what keeps failing.
        if service.failed_starts >= 3:
            wait = self._timing.delay("placement_retry") * min(MAX_BACKOFF, 2 ** min(service.failed_starts - 3, 5))
            service.retry_at = time.monotonic() + wait
        if service.failed_starts == 3:
            service.event("is unable to consistently start tasks successfully. " + GUIDE)

    def _drain(self, backend: Backend, key: str, service: Service) -> None:
        living = service.tasks
        if living:
            _stop(service, living)
            service.drained_at = None
            return
        service.drained_at = service.drained_at or time.monotonic() + self._timing.delay("drain")
        if time.monotonic() >= service.drained_at:
            service.status = "INACTIVE"
            backend.inactive_services[key] = backend.services.pop(key)

    def _stop_surplus(self, service: Service) -> None:
        """Stop what is too many, and what is outdated as far as enough of the rest runs."""
        fresh = [task for task in service.primary.tasks if not _outdated(task) and task.desired_status == "RUNNING"]
        old = [task for task in service.tasks if task not in fresh and task.desired_status == "RUNNING"]
        # Pending tasks are the first to go.
        surplus = sorted(fresh, key=lambda task: (task.started, task.created_at))[
            : max(0, len(fresh) - service.desired_count)
        ]
        percent = service.parameters["deploymentConfiguration"]["minimumHealthyPercent"]
        healthy = sum(task.last_status == "RUNNING" for task in fresh + old)
        spare = healthy - math.ceil(service.desired_count * percent / 100)
        waiting = [task for task in old if task.last_status != "RUNNING"]
        running = [task for task in old if task.last_status == "RUNNING"]
        _stop(service, surplus + waiting + running[: max(0, spare)])

    def _start_missing(self, backend: Backend, service: Service) -> None:
        deployment = service.primary
        fresh = [task for task in deployment.tasks if not _outdated(task) and task.desired_status == "RUNNING"]
        percent = service.parameters["deploymentConfiguration"]["maximumPercent"]
        room = math.floor(service.desired_count * percent / 100) - len(service.tasks)
        missing = min(service.desired_count - len(fresh), room)
        if missing <= 0 or time.monotonic() < service.retry_at:
            return
        launch = Launch.make(backend, service.cluster, deployment.definition, service.parameters)
        placement = launch.placement(deployment.definition, f"service:{service.name}", service.parameters)
        if not placement.strategy:
            placement = Placement(
                placement.needs, placement.group, placement.member_of, placement.distinct, SERVICE_DEFAULT
            )
        instances = [] if launch.fargate else candidates(backend, service.cluster, launch)
        blueprint = _blueprint(service, deployment, launch, placement)
        started: list[Task] = []
        while len(started) < missing:
            instance = placement.choose(instances)
            if instance is None and not launch.fargate:
                break
            started.append(blueprint.start(backend, self._timing, instance))
        deployment.tasks += started
        if started:
            service.steady = False
            service.event(f"has started {len(started)} tasks: {_names(started)}.")
        if len(started) < missing:
            self._cannot_place(service, placement, instances)

    def _cannot_place(self, service: Service, placement: Placement, instances: Sequence[ContainerInstance]) -> None:
        reason = f"Reason: {NO_INSTANCES}" if not instances else _closest(placement, instances)
        self._cannot_start(
            service,
            f"was unable to place a task because no container instance met all of its requirements. {reason} {GUIDE}",
        )

    def _cannot_start(self, service: Service, message: str) -> None:
        service.retry_at = time.monotonic() + self._timing.delay("placement_retry")
        # ECS leaves out duplicates until something changes.
        if not service.events or not service.events[0]["message"].endswith(message):
            service.event(message)

    def _settle(self, service: Service) -> None:
        """Retire old deployments and notice a steady state."""
        deployment = service.primary
        service.deployments = [one for one in service.deployments if one is deployment or one.tasks]
        steady = (
            len(service.deployments) == 1
            and deployment.running == len(deployment.tasks) == service.desired_count
            and not any(_outdated(task) for task in deployment.tasks)
        )
        if steady and not service.steady:
            service.steady = True
            if deployment.rollout_state != "COMPLETED":
                deployment.rollout_state = "COMPLETED"
                deployment.rollout_reason = f"ECS deployment {deployment.id} completed."
                deployment.updated_at = now()
                service.event(f"(deployment {deployment.id}) deployment completed.")
            service.event("has reached a steady state.")


def _outdated(task: Task) -> bool:
    return task.instance is not None and task.instance.status == "DRAINING"


def _failed(task: Task) -> bool:
    return task.stop_code == "EssentialContainerExited" and any(
        container.essential and container.exit_code != 0 for container in task.containers
    )


def _stop(service: Service, living: Sequence[Task]) -> None:
    asked = [task for task in living if task.desired_status == "RUNNING"]
    owner = {task: deployment.id for deployment in service.deployments for task in deployment.tasks}
    for task in asked:
        task.stop("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {owner[task]})")
    if asked:
        service.event(f"has stopped {len(asked)} running tasks: {_names(asked)}.")


def _names(some: Sequence[Task]) -> str:
    return " ".join(f"(task {task.id})" for task in some)


def _blueprint(service: Service, deployment: Deployment, launch: Launch, placement: Placement) -> Blueprint:
    tags: list[dict[str, str]] = []
    if service.parameters["propagateTags"] == "SERVICE":
        tags = service.tags
    elif service.parameters["propagateTags"] == "TASK_DEFINITION":
        tags = deployment.definition.tags
    if service.parameters["enableECSManagedTags"]:
        managed = {"aws:ecs:clusterName": service.cluster_name, "aws:ecs:serviceName": service.name}
        tags = [*tags, *({"key": key, "value": value} for key, value in managed.items())]
    return Blueprint(
        service.cluster, deployment.definition, launch, placement.group, {}, deployment.id, tags, placement
    )


def _closest(placement: Placement, instances: Sequence[ContainerInstance]) -> str:
    """Name the instance that lacks least, as the service event does."""
    order = [*SHORTAGES]
    refusals = placement.failures(instances)
    resource = [(one, reason) for one, reason in refusals if reason in SHORTAGES]
    if not resource:
        reason = Counter(reason for _one, reason in refusals).most_common(1)[0][0]
        return f'The closest matching (container-instance {refusals[0][0].id}) encountered error "{reason}".'
    instance, reason = min(resource, key=lambda pair: (order.index(pair[1]), -pair[0].remaining_memory))
    return f"The closest matching (container-instance {instance.id}) {SHORTAGES[reason]}"
