"""What a second, small application has in the account: the one in ``tiles_app``, which is no Django project."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from typing import Any

from moto.s3.models import s3_backends

from sandbox.runtime import ACCOUNT_ID, REGION

FAMILY = "Tiles"
CONTAINER = "worker"
QUEUE = "tile-jobs"
BUCKET, KEY = "tile-source", "heights.bin"
LOG_GROUP = "tiles"
TILES = 20_000


def heights() -> bytes:
    """Make the source: for each tile its height in metres as two bytes, big-endian, as in SRTM's files."""
    return struct.pack(f">{TILES}h", *(round(2000 * (1 + math.sin(tile / 300))) for tile in range(1, TILES + 1)))


def seed(
    client: Callable[[str], Any], database_url: str, registry: str, poll_seconds: int, tags: Mapping[str, str]
) -> None:
    """Make bucket, queue, log group and task definition.

    Args:
        client: gives a boto3 client for a service.
        database_url: of the database that it shares with the Climate API, with the password.
        registry: of its image.
        poll_seconds: how long a worker waits for a job.
        tags: of what has tags.
    """
    client("s3").create_bucket(Bucket=BUCKET)
    s3_backends[ACCOUNT_ID]["aws"].put_object(BUCKET, KEY, heights())
    # a minute is enough for ten tiles
    client("sqs").create_queue(QueueName=QUEUE, Attributes={"VisibilityTimeout": "60"}, tags=dict(tags))
    client("logs").create_log_group(logGroupName=LOG_GROUP, tags=dict(tags))
    environment = {
        "DATABASE_URL": database_url,
        "JOBS_QUEUE": QUEUE,
        "SOURCE": f"s3://{BUCKET}/{KEY}",
        "POLL_SECONDS": str(poll_seconds),
    }
    client("ecs").register_task_definition(
        family=FAMILY,
        containerDefinitions=[
            {
                "name": CONTAINER,
                "image": f"{registry}/tiles:1.4.0",
                "cpu": 128,
                "memory": 512,
                "entryPoint": ["python", "worker.py"],
                "environment": [{"name": name, "value": value} for name, value in environment.items()],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": LOG_GROUP,
                        "awslogs-region": REGION,
                        "awslogs-stream-prefix": "tiles",
                    },
                },
            }
        ],
        tags=[{"key": name, "value": text} for name, text in tags.items()],
    )
