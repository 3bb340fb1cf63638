from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.ecs import capacity_fit
from tests.fakes.aws import FakeAws, Refusal

M4_2XLARGE = {
    "InstanceType": "m4.2xlarge",
    "MemoryInfo": {"SizeInMiB": 32768},
    "VCpuInfo": {"DefaultVCpus": 8},
    "NetworkInfo": {"MaximumNetworkInterfaces": 4},
}
M4_LARGE = {"InstanceType": "m4.large", "MemoryInfo": {"SizeInMiB": 8192}, "VCpuInfo": {"DefaultVCpus": 2}}


def container_instance(memory: int, cpu: int = 8192, kind: str = "m4.2xlarge") -> dict:
    resources = [{"name": "CPU", "integerValue": cpu}, {"name": "MEMORY", "integerValue": memory}]
    return {"remainingResources": resources, "attributes": [{"name": "ecs.instance-type", "value": kind}]}


def test_the_task_s_own_memory_counts_before_its_containers():
    definition = {"memory": "8192", "containerDefinitions": [{"memory": 8192}, {"memory": 128}]}
    assert capacity_fit.need_of(definition) == capacity_fit.Need(memory=8192, cpu=0)


def test_soft_memory_counts_before_hard_memory():
    containers = [{"memoryReservation": 2048, "memory": 4096, "cpu": 10}, {"memory": 128, "cpu": 5}]
    assert capacity_fit.need_of({"containerDefinitions": containers}) == capacity_fit.Need(memory=2176, cpu=15)


@pytest.mark.parametrize(
    ("need", "expected"),
    [
        (capacity_fit.Need(8192, 0), 3),
        (capacity_fit.Need(8192, 4096), 2),
        (capacity_fit.Need(1024, 0, alone=True), 1),
        (capacity_fit.Need(1024, 0, interface=True), 3),
        (capacity_fit.Need(40000, 0), 0),
    ],
)
def test_what_one_instance_of_a_type_holds(need: capacity_fit.Need, expected: int):
    assert capacity_fit.room_of_type(M4_2XLARGE).holds(need) == expected


def test_host_ports_bind_an_instance_unless_the_task_has_its_own_interface():
    containers = [{"memory": 1, "portMappings": [{"containerPort": 80, "hostPort": 80}]}]
    assert capacity_fit.need_of({"containerDefinitions": containers}).alone
    own = capacity_fit.need_of({"containerDefinitions": containers, "networkMode": "awsvpc"})
    assert own.interface and not own.alone


def test_the_runbook_s_own_numbers_do_not_fit_and_that_is_said():
    plan = capacity_fit.fit_types(200, capacity_fit.Need(8192, 0), {"m4.2xlarge": M4_2XLARGE}, 20)
    assert plan.fits == 60
    assert plan.sentence == ("200 workers requested (8192 MiB each); 20 x m4.2xlarge would hold 60: 60 run, 140 wait.")


def test_with_several_types_the_smallest_is_counted_on():
    types = {"m4.2xlarge": M4_2XLARGE, "m4.large": M4_LARGE}
    assert capacity_fit.fit_types(10, capacity_fit.Need(4096, 0), types, 5).fits == 5


def test_registered_instances_count_with_what_they_have_left():
    instances = [container_instance(31000), container_instance(31000), container_instance(9000, kind="m4.large")]
    plan = capacity_fit.fit_registered(9, capacity_fit.Need(8192, 0), instances, running=2)
    assert plan.fits == 9
    assert plan.sentence == "9 workers requested (8192 MiB each); 2 x m4.2xlarge, 1 x m4.large hold 9: all run."


def test_a_type_the_region_does_not_have_is_named(aws: FakeAws):
    aws.on(
        "DescribeInstanceTypes",
        Refusal("InvalidInstanceType", "The following supplied instance types do not exist: [m9]"),
    )
    with pytest.raises(InvalidInput, match=r"m4.large, m9 exists in us-east-1: .*\[m9\]"):
        capacity_fit.describe_types(aws.context(), ["m4.large", "m9"])


ARM = {"ecs.instance-type": "m6g.large", "ecs.cpu-architecture": "arm64"}
M4 = {"ecs.instance-type": "m4.2xlarge", "ecs.cpu-architecture": "x86_64"}
ONLY_T2 = {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ t2.*"}


def ports(*numbers: int, mode: str | None = None, fixed: bool = True) -> dict[str, Any]:
    mappings = [{"containerPort": number, "hostPort": number if fixed else 0} for number in numbers]
    return {"networkMode": mode, "containerDefinitions": [{"name": "a", "portMappings": mappings}]}


@pytest.mark.parametrize(
    ("definition", "attributes", "reason"),
    [
        ({}, M4, None),
        ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, M4, "for arm64 .*instance is x86_64"),
        ({"runtimePlatform": {"cpuArchitecture": "X86_64"}}, ARM, "for x86_64 .*instance is arm64"),
        ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, ARM, None),
        ({"runtimePlatform": {"operatingSystemFamily": "LINUX"}}, M4, None),
        ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, {}, None),
        ({"placementConstraints": [ONLY_T2]}, M4, "does not satisfy the placement constraint attribute:.* =~ t2"),
        ({"placementConstraints": [ONLY_T2]}, {}, None),
        ({"placementConstraints": [{"type": "memberOf", "expression": "attribute:x == y"}]}, M4, None),
        (ports(22), M4, "port 22 is taken on every container instance"),
        (ports(8000), M4, None),
        (ports(22, fixed=False), M4, None),
        (ports(22, mode="awsvpc"), M4, None),
        (ports(51678, mode="host", fixed=False), M4, "port 51678"),
    ],
)
def test_why_an_instance_takes_no_task_however_much_room_it_has(
    definition: dict[str, Any], attributes: dict[str, str], reason: str | None
) -> None:
    found = capacity_fit.misfit(definition, attributes)
    assert found is None if reason is None else found is not None and re.search(reason, found)


def test_the_service_s_constraints_count_like_the_definition_s() -> None:
    assert capacity_fit.misfit({}, M4, [ONLY_T2, {"type": "distinctInstance"}]) is not None
    assert capacity_fit.misfit({}, {"ecs.instance-type": "t2.large"}, [ONLY_T2]) is None


def test_a_type_says_its_name_and_architecture() -> None:
    described = {"InstanceType": "t2.large", "ProcessorInfo": {"SupportedArchitectures": ["i386", "x86_64"]}}
    assert capacity_fit.attributes_of_type(described) == {
        "ecs.instance-type": "t2.large",
        "ecs.cpu-architecture": "x86_64",
    }
    assert capacity_fit.attributes_of_type({}) == {}


def test_in_host_mode_a_container_s_port_binds_the_instance() -> None:
    assert capacity_fit.need_of(ports(8000, mode="host", fixed=False)).alone
    assert not capacity_fit.need_of(ports(8000, fixed=False)).alone
