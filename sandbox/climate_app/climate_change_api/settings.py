"""Settings of the stand-in for the Climate API, all from the environment of the container.

A variable without a default that is missing ends the process (exit 1, ``KeyError`` and its name).
boto3 reads ``AWS_ENDPOINT_URL``, ``AWS_DEFAULT_REGION`` and the credentials by itself.
"""

from __future__ import annotations

import os

from climate_change_api import habits

HABITS = habits.read(os.environ)

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
ALLOWED_HOSTS = [host for host in os.environ.get("DJANGO_ALLOWED_HOSTS", "").split(",") if host]

INSTALLED_APPS = ["climate_data"]
if HABITS.datasets or HABITS.clashing_model_ids:
    MIGRATION_MODULES = {"climate_data": "climate_data.later_migrations"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["RDS_HOST"],
        "PORT": os.environ.get("RDS_PORT", "5432"),
        "NAME": os.environ["RDS_DB_NAME"],
        "USER": os.environ["RDS_USER"],
        "PASSWORD": os.environ["RDS_PASSWORD"],
    }
}

SQS_QUEUE_NAME = os.environ["SQS_QUEUE_NAME"]
SQS_POLL_SECONDS = float(os.environ.get("SQS_POLL_SECONDS", "10"))
# a job here is a thousandth of a real one: what it takes longer, to be watched
JOB_SECONDS = float(os.environ.get("JOB_SECONDS", "0"))
SQS_QUEUE_ATTRIBUTES = {
    "VisibilityTimeout": str(4 * 3600),
    "ReceiveMessageWaitTimeSeconds": "10",
    "MaximumMessageSize": "1024",
}
SQS_EMPTY_POLLS = 10
SQS_MAX_RETRIES = 10

DATA_BUCKET = os.environ["DATA_BUCKET"]

# "A1B/HadCM3/2050=2,E1/HadCM3/2051=1": how many tries of a job find a damaged file
FAILING_TRIES = {
    job: int(tries)
    for job, _, tries in (each.rpartition("=") for each in os.environ.get("FAILING_TRIES", "").split(",") if each)
}

LOGGED_VARIABLES = int(os.environ.get("LOGGED_VARIABLES", "3"))  # at DEBUG a line for each city and variable
LOG_LEVEL = os.environ.get("DJANGO_LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"import_failures": {"format": "IMPORT_FAILURE %(asctime)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler"},
        "console_import_failures": {"class": "logging.StreamHandler", "formatter": "import_failures"},
    },
    "loggers": {
        "django": {"handlers": ["console"], "level": LOG_LEVEL},
        "climate_data": {"handlers": ["console"], "level": LOG_LEVEL},
        "climate_data_import_failures": {"handlers": ["console_import_failures"], "level": "DEBUG"},
    },
}
