"""What is checked and sent before a command starts."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.command.management_command import run
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    InvalidInput,
    NotFound,
)
from tests.fakes.aws import FakeAws
from tests.fakes.task import PARAMS, page


def test_launch_options_and_variables_reach_ecs(ecs: FakeAws) -> None:
    constraint = {"type": "memberOf", "expression": "attribute:ecs.instance-type != m4.2xlarge"}
    run(ecs.context(), {**PARAMS, "env": {"LEVEL": 1}, "launch_type": "EC2", "placement_constraints": [constraint]})
    sent = ecs.sent("RunTask")[0]
    assert (sent["launchType"], sent["placementConstraints"]) == ("EC2", [constraint])
    override = sent["overrides"]["containerOverrides"][0]
    assert override["environment"] == [{"name": "LEVEL", "value": "1"}]


def test_a_long_command_is_called_by_its_first_argument(ecs: FakeAws) -> None:
    ecs.on("GetLogEvents", page("1", "x"), page("1"))
    run(ecs.context(), {**PARAMS, "command": ["shell", "-c", "import a\nprint(a)"]})
    assert ecs.progress.lines == ["shell: x"]


@pytest.mark.parametrize("clusters", [[], [{"status": "INACTIVE"}]])
def test_check_mode_misses_the_cluster(ecs: FakeAws, clusters: list[dict[str, str]]) -> None:
    ecs.on("DescribeClusters", {"clusters": clusters, "failures": []})
    with pytest.raises(NotFound, match="no ACTIVE cluster 'ecsStagingCluster'"):
        run(ecs.context(check_mode=True), PARAMS)


@pytest.mark.parametrize(
    "wrong",
    [{"command": "migrate,"}, {"started_by": "a b"}, {"client_token": "é"}, {"timeout": 0}, {"command": "x" * 9000}],
)
def test_wrong_input_is_found_before_any_call(aws: FakeAws, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        run(aws.context(), {**PARAMS, **wrong})
    assert aws.calls == []


def test_an_unknown_container_is_found_before_anything_starts(ecs: FakeAws) -> None:
    with pytest.raises(NotFound, match="has no container 'web'; it has: management, statsd"):
        run(ecs.context(), {**PARAMS, "container": "web"})
    assert ecs.changes() == []


def test_a_task_of_no_environment_carries_no_tags(ecs: FakeAws) -> None:
    run(ecs.context(), {**PARAMS, "environment": None})
    assert "tags" not in ecs.sent("RunTask")[0]
