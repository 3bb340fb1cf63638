"""Services keep their tasks running."""

from __future__ import annotations

import psutil
import pytest

from tests.fakes.sandbox.ecs_services import create, messages, running, tasks_of
from tests.fakes.sandbox.ecs_world import World


def test_a_service_starts_its_tasks_and_reaches_a_steady_state(workers: World) -> None:
    definition = workers.define("sleep 600")
    service = create(workers, definition, 3)
    assert (service["status"], service["desiredCount"], service["runningCount"]) == ("ACTIVE", 3, 0)
    running(workers, 3)
    workers.until(lambda: messages(workers)[-1] == "(service jobs) has reached a steady state.")
    assert messages(workers)[0].startswith("(service jobs) has started 3 tasks: (task ")
    service = workers.service()
    [deployment] = service["deployments"]
    assert (deployment["status"], deployment["rolloutState"], deployment["runningCount"]) == ("PRIMARY", "COMPLETED", 3)
    task = workers.task(tasks_of(workers)[0])
    assert (task["group"], task["startedBy"]) == ("service:jobs", deployment["id"])
    [cluster] = workers.ecs.describe_clusters(clusters=["workers"])["clusters"]
    assert (cluster["activeServicesCount"], cluster["runningTasksCount"]) == (1, 3)
    assert workers.ecs.list_services(cluster="workers")["serviceArns"] == [service["serviceArn"]]


def test_stopped_tasks_are_replaced(workers: World) -> None:
    create(workers, workers.define("sleep 600"), 2)
    running(workers, 2)
    first = tasks_of(workers)[0]
    workers.ecs.stop_task(cluster="workers", task=first)
    workers.task_in(first, "STOPPED")
    workers.until(lambda: len(tasks_of(workers)) == 2)
    assert first not in tasks_of(workers)
    assert tasks_of(workers, status="STOPPED") == [first]


def test_workers_that_exit_are_restarted_without_throttle_and_counted(workers: World) -> None:
    create(workers, workers.define("exit 4"), 1)
    workers.until(lambda: len(tasks_of(workers, status="STOPPED")) >= 4)
    assert workers.service()["deployments"][0]["failedTasks"] >= 3
    assert not any("unable to consistently start" in message for message in messages(workers))


def test_exits_with_zero_are_no_failures(workers: World) -> None:
    create(workers, workers.define("exit 0"), 1)
    workers.until(lambda: len(tasks_of(workers, status="STOPPED")) >= 2)
    assert workers.service()["deployments"][0]["failedTasks"] == 0


@pytest.mark.parametrize("factors", [{"placement_retry": 1.5}])
def test_starts_that_keep_failing_are_throttled(workers: World) -> None:
    create(workers, workers.define("true", image="unknown"), 1)
    workers.until(lambda: workers.service()["deployments"][0]["failedTasks"] > 3)
    events = workers.service()["events"][::-1]
    [told] = [place for place, each in enumerate(events) if "unable to consistently start tasks" in each["message"]]
    starts = [each["createdAt"] for each in events if "has started 1 tasks" in each["message"]]
    # They are tried again, but later.
    early, late = [time for time in starts if time <= events[told]["createdAt"]], starts[3]
    assert len(early) == 3
    assert (late - events[told]["createdAt"]).total_seconds() >= 1.4


def test_what_cannot_be_placed_is_said_and_placed_later(workers: World) -> None:
    create(workers, workers.define("sleep 600", memory=3000), 4)
    wanted = (
        "(service jobs) was unable to place a task because no container instance met all of its requirements. "
        "The closest matching (container-instance {}) has insufficient memory available. "
        "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
    )
    [instance] = workers.instances(1)
    identifier = instance["containerInstanceArn"].rpartition("/")[2]
    workers.until(lambda: wanted.format(identifier) in messages(workers))
    workers.until(lambda: workers.service()["runningCount"] == 2)
    workers.autoscaling.set_desired_capacity(AutoScalingGroupName="own", DesiredCapacity=2)
    running(workers, 4)


