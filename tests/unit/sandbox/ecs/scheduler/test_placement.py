"""What goes where."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.ecs_world import World


def run(world: World, definition: str, **settings: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Run tasks and give them and the reasons of the failures."""
    answer = world.ecs.run_task(cluster="workers", taskDefinition=definition, **settings)
    return answer["tasks"], [one["reason"] for one in answer["failures"]]


def member_of(expression: str) -> list[dict[str, str]]:
    return [{"type": "memberOf", "expression": expression}]


def test_what_does_not_fit_comes_back_with_its_reason(workers: World) -> None:
    memory = workers.define("sleep 600", memory=3000)
    tasks, reasons = run(workers, memory, count=5)
    assert (len(tasks), reasons) == (2, ["RESOURCE:MEMORY"])
    [instance] = workers.instances(1)
    assert {one["name"]: one.get("integerValue") for one in instance["remainingResources"]}["MEMORY"] == 7982 - 6000
    assert run(workers, workers.define("true", cpu=4096))[1] == ["RESOURCE:CPU"]
    assert run(workers, workers.define("true"), placementConstraints=member_of("attribute:x == y"))[1] == [
        "MemberOf placement constraint unsatisfied."
    ]
    missing = workers.define("true", logConfiguration={"logDriver": "splunk"})
    assert run(workers, missing)[1] == ["ATTRIBUTE"]


def test_a_stopped_task_gives_its_memory_back(workers: World) -> None:
    big = workers.define("sleep 600", memory=7000)
    [task], _ = run(workers, big)
    assert run(workers, big)[1] == ["RESOURCE:MEMORY"]
    workers.ecs.stop_task(cluster="workers", task=task["taskArn"])
    workers.task_in(task["taskArn"], "STOPPED")
    assert len(run(workers, big)[0]) == 1


def test_what_is_reserved(workers: World) -> None:
    def reserved(**settings: Any) -> tuple[str, str]:
        overrides = settings.pop("overrides", {})
        definition = workers.define("sleep 600", **settings)
        task = workers.run(definition, overrides=overrides)
        workers.ecs.stop_task(cluster="workers", task=task["taskArn"])
        return task["cpu"], task["memory"]

    sidecar = {"name": "statsd", "image": "shell", "memory": 100, "cpu": 10, "command": ["sleep", "600"]}
    assert reserved(memory=2048, memoryReservation=512, cpu=100) == ("100", "512")
    assert reserved(memory=300, sidecars=[sidecar]) == ("10", "400")
    assert reserved(memory=300, sidecars=[sidecar], task={"memory": "1024", "cpu": "512"}) == ("512", "1024")
    changed = {"containerOverrides": [{"name": "main", "memory": 700, "cpu": 5}]}
    assert reserved(memory=300, overrides=changed) == ("5", "700")
    assert reserved(memory=300, overrides={"memory": "900", "cpu": "7"}) == ("7", "900")


def test_a_host_port_is_given_once(workers: World) -> None:
    definition = workers.define("sleep 600", portMappings=[{"containerPort": 80, "hostPort": 8080}])
    tasks, reasons = run(workers, definition, count=2)
    assert (len(tasks), reasons) == (1, ["RESOURCE:PORTS"])
    assert len(run(workers, workers.define("sleep 600", portMappings=[{"containerPort": 80}]), count=2)[0]) == 2


def test_member_of_and_constraints_of_the_definition(workers: World) -> None:
    workers.group("large", 1, "m4.2xlarge")
    types = {one["containerInstanceArn"]: attribute(one, "ecs.instance-type") for one in workers.instances(2)}
    definition = workers.define("sleep 600")
    constraints = member_of("attribute:ecs.instance-type in [m4.2xlarge]")
    tasks, _ = run(workers, definition, count=5, placementConstraints=constraints)
    assert {types[one["containerInstanceArn"]] for one in tasks} == {"m4.2xlarge"}
    bound = workers.define(
        "sleep 600", task={"placementConstraints": member_of("attribute:ecs.instance-type == t2.large")}
    )
    tasks, _ = run(workers, bound, count=5)
    assert {types[one["containerInstanceArn"]] for one in tasks} == {"t2.large"}


def attribute(instance: dict[str, Any], name: str) -> str:
    return next(str(one["value"]) for one in instance["attributes"] if one["name"] == name)


def test_distinct_instances(world: World) -> None:
    world.group(count=2)
    world.instances(2)
    definition = world.define("sleep 600")
    tasks, reasons = run(world, definition, count=3, placementConstraints=[{"type": "distinctInstance"}])
    assert len({one["containerInstanceArn"] for one in tasks}) == 2
    assert set(reasons) == {"DistinctInstance placement constraint unsatisfied."}


def test_spread_and_binpack(world: World) -> None:
    world.group(count=3)
    world.instances(3)
    definition = world.define("sleep 600")
    spread = [{"type": "spread", "field": "instanceId"}]
    tasks, _ = run(world, definition, count=6, placementStrategy=spread)
    assert Counter(Counter(one["containerInstanceArn"] for one in tasks).values()) == {2: 3}
    packed = [{"type": "binpack", "field": "memory"}]
    tasks, _ = run(world, definition, count=6, placementStrategy=packed, group="packed")
    assert len({one["containerInstanceArn"] for one in tasks}) == 1
    tasks, _ = run(world, definition, count=2, placementStrategy=[{"type": "random"}])
    assert len(tasks) == 2


def test_spread_over_an_attribute_and_within_it_over_hosts(world: World) -> None:
    world.group("small", 2)
    world.group("large", 1, "m4.2xlarge")
    types = {one["containerInstanceArn"]: attribute(one, "ecs.instance-type") for one in world.instances(3)}
    strategy = [
        {"type": "spread", "field": "attribute:ecs.instance-type"},
        {"type": "spread", "field": "host"},
    ]
    tasks, _ = run(world, world.define("sleep 600"), count=8, placementStrategy=strategy)
    assert Counter(types[one["containerInstanceArn"]] for one in tasks) == {"t2.large": 4, "m4.2xlarge": 4}
    assert sorted(Counter(one["containerInstanceArn"] for one in tasks).values()) == [2, 2, 4]


def test_too_many_rules_are_refused(workers: World) -> None:
    definition = workers.define("true")
    with pytest.raises(ClientError, match="InvalidParameterException"):
        run(workers, definition, placementConstraints=member_of("agentConnected == true") * 11)
    with pytest.raises(ClientError, match="InvalidParameterException"):
        run(workers, definition, placementStrategy=[{"type": "random"}] * 6)
