"""The application's commands as processes in a container's environment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests import waiting

PROJECT = Path(__file__).parents[3] / "sandbox" / "climate_app"


@dataclass
class Application:
    """The application with a database, a queue and data of its own.

    Attributes:
        environment: what its containers get, as the task definition would say it.
        database: psycopg's connection string of its database.
    """

    environment: dict[str, str]
    database: str
    sqs: Any
    s3: Any
    queue_url: str
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        """Start a command as a container would; it is killed at the end of the test."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=PROJECT,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.processes.append(process)
        return process

    def run(self, *command: str, code: int = 0, **environment: str) -> str:
        """Run a command to its end, check its exit code and give what it printed."""
        return self.finish(self.start(*command, **environment), code)

    def finish(self, process: subprocess.Popen[str], code: int = 0) -> str:
        """Wait for a command's end, check its exit code and give what it printed."""
        output = process.communicate(timeout=waiting.PATIENCE)[0]
        assert process.returncode == code, output
        return output

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the database."""
        if self.connection is None:
            self.connection = psycopg.connect(self.database, autocommit=True)
        cursor = self.connection.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *parameters: Any) -> Any:
        """Ask the database for a single value."""
        return self.sql(query, *parameters)[0][0]

    def jobs(self) -> tuple[int, int]:
        """Count the queue's messages: visible, in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return int(answer[names[0]]), int(answer[names[1]])

    def completed(self) -> list[tuple[str, str, int]]:
        """List the completed data sources as (scenario, model, year)."""
        return self.sql(
            "SELECT s.name, m.name, year FROM climate_data_climatedatasource d"
            " JOIN climate_data_scenario s ON s.id = scenario_id JOIN climate_data_climatemodel m ON m.id = model_id"
            " WHERE import_completed ORDER BY 1, 2, 3"
        )

    def temperatures(self, scenario: str, year: int) -> dict[tuple[str, str], float]:
        """Read the imported temperatures by (name, admin1), in kelvin."""
        data = "climate_data_climatedata d"
        if self.environment.get("CLIMATE_API_VERSION") == "2019":
            data = "climate_data_climatedatayear d JOIN climate_data_climatedatacitycell USING (map_cell_id)"
        rows = self.sql(
            f"SELECT c.name, c.admin1, tas FROM {data}"
            " JOIN climate_data_city c ON c.id = city_id JOIN climate_data_climatedatasource s ON s.id = data_source_id"
            " JOIN climate_data_scenario n ON n.id = scenario_id WHERE n.name = %s AND year = %s",
            scenario,
            year,
        )
        return {(name, admin1): tas for name, admin1, tas in rows}

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for something another process does, and fail when it does not."""
        waiting.until(condition)

    def queue_jobs(self, scenario: str, *years: int) -> None:
        """Queue what ``create_jobs SCENARIO HadCM3 YEARS`` queues."""
        scenario_id = self.value("SELECT id FROM climate_data_scenario WHERE name = %s", scenario)
        for year in years:
            body = json.dumps({"scenario_id": scenario_id, "model_id": 1, "year": str(year)})
            self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)

    def queued(self) -> list[dict[str, Any]]:
        """Take all messages out of the queue and give what they say, in the order they were sent."""
        bodies: list[dict[str, Any]] = []
        while messages := self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            bodies += [json.loads(message["Body"]) for message in messages]
        return bodies

    def close(self) -> None:
        """Kill the commands that still run."""
        if self.connection is not None:
            self.connection.close()
        for process in self.processes:
            process.kill()
            process.wait()
