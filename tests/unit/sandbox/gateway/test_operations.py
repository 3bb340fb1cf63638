"""Which operation a request is."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from sandbox.gateway.operations import Operation, identify


def environ(service: str, **more: str) -> dict[str, str]:
    scope = f"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host"
    return {"HTTP_AUTHORIZATION": scope, "REQUEST_METHOD": "POST", "PATH_INFO": "/", "QUERY_STRING": ""} | more


def test_a_json_service_names_it_in_its_target() -> None:
    target = "AmazonEC2ContainerServiceV20141113.RunTask"
    body = json.dumps({"cluster": "c", "count": 2}).encode()
    operation = identify(environ("ecs", HTTP_X_AMZ_TARGET=target), body)
    assert operation == Operation("ecs", "RunTask", {"cluster": "c", "count": 2})
    assert operation.changes


def test_a_query_service_names_it_in_the_form() -> None:
    form = {"Action": "ModifyDBInstance", "Version": "2014-10-31", "DBInstanceIdentifier": "dbstaging"}
    request = environ("rds", CONTENT_TYPE="application/x-www-form-urlencoded; charset=utf-8")
    operation = identify(request, urlencode(form).encode())
    assert operation == Operation("rds", "ModifyDBInstance", {"DBInstanceIdentifier": "dbstaging"})
    assert operation.changes


@pytest.mark.parametrize(
    ("method", "path", "query", "name", "changes"),
    [
        ("GET", "/", "", "ListBuckets", False),
        ("PUT", "/bucket", "", "CreateBucket", True),
        ("HEAD", "/bucket", "", "HeadBucket", False),
        ("GET", "/bucket", "list-type=2&prefix=a", "ListObjectsV2", False),
        ("GET", "/bucket", "", "ListObjects", False),
        ("GET", "/bucket", "tagging", "GetBucketTagging", False),
        ("GET", "/bucket/some/key.nc", "", "GetObject", False),
        ("HEAD", "/bucket/some/key.nc", "", "HeadObject", False),
        ("PUT", "/bucket/some/key.nc", "", "PutObject", True),
        ("PUT", "/bucket/some/key.nc", "partNumber=1&uploadId=u", "UploadPart", True),
        ("DELETE", "/bucket/some/key.nc", "", "DeleteObject", True),
        ("POST", "/bucket", "delete", "DeleteObjects", True),
        ("PATCH", "/bucket", "", "PATCH /bucket", True),
    ],
)
def test_s3_is_told_by_method_path_and_query(method: str, path: str, query: str, name: str, changes: bool) -> None:
    operation = identify(environ("s3", REQUEST_METHOD=method, PATH_INFO=path, QUERY_STRING=query), b"")
    assert (operation.name, operation.changes) == (name, changes)


@pytest.mark.parametrize(
    ("service", "name", "changes"),
    [
        ("ecs", "DescribeTasks", False),
        ("ecs", "ListTasks", False),
        ("logs", "FilterLogEvents", False),
        ("sts", "GetCallerIdentity", False),
        ("sts", "AssumeRole", False),
        ("iam", "SimulatePrincipalPolicy", False),
        ("sqs", "ReceiveMessage", True),  # it hides what it gives
        ("sqs", "PurgeQueue", True),
        ("ecs", "RegisterTaskDefinition", True),
        ("autoscaling", "SetDesiredCapacity", True),
    ],
)
def test_what_changes_something(service: str, name: str, changes: bool) -> None:
    assert Operation(service, name).changes is changes


def test_a_copy_is_told_by_its_header() -> None:
    request = environ("s3", REQUEST_METHOD="PUT", PATH_INFO="/bucket/key", HTTP_X_AMZ_COPY_SOURCE="bucket/other")
    assert identify(request, b"").name == "CopyObject"


def test_a_dry_run_changes_nothing() -> None:
    assert not Operation("ec2", "RunInstances", {"DryRun": "true"}).changes
    assert Operation("ec2", "RunInstances", {"DryRun": "false"}).changes


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"{" + b" " * 70_000 + b"}"])
def test_a_body_that_is_no_json_object_or_too_large_gives_no_parameters(body: bytes) -> None:
    assert identify(environ("ecs", HTTP_X_AMZ_TARGET="X.ListClusters"), body).parameters == {}


def test_an_unsigned_request_is_taken_for_s3_as_moto_does() -> None:
    request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/bucket/key", "QUERY_STRING": ""}
    assert identify(request, b"") == Operation("s3", "GetObject", {"Bucket": "bucket", "Key": "key"})


def test_an_unsigned_request_of_another_protocol_is_named_as_far_as_it_says() -> None:
    target = "AmazonEC2ContainerServiceV20141113.RunTask"
    request = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "QUERY_STRING": ""}
    named = identify(request | {"HTTP_X_AMZ_TARGET": target}, b"{}")
    assert (named.service, named.name) == ("AmazonEC2ContainerServiceV20141113", "RunTask")
    assert identify(request, b"Action=RunInstances&Version=2016-11-15") == Operation("unknown", "RunInstances")


def test_a_service_nobody_knows_is_recorded_as_method_and_path() -> None:
    assert identify(environ("nonesuch", PATH_INFO="/v1/things"), b"").name == "POST /v1/things"
