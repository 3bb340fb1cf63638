"""What ECS refuses of memory and CPU."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.ecs.definitions.task_size import problems, size


def definition(*containers: dict[str, Any], **task: Any) -> dict[str, Any]:
    named = [{"name": name, **each} for name, each in zip(("management", "statsd"), containers, strict=False)]
    return {"family": "f", "containerDefinitions": named, **task}


FARGATE = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}


@pytest.mark.parametrize(
    "fine",
    [
        definition({"memory": 2048}, {"memory": 64}),
        definition({"memory": 8192}, memory="8192"),
        definition({"memory": 8192, "memoryReservation": 8000}, {"memory": 64}, memory="8192"),
        definition({"memoryReservation": 1984}, {"memory": 64}, memory="2 GB"),
        definition({"cpu": 128}, {"cpu": 128}, cpu="256"),
        definition({}, **FARGATE, cpu="256", memory="512"),
        definition({}, **FARGATE, cpu="1 vCPU", memory="8GB"),
        definition({}, **FARGATE, cpu="16384", memory="122880"),
        definition({}, requiresCompatibilities=["EC2"], cpu="300", memory="8192"),
    ],
)
def test_what_ecs_takes_is_fine(fine: dict[str, Any]) -> None:
    assert problems(fine) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (definition({"memory": 512, "memoryReservation": 2048}), ["management", "2048", "512"]),
        (definition({"memory": 512}, {"memory": 2048}, memory="1024"), ["statsd", "2048", "1024"]),
        (definition({"memoryReservation": 2048}, memory="512"), ["reserve 2048 MiB", "512 MiB"]),
        (definition({"memoryReservation": 512}, {"memoryReservation": 64}, memory="512"), ["reserve 576 MiB"]),
        (definition({"memory": 8192}, {"memory": 64}, memory="8192"), ["reserve 8256 MiB", "8192 MiB"]),
        (definition({}, cpu="64"), ["64 CPU units", "128 to 196608"]),
        (definition({}, cpu="196609"), ["196609 CPU units", "128 to 196608"]),
        (definition({"cpu": 300}, {"cpu": 10}, cpu="256"), ["310 CPU units", "256"]),
        (definition({}, **FARGATE, cpu="512"), ["needs memory of the task"]),
        (definition({}, **FARGATE), ["needs cpu and memory of the task"]),
        (definition({}, **FARGATE, cpu="512", memory="8192"), ["take 1024 or 2048 or 4096 CPU units", "1024 to 4096"]),
        (
            definition({}, **FARGATE, cpu="256", memory="1536"),
            ["256 CPU units with 1536 MiB: 256 CPU units take 512 to 2048"],
        ),
        (definition({}, **FARGATE, cpu="512", memory="1536"), ["512 CPU units take 1024 to 4096 MiB in steps of 1024"]),
        (definition({}, **FARGATE, cpu="300", memory="2048"), ["2048 MiB take 256 or 512 or 1024 CPU units"]),
        (definition({}, **FARGATE, cpu="300", memory="99"), ["CPU units are one of 256, 512"]),
        (
            definition({}, **FARGATE | {"requiresCompatibilities": ["EC2", "FARGATE"]}, cpu="512", memory="8192"),
            ["Farg"],
        ),
    ],
)
def test_what_ecs_refuses_is_said_with_the_numbers(wrong: dict[str, Any], says: list[str]) -> None:
    [problem] = problems(wrong)
    assert [each for each in says if each not in problem] == []


def test_tasks_that_run_on_fargate_need_its_sizes_whatever_they_require() -> None:
    assert problems(definition({"memory": 64})) == []
    assert problems(definition({"memory": 64}), fargate=True) != []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2048", 2048), (2048, 2048), ("2 GB", 2048), ("0.5gb", 512), (".25 vCPU", 256), (None, 0), ("", 0), ("much", 0)],
)
def test_a_size_is_read_as_ecs_takes_it(text: Any, expected: int) -> None:
    assert size(text) == expected
