"""The workers' service is deleted, and its end waited for on request."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.workers import service
from tests.fakes.aws import FakeAws, Lost, Refusal, cut
from tests.fakes.environment import CLUSTER, ENDS, SERVICE, Environment
from tests.fakes.workers import Ecs


@pytest.mark.parametrize("wait", [True, False])
def test_the_end_of_the_workers_is_waited_for_on_request(aws: FakeAws, wait: bool) -> None:
    left = Environment(aws)
    params = {"state": "absent", "name": SERVICE, "cluster": CLUSTER, "environment": "staging"}
    assert service.run(aws.context(), {**params, "wait": wait, "timeout": 600}).changed
    assert left.services[SERVICE]["requested"] == 0
    assert (aws.now >= ENDS) if wait else (aws.now == 0)


def test_a_deletion_whose_answer_was_lost_is_done(aws: FakeAws, ecs: Ecs) -> None:
    ecs.run()
    aws.on("DeleteService", Lost(cut(), ecs.delete), Refusal("ServiceNotActiveException"))
    assert ecs.run(state="absent").changed
    assert ecs.service
    assert ecs.service["status"] == "INACTIVE"
