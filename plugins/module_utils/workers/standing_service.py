# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A standing service used for a run, and put back to what it was: one that terraform keeps at zero.

It keeps its name, tags, placement and network, and is never deleted. What the run changes is its desired count, task
definition, how it deploys, and AvailabilityZoneRebalancing, in one UpdateService; they are put back in one, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.aws import ClientError, error_code, error_text
from ..core.context import Context
from ..core.errors import Leftover
from ..core.result import Result
from ..core.text import count
from ..core.waiting import poll
from ..ecs import services
from ..ecs.definitions.revisions import resolve
from ..fleet.standing import service_rest
from ..record import standing
from ..record.standing import Borrowed
from .desired_service import summary

REBALANCING = "availabilityZoneRebalancing"
DEPLOYING = "deploymentConfiguration"
CHANGED = ("desiredCount", "taskDefinition", DEPLOYING, REBALANCING)
# In place (0 to 100 %): twice the workers would not fit. No circuit breaker: workers that find the queue empty end, and
# a rollback would run the service's own definition. Rebalancing, which would stop busy workers, needs more than 100 %.
IN_PLACE = {"minimumHealthyPercent": 0, "maximumPercent": 100}
NO_BREAKER = {"enable": False, "rollback": False}
REFUSED = ("ClientException", "InvalidParameterException")


