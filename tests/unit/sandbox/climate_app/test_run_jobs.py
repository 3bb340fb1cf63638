"""``run_jobs``: what it does, and how it loses jobs."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from sandbox import data, data_files
from tests.fakes.sandbox.application import Application

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
CUT = f"SELECT pg_terminate_backend(pid) {OTHERS}"


def marked(output: str) -> list[str]:
    """Pick the lines that begin IMPORT_FAILURE."""
    return [line for line in output.splitlines() if line.startswith("IMPORT_FAILURE")]


def import_failures(output: str) -> list[str]:
    """Pick those of jobs that were dropped."""
    return [line for line in marked(output) if line.endswith("giving up.")]


@contextmanager
def blocked_worker(app: Application, year: int) -> Iterator[subprocess.Popen[str]]:
    """Give a worker that has written 100 of 200 rows of the year and waits to write the next ones."""
    app.queue_jobs("A1B", year)
    source = app.value(
        "INSERT INTO climate_data_climatedatasource (scenario_id, model_id, year, import_completed)"
        " SELECT id, 1, %s, false FROM climate_data_scenario WHERE name = 'A1B' RETURNING id",
        year,
    )
    with psycopg.connect(app.database) as blocker:
        blocker.execute(
            "INSERT INTO climate_data_climatedata (city_id, data_source_id, tas)"
            " SELECT id, %s, 0 FROM climate_data_city ORDER BY id OFFSET 120 LIMIT 1",
            [source],
        )
        worker = app.start("run_jobs")
        app.wait_until(lambda: app.value(f"SELECT count(*) {OTHERS} AND wait_event_type = 'Lock'") == 1)
        yield worker
        blocker.rollback()


def test_imports_and_completes(app: Application) -> None:
    """Each city gets the value of its nearest cell, as the original file has it."""
    app.queue_jobs("A1B", 2050, 2099)
    app.queue_jobs("E1", 2050)
    output = app.run("run_jobs")
    assert app.completed() == [("A1B", "HadCM3", 2050), ("A1B", "HadCM3", 2099), ("E1", "HadCM3", 2050)]
    assert app.temperatures("A1B", 2050) == data_files.reference("A1B", 2050)
    assert app.temperatures("A1B", 2099) == data_files.reference("A1B", 2099)
    assert app.temperatures("E1", 2050) == data_files.reference("E1", 2050)
    assert app.jobs() == (0, 0)
    assert "Processing SQS message for model HadCM3 scenario A1B year 2050" in output
    assert "Empty queue" not in output


def test_a_job_takes_longer_where_it_is_to_be_watched(app: Application) -> None:
    app.sqs.send_message(QueueUrl=app.queue_url, MessageBody='{"scenario_id": 4, "model_id": 1, "year": "2050"}')
    started = time.monotonic()
    app.finish(app.start("run_jobs", JOB_SECONDS="3"))
    assert time.monotonic() - started >= 3


def test_ends_after_ten_empty_polls_in_a_row(app: Application) -> None:
    """A poll is as long as the environment says; a job starts the count anew."""
    worker = app.start("run_jobs", DJANGO_LOG_LEVEL="DEBUG", SQS_POLL_SECONDS="0.1")
    assert worker.stdout is not None
    for line in worker.stdout:
        if line.startswith("Empty queue (3 of 10)"):
            break
    app.sqs.send_message(QueueUrl=app.queue_url, MessageBody='{"scenario_id": 4, "model_id": 1, "year": "2050"}')
    started = time.monotonic()
    output = app.finish(worker)
    assert time.monotonic() - started >= 10 * 0.1
    after = output[output.index("Processing SQS message") :]
    assert [line for line in after.splitlines() if line.startswith("Empty queue")] == [
        f"Empty queue ({number} of 10)" for number in range(1, 11)
    ]


def test_missing_input_is_tried_eleven_times_and_dropped(app: Application) -> None:
    """Exit 0, an empty queue and one line are all that is left of the job; the others go on."""
    app.queue_jobs("RCP85", 2050)
    app.queue_jobs("A1B", 2050)
    output = app.run("run_jobs")
    assert app.jobs() == (0, 0)
    assert app.completed() == [("A1B", "HadCM3", 2050)]
    assert output.count("Processing SQS message for model HadCM3 scenario RCP85 year 2050") == 11
    (failure,) = import_failures(output)
    assert failure.endswith("for model id 1 scenario id 3 year 2050 failed more than 10 times, giving up.")
    cause = output[: output.index(failure)].splitlines()[-1]
    assert cause.startswith("botocore.errorfactory.NoSuchKey")


def test_each_try_that_failed_is_told_by_names(app: Application) -> None:
    """The marked line of a try is followed by its traceback, and says nothing about the job's end."""
    app.queue_jobs("RCP85", 2050)
    output = app.run("run_jobs")
    tries = marked(output)[:-1]
    assert len(tries) == 11
    assert all(line.endswith("Failed to process data for model HadCM3 scenario RCP85 year 2050") for line in tries)
    assert output[output.index(tries[0]) :].splitlines()[1].startswith("Traceback")


