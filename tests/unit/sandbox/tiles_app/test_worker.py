"""The second application by its commands, in processes of their own, on a sandbox that has it."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.runtime import REGION
from sandbox.seed import tiles
from sandbox.server import Sandbox
from tests.waiting import PATIENCE

FOLDER = Path(tiles.__file__).parents[1] / "tiles_app"
Client = Callable[..., Any]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("state"), settings={"tiles": True}, data=False) as sandbox:
        yield sandbox


class Tiles:
    """The application, started as its container would be."""

    def __init__(self, account: Sandbox, client: Client) -> None:
        self.sqs, self.s3 = client("sqs"), client("s3")
        self.url = self.sqs.get_queue_url(QueueName=tiles.QUEUE)["QueueUrl"]
        definition = client("ecs").describe_task_definition(taskDefinition=tiles.FAMILY)["taskDefinition"]
        [self.container] = definition["containerDefinitions"]
        keys = account.credentials.operator
        self.environment = {
            **{each["name"]: each["value"] for each in self.container["environment"]},
            "PATH": os.environ["PATH"],
            "PYTHONUNBUFFERED": "1",
            "AWS_ENDPOINT_URL": account.endpoint_url,
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_DEFAULT_REGION": REGION,
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        program, *rest = self.container["entryPoint"]
        assert program == "python"
        return subprocess.Popen(
            [sys.executable, *rest, *command], cwd=FOLDER, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *command: str, code: int = 0) -> str:
        process = self.start(*command)
        printed = process.communicate(timeout=PATIENCE)[0]
        assert process.returncode == code, printed
        return printed

    def work(self, last: str) -> str:
        """Let a worker work until a line of it; it is killed then."""
        process = self.start("work")
        assert process.stdout
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith(last):
                break
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        assert last in printed, printed
        return printed

    def jobs(self) -> tuple[int, int]:
        """Count the queue's messages: visible, in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])


@pytest.fixture
def app(account: Sandbox, client: Client) -> Iterator[Tiles]:
    """The application without jobs, rows or voids of another test."""
    app = Tiles(account, client)
    with psycopg.connect(app.environment["DATABASE_URL"]) as connection:
        connection.execute("DROP TABLE IF EXISTS tile")
    app.run("init")
    yield app
    account.pass_time(3600)
    while messages := app.sqs.receive_message(QueueUrl=app.url, MaxNumberOfMessages=10).get("Messages"):
        for each in messages:
            app.sqs.delete_message(QueueUrl=app.url, ReceiptHandle=each["ReceiptHandle"])
    app.s3.put_object(Bucket=tiles.BUCKET, Key=tiles.KEY, Body=tiles.heights())


def void(app: Tiles, tile: int) -> None:
    source = bytearray(tiles.heights())
    struct.pack_into(">h", source, 2 * (tile - 1), -32768)
    app.s3.put_object(Bucket=tiles.BUCKET, Key=tiles.KEY, Body=bytes(source))


def test_tiles_are_imported(app: Tiles, until: Any) -> None:
    assert app.run("check") == "TILES_END 0\n"
    assert app.run("summary") == "tiles: 0\n"
    assert app.run("create-jobs", "1-11,15") == "12 tiles queued\n"
    app.run("create-jobs", "15")
    assert app.jobs() == (13, 0), "it does not look at what is queued"
    process = app.start("work")
    until(lambda: app.jobs() == (0, 0))
    process.kill()
    assert process.communicate(timeout=PATIENCE)[0].count("took tile") == 13
    assert app.run("check") == "TILES_DONE 1-11 15\nTILES_END 12\n"
    assert app.run("summary").startswith("tiles: 12, heights 2007 to ")


def test_a_tile_that_fails_is_tried_again_and_then_abandoned(app: Tiles) -> None:
    void(app, 117)
    app.run("create-jobs", "117")
    printed = app.work("TILE_FAILED tile 117: abandoned")
    told = [line for line in printed.splitlines() if line.startswith(("took", "TILE_FAILED"))]
    tries = ["TILE_FAILED tile 117: try 1", "TILE_FAILED tile 117: try 2", "TILE_FAILED tile 117: abandoned"]
    assert told == [line for each in tries for line in ("took tile 117", each)]
    assert "ValueError: s3://tile-source/heights.bin has no height for the tile" in printed


def test_a_tile_that_the_source_does_not_have_fails(app: Tiles) -> None:
    app.run("create-jobs", str(tiles.TILES + 1))
    app.work(f"TILE_FAILED tile {tiles.TILES + 1}: try 1")


def test_a_killed_worker_leaves_its_tiles_in_flight(app: Tiles, account: Sandbox) -> None:
    app.run("create-jobs", "201-212")
    app.work("took tile 201")
    assert app.jobs() == (2, 10)
    account.pass_time(61)
    assert app.jobs() == (12, 0)


def test_what_is_no_command_or_no_tile_is_an_error(app: Tiles) -> None:
    assert "usage: python worker.py init" in app.run("migrate", code=1)
    assert "invalid literal for int" in app.run("create-jobs", "A1B", code=1)
    assert app.jobs() == (0, 0)