def state_of(service: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a run changes of a described service, as UpdateService takes it."""
    return {REBALANCING: "DISABLED", **{name: service[name] for name in CHANGED if name in service}}


@dataclass(frozen=True)
class Standing:
    """A service that is used, or about to be.

    Attributes:
        service: as it is, or as earlier steps of a preview leave it.
        known: whether the environment has borrowed it before.
        borrowed: what it was.
    """

    service: dict[str, Any]
    known: bool
    borrowed: Borrowed

    def wanted(self, params: Mapping[str, Any], definition_arn: str) -> dict[str, Any]:
        """Give the service as it is to be: its own placement and network, the run's definition and count."""
        deploying = {**self.borrowed.original.get(DEPLOYING, {}), **IN_PLACE}
        if "deploymentCircuitBreaker" in deploying:
            deploying["deploymentCircuitBreaker"] = NO_BREAKER
        if "alarms" in deploying:
            deploying["alarms"] = {**deploying["alarms"], **NO_BREAKER}
        desired = {"desiredCount": params["count"], "taskDefinition": definition_arn, DEPLOYING: deploying}
        placement = {name: self.service.get(name, []) for name in ("placementConstraints", "placementStrategy")}
        network = {name: self.service[name] for name in ("networkConfiguration",) if self.service.get(name)}
        return {**placement, **network, **desired, REBALANCING: "DISABLED"}

    def borrow(self, context: Context, params: Mapping[str, Any], result: Result) -> None:
        """Remember what the service was, before anything is changed."""
        result.verb = "scaled up"
        now = count(params["count"], "worker")
        result.resource = f"{self.borrowed.title} ({self.service['desiredCount']} to {now})"
        standing.borrow(context, params["environment"], self.borrowed)

    def apply(self, context: Context, params: Mapping[str, Any], desired: Mapping[str, Any]) -> None:
        """Bring the service to what is desired."""
        now = state_of(self.service)
        changes = {name: desired[name] for name in CHANGED if desired[name] != now.get(name)}
        if changes:
            context.client("ecs").update_service(cluster=params["cluster"], service=params["name"], **changes)


def read(context: Context, params: Mapping[str, Any]) -> Standing:
    """Read the service, and make sure that the run may use it.

    Args:
        params: of processing_service, with ``name``.

    Raises:
        NotFound: there is no such service.
        Foreign: a run made it.
        Refused: it is not at rest, somebody else uses it, or it cannot run the workers.
    """
    cluster, name, environment = params["cluster"], params["name"], params["environment"]
    known = standing.find(context, environment, standing.SERVICE, name, cluster)
    predicted = context.preview.get(f"service/{name}")
    service = predicted or service_rest.existing(context, cluster, name)
    if known is None and not predicted:  # that was checked before it was predicted
        service_rest.check(context, cluster, service)
        standing.check_free(context, environment, standing.SERVICE, name, cluster)
    borrowed = known or Borrowed(standing.SERVICE, name, cluster, state_of(service), context.run_id)
    return Standing(service, known is not None, borrowed)


def absent(context: Context, cluster: str, name: str, environment: str, timeout: float | None) -> Result:
    """Put the service back, if the environment has borrowed it; see ``put_back``."""
    known = standing.find(context, environment, standing.SERVICE, name, cluster)
    if known is None:
        return Result(values={"service": name}, resource=f"service {name}")
    return put_back(context, environment, known, timeout)


def put_back(context: Context, environment: str, borrowed: Borrowed, timeout: float | None) -> Result:
    """Put the service back to exactly what it was, and wait until its last worker has ended; then it is forgotten.

    Args:
        timeout: seconds; None: nothing is waited for, and it is not forgotten.

    Raises:
        Leftover: ECS takes its own definition no more; it is at 0 workers then.
        DeadlineExceeded: a worker did not end in time.
    """
    name, cluster, original = borrowed.name, borrowed.cluster, borrowed.original
    found = context.preview.get(f"service/{name}") or services.read(context, cluster, name)
    result = Result(resource=borrowed.title, verb="scaled back", values={"service": name})
    ours = standing.is_ours(context, environment, borrowed)
    if not ours or found is None or found["status"] != "ACTIVE":
        standing.give_back(context, environment, borrowed)  # another has it by now, or somebody has deleted it
        return result
    now = state_of(found)
    changes = {each: original[each] for each in CHANGED if each in original and original[each] != now.get(each)}
    result.changed = bool(changes)
    result.before, result.after = summary(found), {**summary(found), **_shown(original)}
    if context.check_mode:
        counts = {"runningCount": 0, "pendingCount": 0}
        context.preview.predict(f"service/{name}", {**_of_json(found), **original, **counts})
        standing.give_back(context, environment, borrowed)
        return result
    if changes:
        _update(context, borrowed, found, changes)
    if timeout is not None:
        deadline = context.clock() + timeout
        _await_rest(context, cluster, name, timeout)
        services.await_stopped(context, cluster, name, max(deadline - context.clock(), 1))
        standing.give_back(context, environment, borrowed)
    return result


def _update(context: Context, borrowed: Borrowed, found: Mapping[str, Any], changes: dict[str, Any]) -> None:
    """Change the service; where its own definition was deregistered meanwhile, at least end the workers."""
    ecs, where = context.client("ecs"), {"cluster": borrowed.cluster, "service": borrowed.name}
    try:
        ecs.update_service(**where, **changes)
    except ClientError as error:
        if error_code(error) not in REFUSED or "taskDefinition" not in changes:
            raise
        ecs.update_service(**where, **{name: each for name, each in changes.items() if name != "taskDefinition"})
        if not resolve(context, found["taskDefinition"], "run_jobs").ours:
            return  # somebody has given it another one
        raise Leftover(
            f"The {borrowed.title} is back at {count(borrowed.original['desiredCount'], 'worker')}, but keeps the run's"
            f" task definition: ECS does not take {borrowed.original['taskDefinition']} again ({error_text(error)})."
            " Give it another revision (terraform apply, or UpdateService), and tear down again."
        ) from error


def _await_rest(context: Context, cluster: str, name: str, timeout: float) -> None:
    def at_rest() -> bool | None:
        service = services.read(context, cluster, name)
        if service is None:
            return True
        running = service["runningCount"] + service["pendingCount"]
        context.progress.status(f"service {name}: {count(running, 'worker')} still run")
        return True if not service_rest.activity(service) else None

    poll(context, at_rest, what=f"service {name} to be scaled back", timeout=timeout, interval=0.5)


def _shown(original: Mapping[str, Any]) -> dict[str, Any]:
    return {name: original[name] for name in ("desiredCount", "taskDefinition")}


def _of_json(service: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a description what a preview's file cannot hold, and nothing here reads."""
    return {name: each for name, each in service.items() if name not in ("createdAt", "events", "deployments")}
