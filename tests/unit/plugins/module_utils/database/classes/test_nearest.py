"""The class that comes nearest has the same memory, a family of the same letter, and the latest generation."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.database.classes.nearest import InstanceClass, nearest

FAMILIES = ("t3", "t4g", "m5", "m5d", "m6g", "m6gd", "m6i", "m7g", "r5", "r6g", "r6gd", "r7g")
SIZES = ("micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
OFFERED = [f"db.{family}.{size}" for family in FAMILIES for size in SIZES if size[-6:] == "xlarge" or family[0] == "t"]
OFFERED += [f"db.{family}.large" for family in FAMILIES if family[0] != "t"] + ["db.serverless"]


@pytest.mark.parametrize(
    ("name", "memory"),
    [
        ("db.t2.micro", 1),
        ("db.t2.medium", 4),
        ("db.t4g.2xlarge", 32),
        ("db.m3.medium", 4),
        ("db.m4.xlarge", 16),
        ("db.m4.10xlarge", 160),
        ("db.r4.large", 16),
        ("db.r6gd.16xlarge", 512),
        ("db.x2g.large", 32),
        ("db.x1e.xlarge", 128),
        ("db.x2iedn.xlarge", 128),
        ("db.c6gd.medium", 2),
    ],
)
def test_the_memory_of_a_class(name: str, memory: float) -> None:
    found = InstanceClass.parse(name)
    assert found and found.memory == memory


@pytest.mark.parametrize(
    "name", ["db.serverless", "db.m5.metal", "db.m4.2large", "m4.xlarge", "db.r5.large.tpc1.mem2x", ""]
)
def test_a_name_that_does_not_tell_the_memory(name: str) -> None:
    assert InstanceClass.parse(name) is None
    assert nearest(name, OFFERED) == []


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("db.t2.medium", ["db.t4g.medium", "db.t3.medium"]),
        ("db.m4.xlarge", ["db.m7g.xlarge", "db.m6g.xlarge", "db.m6i.xlarge", "db.m6gd.xlarge", "db.m5.xlarge"]),
        ("db.r4.2xlarge", ["db.r7g.2xlarge", "db.r6g.2xlarge", "db.r6gd.2xlarge", "db.r5.2xlarge"]),
        ("db.m4.10xlarge", ["db.m7g.12xlarge"]),
        ("db.m1.large", ["db.m7g.large"]),
        ("db.m5.xlarge", ["db.m7g.xlarge"]),
    ],
)
def test_what_comes_nearest(name: str, first: list[str]) -> None:
    found = [each.name for each in nearest(name, OFFERED)]
    assert found[: len(first)] == first
    assert name not in found


def test_another_letter_is_better_than_another_memory() -> None:
    assert [each.name for each in nearest("db.m4.xlarge", ["db.m5.2xlarge", "db.t3.xlarge"])] == ["db.t3.xlarge"]


def test_nothing_has_less_memory() -> None:
    assert nearest("db.m4.xlarge", ["db.m5.large"]) == []
