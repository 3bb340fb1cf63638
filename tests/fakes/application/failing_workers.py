"""The logs of workers whose jobs fail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.finder import PAGE, FailedJobs
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.log_words import LogWords, read_words
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from tests.fakes.aws import FakeAws

LOG = {"logDriver": "awslogs", "options": {"awslogs-group": "logs", "awslogs-stream-prefix": "ecs"}}
SECRET = [{"name": "RDS_PASSWORD", "value": "geheim"}]
BEGAN = datetime(2026, 3, 1, 10, tzinfo=UTC)
AT = int(BEGAN.timestamp() * 1000)
RUN = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop")
WORDS = read_words(None, {}, ["model", "year"])
TILES = read_words(
    "TILE_FAILED",
    {
        "taken": r"took tile (?P<tile>\d+)",
        "failed": r"TILE_FAILED tile (?P<tile>\d+): try \d+",
        "given_up": r"TILE_FAILED tile (?P<tile>\d+): abandoned",
        "final": "abandoned",
    },
    ["tile"],
)
TRACEBACK = ["Traceback (most recent call last):", "  File", "FileNotFoundError: tas.nc (geheim)"]


def marked(year: int, model: int = 3, dataset: str = "") -> str:
    job = f"{dataset}model id {model} scenario id 1 year {year}"
    return f"IMPORT_FAILURE 10:00 Message ID m for {job} failed more than 10 times, giving up."


def tried(year: int, model: str = "HadCM3", dataset: str = "") -> str:
    return f"IMPORT_FAILURE 10:00 Failed to process data for {dataset}model {model} scenario A1B year {year}"


class Logs:
    """What workers print: a stream each, in which a job fails and the next one is taken at once."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.streams: dict[str, list[str]] = {}
        aws.on("FilterLogEvents", self._filter)
        aws.on("GetLogEvents", self._get)

    def fail(self, stream: str, year: int, model: str = "HadCM3", named: bool = True, number: int = 3) -> None:
        taken = [f"Processing SQS message for model {model} scenario A1B year {year}"] if named else []
        self.streams.setdefault(stream, []).extend([*taken, *TRACEBACK, marked(year, number)])

    def _filter(self, params: dict[str, Any]) -> dict[str, Any]:
        return {
            "events": [
                {"logStreamName": name, "eventId": f"{name}/{at}", "timestamp": AT, "message": line}
                for name, lines in self.streams.items()
                for at, line in enumerate(lines)
                if params["filterPattern"].strip('"') in line
            ]
        }

    def _get(self, params: dict[str, Any]) -> dict[str, Any]:
        assert params["endTime"] > AT and not params["startFromHead"] and params["limit"] == PAGE
        lines = self.streams[params["logStreamName"]]
        end = int(params.get("nextToken", len(lines)))
        begin = max(0, end - PAGE)
        events = [{"timestamp": AT, "message": line} for line in lines[begin:end]]
        return {"events": events, "nextBackwardToken": str(begin), "nextForwardToken": "f"}


def finder(
    aws: FakeAws, context: Any = None, log: dict[str, Any] = LOG, words: LogWords = WORDS, scenario: str = ""
) -> FailedJobs:
    container = {"name": "management", "logConfiguration": log, "environment": SECRET}
    definition = {"containerDefinitions": [container]}
    return FailedJobs(context or aws.context(), definition, "management", words, BEGAN, scenario)
