"""Makes what terraform makes in the account: bucket, queue, log group, task definition."""

import os
import secrets
from pathlib import Path

import boto3

data = Path(__file__).parent.with_name("data")

s3 = boto3.client("s3")
s3.create_bucket(Bucket="weather-data")
s3.upload_file(data / "stations.geojson", "weather-data", "stations.geojson")
boto3.client("sqs").create_queue(QueueName="weather-jobs", Attributes={"VisibilityTimeout": "14400"})
boto3.client("logs").create_log_group(logGroupName="weather")
environment = {
    "DJANGO_SETTINGS_MODULE": "weather.settings",
    "SECRET_KEY": secrets.token_urlsafe(),
    "QUEUE": "weather-jobs",
    "BUCKET": "weather-data",
    "DB_HOST": os.environ["PGHOST"],
    "DB_PORT": os.environ["PGPORT"],
    "DB_NAME": "weather",
    "DB_USER": os.environ["PGUSER"],
    "DB_PASSWORD": os.environ["PGPASSWORD"],
}
boto3.client("ecs").register_task_definition(
    family="weather",
    containerDefinitions=[
        {
            "name": "app",
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/weather:latest",
            "memory": 512,
            "entryPoint": ["./manage.py"],
            "environment": [{"name": name, "value": value} for name, value in environment.items()],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "weather",
                    "awslogs-region": os.environ["AWS_REGION"],
                    "awslogs-stream-prefix": "app",
                },
            },
        }
    ],
)
print("registered the task definition weather")
