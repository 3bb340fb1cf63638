"""The store of what a cluster has."""

from __future__ import annotations

from moto.core.base_backend import BackendDict

from sandbox.ecs.model.backend import current
from tests.fakes.sandbox.ecs_world import World


def test_a_token_is_known_as_long_as_one_of_its_tasks(workers: World) -> None:
    definition = workers.define("sleep 600")
    answer = workers.ecs.run_task(cluster="workers", taskDefinition=definition, count=2, clientToken="both")
    other = workers.run(definition, clientToken="other")["taskArn"]
    backend = current()
    first, second = (backend.tasks["workers"][task["taskArn"]] for task in answer["tasks"])
    backend.forget(first)
    assert backend.client_tokens.keys() == {"both", "other"}
    backend.forget(second)
    assert backend.client_tokens.keys() == {"other"}
    assert [task.arn for task in backend.all_tasks()] == [other]


def test_tasks_are_found_by_their_instance_while_they_take_it_up(workers: World) -> None:
    task = workers.run(workers.define("sleep 600"))["taskArn"]
    backend = current()
    [instance] = backend.all_instances()
    assert [one.arn for one in backend.tasks_on(instance)] == [task]
    workers.ecs.stop_task(cluster="workers", task=task)
    workers.task_in(task, "STOPPED")
    assert backend.tasks_on(instance) == []


def test_a_reset_of_moto_begins_with_nothing(workers: World) -> None:
    before = current()
    BackendDict.reset()
    assert current() is not before
    assert (current().clusters, current().all_instances()) == ({}, [])
