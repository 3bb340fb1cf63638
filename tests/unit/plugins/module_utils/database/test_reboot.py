"""A reboot is an outage: nothing of ours may use the instance."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from tests.fakes.aws import FakeAws
from tests.fakes.environment import CLUSTER, Environment
from tests.fakes.rds import Rds, resize


def test_nothing_is_rebooted_while_a_command_runs(aws: FakeAws, rds: Rds) -> None:
    environment = Environment(aws)
    environment.tasks.clear()
    environment.command("migrate", "--noinput")
    rds = Rds(aws)
    rds.group["ParameterApplyStatus"] = "pending-reboot"
    says = r"dbstaging is not rebooted for its parameter group while migrate \(migrate\) may be using it"
    with pytest.raises(Refused, match=says):
        resize(aws, parameter_group="dbstaging", cluster=CLUSTER, environment="staging")
    assert aws.count("RebootDBInstance") == 0
