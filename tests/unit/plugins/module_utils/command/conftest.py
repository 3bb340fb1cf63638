"""A cluster for management commands."""

from __future__ import annotations

import pytest

from tests.fakes.aws import FakeAws
from tests.fakes.task import ARN, DEFINITION, page, task, tasks


@pytest.fixture
def ecs(aws: FakeAws) -> FakeAws:
    """A cluster in which a command runs to its end at once and prints nothing."""
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [ARN]})
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION, "tags": []})
    aws.on("RunTask", tasks(task("PENDING")))
    aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
    aws.on("GetLogEvents", page("1"), page("1"))
    return aws
