"""Imports the heights of map tiles: a small application with a job queue, which is no Django project.

usage: python worker.py init | create-jobs TILES | work | check | summary

README.md tells how it behaves.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import traceback
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import boto3
import psycopg

TRIES = 3
BATCH = 10  # messages; SQS's limit
VOID = -32768  # no height, as in SRTM's files
SPANS = 100  # on a line of `check`

TABLE = """
    CREATE TABLE IF NOT EXISTS tile (
        tile integer PRIMARY KEY, height integer NOT NULL, imported timestamptz NOT NULL DEFAULT now()
    )
"""
ROW = """
    INSERT INTO tile (tile, height) VALUES (%s, %s)
    ON CONFLICT (tile) DO UPDATE SET height = excluded.height, imported = now()
"""

Message = dict[str, Any]


class Queue:
    """The queue ``JOBS_QUEUE``, which must exist."""

    def __init__(self) -> None:
        self._sqs = boto3.client("sqs")
        self._url = self._sqs.get_queue_url(QueueName=os.environ["JOBS_QUEUE"])["QueueUrl"]

    def send(self, tiles: list[int]) -> None:
        """Send a message for each of up to ten tiles.

        Raises:
            SystemExit: SQS did not take one; those before it are queued.
        """
        entries = [{"Id": str(tile), "MessageBody": json.dumps({"tile": tile})} for tile in tiles]
        answer = self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries)
        if failed := answer.get("Failed"):
            sys.exit(f"tile {failed[0]['Id']} is not queued: {failed[0].get('Message', failed[0]['Code'])}")

    def receive(self) -> list[Message]:
        """Take up to ten messages, after ``POLL_SECONDS`` none."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=int(os.environ.get("POLL_SECONDS", "10")),
            AttributeNames=["ApproximateReceiveCount"],
        )
        return list(answer.get("Messages", []))

    def delete(self, messages: list[Message]) -> None:
        """Remove up to ten messages for good."""
        entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
        if entries:
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def put_back(self, message: Message) -> None:
        """Make a message visible again at once."""
        self._sqs.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )


class Heights:
    """The heights in ``SOURCE``, two bytes for each tile; read when they are needed, and anew after a failure."""

    def __init__(self) -> None:
        self._data = b""

    def of(self, tile: int) -> int:
        """Give the height of a tile in metres.

        Raises:
            ValueError: it has none.
        """
        if not self._data:
            bucket, _, key = os.environ["SOURCE"].removeprefix("s3://").partition("/")
            self._data = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        place = 2 * (tile - 1)
        height = struct.unpack_from(">h", self._data, place)[0] if 0 <= place < len(self._data) else VOID
        if height == VOID:
            self._data = b""
            raise ValueError(f"{os.environ['SOURCE']} has no height for the tile")
        return int(height)


def connect() -> psycopg.Connection:
    """Connect to ``DATABASE_URL``."""
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def init() -> None:
    """Make the table."""
    with connect() as connection:
        connection.execute(TABLE)


def create_jobs(*tiles: str) -> None:
    """Queue a job for each tile; whether it is queued or imported already is not looked at."""
    queue = Queue()
    wanted = list(numbers(",".join(tiles)))
    for first in range(0, len(wanted), BATCH):
        queue.send(wanted[first : first + BATCH])
    print(f"{len(wanted)} tiles queued")


def work() -> None:
    """Import tiles until the process is stopped, or loses the database or the queue."""
    queue, heights = Queue(), Heights()
    with connect() as connection:
        while True:
            done = [message for message in queue.receive() if imported(connection, queue, heights, message)]
            queue.delete(done)


def imported(connection: psycopg.Connection, queue: Queue, heights: Heights, message: Message) -> bool:
    """Import the tile of a message, or put it back; tell whether the message is done with."""
    tile, tries = json.loads(message["Body"])["tile"], int(message["Attributes"]["ApproximateReceiveCount"])
    print(f"took tile {tile}")
    try:
        connection.execute(ROW, (tile, heights.of(tile)))
    except ValueError:
        traceback.print_exc()
        if tries >= TRIES:
            print(f"TILE_FAILED tile {tile}: abandoned")
            return True
        print(f"TILE_FAILED tile {tile}: try {tries}")
        queue.put_back(message)
        return False
    return True


def check() -> None:
    """Print the tiles that are imported."""
    with connect() as connection:
        tiles = [tile for (tile,) in connection.execute("SELECT tile FROM tile ORDER BY tile")]
    found = list(spans(tiles))
    for first in range(0, len(found), SPANS):
        print("TILES_DONE", *found[first : first + SPANS])
    print(f"TILES_END {len(tiles)}")


def summary() -> None:
    """Print what the database has."""
    with connect() as connection:
        row = connection.execute("SELECT count(*), min(height), max(height) FROM tile").fetchone()
    assert row
    print(f"tiles: {row[0]}" + (f", heights {row[1]} to {row[2]} m" if row[0] else ""))


def numbers(text: str) -> Iterator[int]:
    """Give the numbers of a list of numbers and ranges, such as ``1-20000`` or ``3,7-9``."""
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def spans(tiles: Iterable[int]) -> Iterator[str]:
    """Give the ranges in an ascending sequence of numbers, as ``numbers`` takes them."""
    for _, run in groupby(enumerate(tiles), lambda pair: pair[1] - pair[0]):
        first, *rest = (tile for _, tile in run)
        yield f"{first}-{rest[-1]}" if rest else str(first)


COMMANDS = {"init": init, "create-jobs": create_jobs, "work": work, "check": check, "summary": summary}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]](*sys.argv[2:])
