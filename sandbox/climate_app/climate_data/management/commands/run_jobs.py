"""``run_jobs``: work off the job queue until it stays empty."""

from __future__ import annotations

import json
import logging
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from climate_data.importer import Importer
from climate_data.queue import JobQueue

logger = logging.getLogger("climate_data")
failure_logger = logging.getLogger("climate_data_import_failures")


class Command(BaseCommand):
    """Takes jobs ``{"scenario_id": 1, "model_id": 1, "year": "2016"}`` until ten polls were empty since one succeeded.

    It exits 0 whatever became of the jobs. A failing one is given back to the queue; when this worker has seen
    it fail more than ten times, it is dropped. A line that begins ``IMPORT_FAILURE`` tells of every try that failed, by
    the job's names; all that is left of one that was dropped is such a line with its ids that ends in "giving up."
    """

    help = "Processes jobs from SQS to import climate data from NetCDF files"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until the queue stays empty."""
        logger.info("Starting job processing...")
        queue, importer = JobQueue(), Importer()
        failures: Counter[str] = Counter()
        empty_polls = 0
        while empty_polls < settings.SQS_EMPTY_POLLS:
            message = queue.receive()
            if message is None:
                empty_polls += 1
                logger.debug("Empty queue (%s of %s)", empty_polls, settings.SQS_EMPTY_POLLS)
                continue
            try:
                importer.run(json.loads(message["Body"]), int(message["Attributes"]["ApproximateReceiveCount"]))
                queue.delete(message)
                empty_polls = 0
            except Exception:
                handle_failing_message(queue, message, failures)
        logger.info("Finished processing jobs")


def handle_failing_message(queue: JobQueue, message: dict[str, Any], failures: Counter[str]) -> None:
    """Give a message back to the queue, or delete it if it failed too often; called where its exception is handled.

    Args:
        failures: how often this worker has seen each job fail, by message body.
    """
    body = message["Body"]
    job = json.loads(body)
    dataset = "dataset {dataset} ".format(**job) if settings.HABITS.datasets else ""
    label = "Message ID {} for {}model id {model_id} scenario id {scenario_id} year {year}".format(
        message["MessageId"], dataset, **job
    )
    failures[body] += 1
    logger.warning("%s failed %s time(s)", label, failures[body])
    if failures[body] <= settings.SQS_MAX_RETRIES:
        queue.release(message)
        return
    error = f"{label} failed more than {settings.SQS_MAX_RETRIES} times, giving up."
    logger.exception(error)
    failure_logger.error(error)
    queue.delete(message)
