"""ECS's operations as moto dispatches them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.fakes.sandbox.ecs_world import World


def test_other_regions_have_no_clusters(world: World) -> None:
    elsewhere = world.client("ecs", "eu-west-1")
    with pytest.raises(ClientError, match="ClusterNotFoundException"):
        elsewhere.list_tasks(cluster="workers")
    assert elsewhere.describe_clusters(clusters=["workers"])["failures"][0]["reason"] == "MISSING"


def test_instances_register_themselves_only(workers: World) -> None:
    with pytest.raises(ClientError, match="user data"):
        workers.ecs.register_container_instance(cluster="workers", instanceIdentityDocument="{}")


def test_a_cluster_counts_what_is_in_it(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))["taskArn"]

    def counts() -> tuple[int, int, int]:
        [cluster] = workers.ecs.describe_clusters(clusters=["workers"])["clusters"]
        return (
            cluster["registeredContainerInstancesCount"],
            cluster["pendingTasksCount"] + cluster["runningTasksCount"],
            cluster["activeServicesCount"],
        )

    assert counts() == (1, 1, 0)
    workers.ecs.stop_task(cluster="workers", task=task)
    workers.task_in(task, "STOPPED")
    assert counts() == (1, 0, 0)
