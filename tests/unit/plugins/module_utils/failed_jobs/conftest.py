from __future__ import annotations

import pytest

from tests.fakes.aws import FakeAws
from tests.fakes.task import DEFINITION, task, tasks


@pytest.fixture
def ecs(aws: FakeAws) -> FakeAws:
    arn = DEFINITION["taskDefinitionArn"]
    aws.on("ListTaskDefinitions", {"taskDefinitionArns": [arn]})
    aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION, "tags": []})
    aws.on("RunTask", tasks(task("PENDING")))
    aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
    return aws
