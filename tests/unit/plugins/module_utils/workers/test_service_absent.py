"""The workers' service is deleted, and its end waited for on request."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.workers import service
from tests.fakes.aws import FakeAws
from tests.fakes.environment import CLUSTER, ENDS, SERVICE, Environment


@pytest.mark.parametrize("wait", [True, False])
def test_the_end_of_the_workers_is_waited_for_on_request(aws: FakeAws, wait: bool) -> None:
    left = Environment(aws)
    params = {"state": "absent", "name": SERVICE, "cluster": CLUSTER, "environment": "staging"}
    assert service.run(aws.context(), {**params, "wait": wait, "timeout": 600}).changed
    assert left.services[SERVICE]["requested"] == 0
    assert (aws.now >= ENDS) if wait else (aws.now == 0)
