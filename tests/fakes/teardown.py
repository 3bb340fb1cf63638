"""A teardown of the environment of tests/fakes/environment.py, and what it removes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Leftover
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.run import teardown
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.environment import (
    CLUSTER,
    FAMILY,
    FLEET,
    SERVICE,
    Environment,
)

ALL = [
    f"service {SERVICE}",
    f"Auto Scaling group {FLEET} (2 instances)",
    f"launch template {FLEET}",
    "database dbstaging: db.m4.xlarge back to db.t2.medium",
    f"task definition {FAMILY}:2",
    f"task definition {FAMILY}:3",
]
SERVICE_GONE, GROUP_GONE, TEMPLATE_GONE, DATABASE_BACK, *DEFINITIONS_GONE = ALL
WITHOUT_DATABASE = [each for each in ALL if each != DATABASE_BACK]
TARGET = {"environment": "staging", "cluster": CLUSTER, "family": FAMILY, "database": "dbstaging", "timeout": 7200}
PARAMS = {**TARGET, "parts": list(teardown.PARTS), "wait": True}
DENIED = Refusal("AccessDeniedException", "not allowed")


def run(aws: FakeAws, check_mode: bool = False, **params: Any) -> Result:
    return teardown.run(aws.context(check_mode), {**PARAMS, **params})


def failure(aws: FakeAws, **params: Any) -> Leftover:
    with pytest.raises(Leftover) as raised:
        run(aws, **params)
    assert raised.value.details["left"]
    assert all(each in raised.value.message for each in raised.value.details["left"])
    return raised.value


def nothing_asked(left: Environment) -> bool:
    return all(each["requested"] is None for each in left.groups.values())


def nothing_runs(left: Environment) -> bool:
    return all(each["requested"] is not None for each in left.instances.values())