def test_at_debug_a_job_prints_a_line_for_each_city_and_variable(app: Application) -> None:
    """What names a job is hundreds of lines before what its failure prints."""
    app.queue_jobs("A1B", 2050)
    output = app.run("run_jobs", DJANGO_LOG_LEVEL="DEBUG")
    assert output.count("processing variable") == 3 * data.CITY_COUNT
    app.queue_jobs("A1B", 2051)
    assert "processing variable" not in app.run("run_jobs", DJANGO_LOG_LEVEL="DEBUG", LOGGED_VARIABLES="0")


def test_a_file_of_another_year_is_refused(app: Application) -> None:
    """The time inside of the file counts, not its name."""
    content = app.s3.get_object(Bucket=data.BUCKET, Key=data.netcdf_key("A1B", 2051))["Body"].read()
    app.s3.put_object(Bucket=data.BUCKET, Key=data.netcdf_key("RCP45", 2050), Body=content)
    app.queue_jobs("RCP45", 2050)
    output = app.run("run_jobs")
    assert "netcdf/RCP45/HadCM3/2050.nc holds the year 2051" in output
    assert len(import_failures(output)) == 1
    assert app.completed() == []


def test_without_cities_nothing_is_imported(app: Application) -> None:
    """The job is gone and the exit code 0, but the data source is not completed."""
    app.sql("DELETE FROM climate_data_city")
    app.queue_jobs("A1B", 2050)
    output = app.run("run_jobs")
    assert "No cities need import for A1B HadCM3 2050, quitting early" in output
    assert app.jobs() == (0, 0)
    assert app.sql("SELECT year, import_completed FROM climate_data_climatedatasource") == [(2050, False)]
    assert app.value("SELECT count(*) FROM climate_data_climatedata") == 0


def test_queued_twice_costs_twice_and_changes_nothing(app: Application) -> None:
    """A completed source is imported again, to the same values."""
    app.queue_jobs("A1B", 2050, 2050)
    output = app.run("run_jobs")
    assert output.count("Imported 200 cities for A1B HadCM3 2050") == 2
    assert app.completed() == [("A1B", "HadCM3", 2050)]
    assert app.temperatures("A1B", 2050) == data_files.reference("A1B", 2050)
    assert app.value("SELECT count(*) FROM climate_data_climatedata") == data.CITY_COUNT


def test_a_killed_worker_leaves_half_a_source_and_its_message_in_flight(app: Application) -> None:
    """Other workers exit 0 meanwhile; the job queued again completes the source."""
    with blocked_worker(app, 2050) as worker:
        worker.send_signal(signal.SIGKILL)
        app.finish(worker, -signal.SIGKILL)
    # the server ends the statement of a client that is gone
    app.wait_until(lambda: app.value(f"SELECT count(*) {OTHERS}") == 0)
    assert 0 < app.value("SELECT count(*) FROM climate_data_climatedata") < data.CITY_COUNT
    assert app.jobs() == (0, 1)

    app.queue_jobs("A1B", 2051)
    assert import_failures(app.run("run_jobs")) == []
    assert app.jobs() == (0, 1)
    assert app.completed() == [("A1B", "HadCM3", 2051)]

    app.queue_jobs("A1B", 2050)
    app.run("run_jobs")
    assert app.completed() == [("A1B", "HadCM3", 2050), ("A1B", "HadCM3", 2051)]
    assert app.temperatures("A1B", 2050) == data_files.reference("A1B", 2050)


def test_a_connection_cut_between_jobs_loses_each_job_after_it(app: Application) -> None:
    """The database is there all the time; this worker never asks it again."""
    app.queue_jobs("A1B", 2050)
    worker = app.start("run_jobs", SQS_POLL_SECONDS="0.1")
    app.wait_until(lambda: len(app.completed()) == 1 and app.jobs() == (0, 0))
    app.sql(CUT)
    app.queue_jobs("A1B", 2051, 2052, 2053)
    output = app.finish(worker)
    assert len(import_failures(output)) == 3
    assert app.jobs() == (0, 0)
    assert app.completed() == [("A1B", "HadCM3", 2050)]


def test_a_connection_cut_while_writing_loses_each_job_from_it_on(app: Application) -> None:
    """The job at hand is half written, and not even tried again with a new connection."""
    with blocked_worker(app, 2050) as worker:
        app.queue_jobs("A1B", 2051, 2052)
        app.sql(CUT + " AND wait_event_type = 'Lock'")
        output = app.finish(worker)
    assert len(import_failures(output)) == 3
    assert app.jobs() == (0, 0)
    assert app.completed() == []
    assert app.value("SELECT count(*) FROM climate_data_climatedata") == 100


def test_without_a_database_the_queue_is_emptied(app: Application) -> None:
    """Every job is tried, failed and dropped, exit 0."""
    app.queue_jobs("A1B", 2050, 2051)
    output = app.run("run_jobs", RDS_DB_NAME="nowhere")
    assert len(import_failures(output)) == 2
    assert app.jobs() == (0, 0)


def test_a_message_that_is_no_job_kills_the_worker(app: Application) -> None:
    """It stays in flight, to kill the next one."""
    app.sqs.send_message(QueueUrl=app.queue_url, MessageBody="hello")
    assert "JSONDecodeError" in app.run("run_jobs", code=1)
    assert app.jobs() == (0, 1)
