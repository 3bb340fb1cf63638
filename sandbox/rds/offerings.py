"""What RDS offers: instance classes that can be ordered for PostgreSQL, and how storage may change.

Sources: RDS User Guide, "DB instance classes" (memory; which engine versions a generation supports) and "Amazon RDS DB
instance storage" (ranges).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_BURSTABLE = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_GENERAL = {"large": 8, "xlarge": 16, "2xlarge": 32, "4xlarge": 64, "8xlarge": 128, "12xlarge": 192, "16xlarge": 256}
_MEMORY = {"large": 16, "xlarge": 32, "2xlarge": 64, "4xlarge": 128, "8xlarge": 256, "12xlarge": 384, "16xlarge": 512}
# GiB of memory by size, for each family; and the engine's major versions the family takes
_SIZES = {
    "db.t2": (_BURSTABLE, 9, 12),
    "db.t3": (_BURSTABLE, 9, 99),
    "db.t4g": (_BURSTABLE, 12, 99),
    "db.m4": ({"large": 8, "xlarge": 16, "2xlarge": 32, "4xlarge": 64, "10xlarge": 160, "16xlarge": 256}, 9, 12),
    "db.m5": (_GENERAL, 9, 99),
    "db.m6g": (_GENERAL, 12, 99),
    "db.m6i": (_GENERAL, 12, 99),
    "db.m7g": (_GENERAL, 13, 99),
    "db.r4": ({"large": 15, "xlarge": 30, "2xlarge": 61, "4xlarge": 122, "8xlarge": 244, "16xlarge": 488}, 9, 12),
    "db.r5": (_MEMORY, 9, 99),
    "db.r6g": (_MEMORY, 12, 99),
    "db.r6i": (_MEMORY, 12, 99),
    "db.r7g": (_MEMORY, 13, 99),
}
# since June 2024, RDS takes no orders of these for PostgreSQL; instances that have one live on
_RETIRED = ("db.t2", "db.m4", "db.r4")
_VERSIONS = ("9.6.24", "10.23", "11.22", "12.22", "13.18", "14.15", "15.10", "16.6")
_ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")

# GiB, by storage type
STORAGE_RANGES = {
    "standard": (5, 3072),
    "gp2": (20, 65536),
    "gp3": (20, 65536),
    "io1": (100, 65536),
    "io2": (100, 65536),
}
# from this size on, PostgreSQL's gp3 storage takes (and a change must state) IOPS
GP3_STRIPED = 400


def memory_bytes(instance_class: str) -> int:
    """Give the memory of an instance class.

    Raises:
        LookupError: there is no such class.
    """
    family, _, size = instance_class.rpartition(".")
    return _SIZES[family][0][size] * 1024**3


def max_connections(instance_class: str) -> int:
    """Give PostgreSQL's ``max_connections`` of a class: LEAST(memory / 9531392, 5000), and never more than 400 here."""
    return min(memory_bytes(instance_class) // 9_531_392, 5000, 400)


def orderable(
    engine: str, engine_version: str | None = None, instance_class: str | None = None, retired: bool = False
) -> Iterator[dict[str, Any]]:
    """Give the combinations that can be ordered, one a class, version and storage type.

    Args:
        engine: only ``postgres`` has any.
        engine_version, instance_class: only these; None for all.
        retired: whether the classes of the guide's time can be ordered still.
    """
    if engine != "postgres":
        return
    for version in _VERSIONS if engine_version is None else (engine_version,):
        major = int(version.split(".")[0])
        for family, (sizes, oldest, newest) in _SIZES.items():
            if not oldest <= major <= newest or (family in _RETIRED and not retired):
                continue
            for size in sizes:
                if instance_class in (None, f"{family}.{size}"):
                    yield from _options(version, f"{family}.{size}")


def _options(version: str, instance_class: str) -> Iterator[dict[str, Any]]:
    for storage_type in ("gp2", "gp3", "io1", "standard"):
        smallest, largest = STORAGE_RANGES[storage_type]
        provisioned = storage_type in ("gp3", "io1")
        yield {
            "Engine": "postgres",
            "EngineVersion": version,
            "DBInstanceClass": instance_class,
            "LicenseModel": "postgresql-license",
            "AvailabilityZones": [{"Name": zone} for zone in _ZONES],
            "MultiAZCapable": True,
            "ReadReplicaCapable": True,
            "Vpc": True,
            "SupportsStorageEncryption": True,
            "StorageType": storage_type,
            "SupportsIops": provisioned,
            "MinStorageSize": smallest,
            "MaxStorageSize": largest,
            "MinIopsPerDbInstance": 1000 if storage_type == "io1" else None,
            "MaxIopsPerDbInstance": 256000 if storage_type == "io1" else None,
            "SupportsStorageAutoscaling": True,
            "SupportedNetworkTypes": ["IPV4"],
        }


def valid_modifications(allocated_storage: int) -> dict[str, Any]:
    """Say what DescribeValidDBInstanceModifications answers.

    Args:
        allocated_storage: GiB the instance has; growth is at least 10 %.
    """
    storage = []
    for storage_type, (smallest, largest) in STORAGE_RANGES.items():
        entry: dict[str, Any] = {
            "StorageType": storage_type,
            "StorageSize": [{"From": max(smallest, least_growth(allocated_storage)), "To": largest, "Step": 1}],
            "SupportsStorageAutoscaling": True,
        }
        if storage_type in ("io1", "io2"):
            entry["ProvisionedIops"] = [{"From": 1000, "To": 256000, "Step": 1}]
            entry["IopsToStorageRatio"] = [{"From": 0.5, "To": 50.0}]
        storage.append(entry)
    return {"Storage": storage, "ValidProcessorFeatures": []}


def gp3_baseline(allocated_storage: int) -> int:
    """Give the IOPS that gp3 storage of a size in GiB has without asking for any."""
    return 3_000 if allocated_storage < GP3_STRIPED else 12_000


def least_growth(allocated_storage: int) -> int:
    """Give the smallest size in GiB an instance can grow to: 10 % more, rounded up."""
    return -(-allocated_storage * 11 // 10)