def test_a_cluster_without_instances_is_said(world: World) -> None:
    create(world, world.define("sleep 600"), 1)
    reason = "met all of its requirements. Reason: No Container Instances were found in your cluster."
    world.until(lambda: any(reason in message for message in messages(world)))
    # The same event is not repeated.
    world.ecs.update_service(cluster="workers", service="jobs", desiredCount=1)
    world.group()
    running(world, 1)
    assert sum(reason in message for message in messages(world)) == 1


def test_constraints_nothing_meets_are_said(workers: World) -> None:
    constraint = [{"type": "memberOf", "expression": "attribute:ecs.instance-type == m4.2xlarge"}]
    create(workers, workers.define("sleep 600"), 1, placementConstraints=constraint)
    reason = 'encountered error "MemberOf placement constraint unsatisfied.".'
    workers.until(lambda: any(reason in message for message in messages(workers)))


def test_scaling_in_and_out(workers: World) -> None:
    create(workers, workers.define("sleep 600"), 1)
    running(workers, 1)
    workers.ecs.update_service(cluster="workers", service="jobs", desiredCount=4)
    running(workers, 4)
    workers.ecs.update_service(cluster="workers", service="jobs", desiredCount=1)
    running(workers, 1)
    stopped = workers.until(lambda: tasks_of(workers, status="STOPPED"))
    task = workers.task(stopped[0])
    assert task["stopCode"] == "ServiceSchedulerInitiated"
    assert task["stoppedReason"].startswith("Scaling activity initiated by (deployment ecs-svc/")
    assert any("has stopped 3 running tasks" in message for message in messages(workers))


def test_a_deployment_without_room_stops_old_tasks_first(workers: World) -> None:
    limits = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    create(workers, workers.define("sleep 600", memory=7000), 1, deploymentConfiguration=limits)
    running(workers, 1)
    new = workers.define("sleep 700", memory=7000)
    workers.ecs.update_service(cluster="workers", service="jobs", taskDefinition=new)
    workers.until(lambda: [workers.task(one)["taskDefinitionArn"] for one in tasks_of(workers)] == [new])
    running(workers, 1)


def test_tasks_move_away_from_draining_instances(world: World) -> None:
    world.group(count=2)
    instances = {one["containerInstanceArn"] for one in world.instances(2)}
    create(world, world.define("sleep 600"), 2, placementStrategy=[{"type": "spread", "field": "instanceId"}])
    running(world, 2)
    draining, other = sorted(instances)
    world.ecs.update_container_instances_state(cluster="workers", containerInstances=[draining], status="DRAINING")

    def moved() -> bool:
        return {world.task(task)["containerInstanceArn"] for task in tasks_of(world)} == {other}

    world.until(moved)
    running(world, 2)


def test_a_launch_that_became_impossible_is_said(workers: World) -> None:
    subnet = workers.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    definition = workers.define("sleep 600", task={"networkMode": "awsvpc"})
    network = {"awsvpcConfiguration": {"subnets": ["subnet-gone"], "securityGroups": []}}
    create(workers, definition, 1, networkConfiguration=network)
    workers.until(lambda: any("Error retrieving subnet" in message for message in messages(workers)))
    network["awsvpcConfiguration"]["subnets"] = [subnet]
    workers.ecs.update_service(cluster="workers", service="jobs", networkConfiguration=network)
    running(workers, 1)


@pytest.mark.parametrize("factors", [{"all": 0.2, "task_stop": 1.0}])
def test_two_hundred_tasks_are_cheap(world: World) -> None:
    world.group(count=20, type_="m4.2xlarge")
    world.instances(20)
    definition = world.define("exec sleep 600", memory=2048)
    create(world, definition, 200, placementStrategy=[{"type": "spread", "field": "attribute:ecs.instance-type"}])
    world.until(lambda: world.service()["runningCount"] == 200)
    arns: list[str] = []
    for page in world.ecs.get_paginator("list_tasks").paginate(cluster="workers", serviceName="jobs"):
        arns += page["taskArns"]
    assert len(arns) == 200
    described = world.ecs.describe_tasks(cluster="workers", tasks=arns[:100])["tasks"]
    assert {one["lastStatus"] for one in described} == {"RUNNING"}
    assert psutil.Process().cpu_percent(2.0) < 40
    world.ecs.delete_service(cluster="workers", service="jobs", force=True)
    world.until(lambda: world.service()["status"] == "INACTIVE")
