"""Which program stands for an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.ecs.agent.images import CannotPull, Image, Images, repository
from tests.fakes.sandbox.ecs_world import World


def test_an_unknown_image_cannot_be_pulled(workers: World) -> None:
    task = workers.run(workers.define("true", image="123456789012.dkr.ecr.us-east-1.amazonaws.com/nothing:1"))
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("TaskFailedToStart", "Task failed to start")
    assert stopped["containers"][0]["reason"].startswith("CannotPullContainerError: ")
    assert "exitCode" not in stopped["containers"][0]
    assert "startedAt" not in stopped


def test_an_unknown_tag_cannot_be_pulled(tmp_path: Path) -> None:
    (tmp_path / "images.yml").write_text('images: {app: {tags: ["1.10", latest]}, any: {}}')
    images = Images(tmp_path / "images.yml")
    for known in ("app", "app:1.10", "registry:5000/app:latest", "app@sha256:0123", "any:9"):
        assert images.find(known) == Image()
    for unknown in ("app:1.1", "localhost/app:2", "registry:5000/app:v1"):
        with pytest.raises(CannotPull, match=f"manifest for {unknown} not found: manifest unknown"):
            images.find(unknown)


@pytest.mark.parametrize("entry_point", [["no-such-program"], ["./missing.py"], ["/etc"]])
def test_a_program_the_image_lacks_cannot_start(workers: World, entry_point: list[str]) -> None:
    task = workers.run(workers.define("x", image="app", entryPoint=entry_point))
    stopped = workers.task_in(task["taskArn"], "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["containers"][0]["reason"].startswith("CannotStartContainerError: ")


def test_python_files_run_in_the_image_directory_on_its_interpreter(workers: World) -> None:
    script = workers.runtime.images.parent / "app" / "manage.py"
    script.write_text(
        "import os, sys\nsys.exit(0 if sys.argv[1:] == ['migrate'] and os.path.exists('manage.py') else 9)\n"
    )
    task = workers.run(workers.define("migrate", image="app:7", entryPoint=["./manage.py"]))
    assert workers.task_in(task["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 0


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("shell", "shell"),
        ("shell:latest", "shell"),
        ("library/shell", "library/shell"),
        ("localhost/shell", "shell"),
        ("registry:5000/team/shell:1", "team/shell"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/cc-management:latest", "cc-management"),
        ("shell@sha256:0123", "shell"),
        ("registry.example.com/shell:1@sha256:0123", "shell"),
    ],
)
def test_an_image_is_known_by_its_repository(reference: str, name: str) -> None:
    assert repository(reference) == name


def test_the_images_file_is_read_again_when_it_changes(workers: World) -> None:
    path = workers.runtime.images
    path.write_text("images:\n  new: {command: [sh, -c, 'exit 7']}\n")
    definition = workers.define(image="new", entryPoint=None)
    assert workers.task_in(workers.run(definition)["taskArn"], "STOPPED")["containers"][0]["exitCode"] == 7
    path.unlink()
    stopped = workers.task_in(workers.run(definition)["taskArn"], "STOPPED")
    assert stopped["containers"][0]["reason"].startswith("CannotPullContainerError: ")


def test_nothing_to_run_cannot_start(workers: World) -> None:
    stopped = workers.task_in(workers.run(workers.define(entryPoint=None))["taskArn"], "STOPPED")
    assert "no command specified" in stopped["containers"][0]["reason"]


def test_what_the_images_file_says_of_an_image(tmp_path: Path) -> None:
    path = tmp_path / "images.yml"
    path.write_text(
        "images:\n  app: {directory: project, interpreter: /venv/bin/python, command: [a, 1], environment: {B: 2},"
        " preload: [django]}\n  bare:\n"
    )
    images = Images(path)
    expected = Image((tmp_path / "project").resolve(), "/venv/bin/python", ("a", "1"), {"B": "2"}, ("django",))
    assert images.find("registry.example.com/app:1") == expected
    assert images.find("bare") == Image()


@pytest.mark.parametrize(
    ("variables", "wrong"), [("[A=1]", "environment"), ("{A: true}", "A"), ("{B: 1, A:}", "A"), ("{A: [1]}", "A")]
)
def test_variables_of_an_image_are_texts_or_numbers(tmp_path: Path, variables: str, wrong: str) -> None:
    path = tmp_path / "images.yml"
    path.write_text(f"images: {{app: {{environment: {variables}}}}}\n")
    with pytest.raises(CannotPull, match=f"environment of app maps names to texts or numbers, and {wrong} is none"):
        Images(path).find("app")
