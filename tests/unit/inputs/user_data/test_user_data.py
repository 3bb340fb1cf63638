"""User data of container instances: which cluster it joins, and where draining is turned on."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.fleet import launch_copy, user_data
from ansible_collections.climate.ingest.plugins.module_utils.fleet.launch_source import Source
from tests.fakes.aws import FakeAws
from tests.fakes.fleet import scripts_run
from tests.fakes.sound_account import check, configuration, problems

HERE = Path(__file__).parent
CLUSTER = "web-staging"
UNREADABLE = {
    "configuration_from_s3.sh": "names no cluster",
    "cluster_composed.sh": "computes or fetches the name of the cluster",
    "cluster_from_a_parameter.sh": "computes or fetches the name of the cluster",
    "cluster_from_a_tag.sh": "computes or fetches the name of the cluster",
}
READABLE = ["shell_variable.sh", "exit_at_the_end.sh", "part_in_base64.mime", "file_in_base64.cloud-config"]
DRAINING = "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true"


def encoded(name: str) -> str:
    return base64.b64encode((HERE / name).read_bytes()).decode()


def copied(name: str) -> tuple[str, list[str]]:
    """Give the user data of the copy, and the warnings."""
    source = Source("lc", {"UserData": encoded(name)}, "ami-1", [])
    text, warnings = launch_copy.user_data_for(source, CLUSTER)
    return user_data.decode(text), warnings


def configured(name: str) -> dict[str, Any]:
    (found,) = configuration()["LaunchConfigurations"]
    return {"DescribeLaunchConfigurations": {"LaunchConfigurations": [found | {"UserData": encoded(name)}]}}


@pytest.mark.parametrize(("name", "how"), UNREADABLE.items())
def test_a_cluster_that_cannot_be_read_is_warned_of_and_blocks_nothing(aws: FakeAws, name: str, how: str) -> None:
    warning, *others = check(aws, {"ingest_cluster": CLUSTER}, configured(name)).warnings
    assert warning.startswith(f"The user data of lc {how}, so whether its instances join {CLUSTER} cannot be read")
    assert "$" not in warning and others == []


@pytest.mark.parametrize("name", READABLE)
def test_a_cluster_that_can_be_read_needs_no_warning(aws: FakeAws, name: str) -> None:
    assert check(aws, {"ingest_cluster": CLUSTER}, configured(name)).warnings == []


@pytest.mark.parametrize("name", READABLE[1:])
def test_another_cluster_is_refused(aws: FakeAws, name: str) -> None:
    (problem,) = problems(aws, {"ingest_cluster": "other"}, configured(name))
    assert f"The user data of lc names cluster {CLUSTER} instead of other" in problem


@pytest.mark.parametrize("name", ["shell_variable.sh", "exit_at_the_end.sh", "part_in_base64.mime"])
def test_draining_is_written_where_the_cluster_is(name: str, tmp_path: Path) -> None:
    text, warnings = copied(name)
    assert warnings == []
    assert scripts_run(text, tmp_path).splitlines() == [f"ECS_CLUSTER={CLUSTER}", DRAINING]


def test_a_file_in_base64_stays_and_a_script_adds_draining_to_it(tmp_path: Path) -> None:
    name = "file_in_base64.cloud-config"
    text, warnings = copied(name)
    assert warnings == []
    assert (HERE / name).read_text().rstrip() in text
    assert scripts_run(text, tmp_path).splitlines() == [DRAINING]


@pytest.mark.parametrize("name", UNREADABLE)
def test_draining_follows_what_is_computed_or_fetched(name: str, tmp_path: Path) -> None:
    text, warnings = copied(name)
    assert not any("cannot be turned on" in each for each in warnings)
    assert scripts_run(text, tmp_path).splitlines() == [f"ECS_CLUSTER={CLUSTER}", DRAINING]
