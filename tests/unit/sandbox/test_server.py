"""The account as a whole: its state, its end, one after another in a process."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from moto.rds.models import RDSBackend, rds_backends
from moto.sqs.models import SQSBackend, sqs_backends

from sandbox import processes
from sandbox.server import Sandbox
from sandbox.timing import Timing
from tests.fakes.sandbox.control import control

Client = Callable[..., Any]


def test_the_status_is_given_even_when_the_database_is_gone(account: Sandbox, client: Client) -> None:
    client("rds").delete_db_instance(DBInstanceIdentifier="dbstaging", SkipFinalSnapshot=True)
    status = control(account, "status")
    assert status["endpoint"] == account.endpoint_url and "database" not in status
    # and a reset brings it back, at the same address
    client("ecs").create_cluster(clusterName="other")
    again = control(account, "reset", "POST")
    assert again["endpoint"] == account.endpoint_url and again["calls"] == 0
    assert again["database"]["status"] == "available"
    assert [arn.rpartition("/")[2] for arn in client("ecs").list_clusters()["clusterArns"]] == ["ecsStagingCluster"]


def test_only_one_at_a_time_in_a_process(account: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="has a sandbox already"):
        Sandbox(tmp_path).start()
    assert control(account, "status")["endpoint"] == account.endpoint_url


class TestOneAfterAnother:
    """Sandboxes that are started here; the module's own must have ended."""

    @pytest.fixture(autouse=True)
    def alone(self, account: Sandbox) -> Any:
        account.stop()
        yield
        account.start()

    def test_an_account_without_launch_configurations_has_a_template(self, tmp_path: Path) -> None:
        with Sandbox(tmp_path, settings={"launch_configurations": False}, data=False) as sandbox:
            (group,) = sandbox.clients("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
            template = group["LaunchTemplate"]
            (version,) = sandbox.clients("ec2").describe_launch_template_versions(
                LaunchTemplateId=template["LaunchTemplateId"]
            )["LaunchTemplateVersions"]
            data = version["LaunchTemplateData"]
            assert data["InstanceType"] == "t2.large"
            assert "ECS_CLUSTER=ecsStagingCluster" in base64.b64decode(data["UserData"]).decode()
            assert sandbox.status()["cluster"]["instances"] == 2

    def test_it_ends_with_everything_and_moto_is_as_it_was(self, tmp_path: Path) -> None:
        before = set(psutil.Process().children(recursive=True))
        with Sandbox(tmp_path, timing=Timing("quick", {"instance_boot": 0.1}), data=False) as sandbox:
            assert (tmp_path / "endpoint").read_text() == sandbox.endpoint_url + "\n"
            scratch, children = sandbox.runtime.scratch_dir, set(psutil.Process().children(recursive=True)) - before
            assert children and scratch.is_dir()
        assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
        assert not scratch.exists() and not (tmp_path / "endpoint").exists()
        assert list(processes.find(sandbox.endpoint_url, scratch)) == []
        assert (rds_backends.backend, sqs_backends.backend) == (RDSBackend, SQSBackend)

    def test_a_start_that_fails_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sandbox.server.seed", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Sandbox(tmp_path, data=False).start()
        assert list(tmp_path.iterdir()) == []
