"""What RDS has on offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.rds.offerings import max_connections
from sandbox.server import Sandbox
from tests.fakes.sandbox.db_instance import Database

Client = Callable[..., Any]


def test_what_can_be_ordered(client: Client) -> None:
    rds = client("rds")
    pages = rds.get_paginator("describe_orderable_db_instance_options").paginate(
        Engine="postgres", EngineVersion="12.22", PaginationConfig={"PageSize": 20}
    )
    options = [option for page in pages for option in page["OrderableDBInstanceOptions"]]
    classes = {option["DBInstanceClass"] for option in options}
    assert {
        "db.t3.medium",
        "db.t3.large",
        "db.m5.large",
        "db.m5.xlarge",
        "db.m5.4xlarge",
        "db.r5.large",
    } <= classes
    assert {option["EngineVersion"] for option in options} == {"12.22"}
    assert len({(option["DBInstanceClass"], option["StorageType"]) for option in options}) == len(options) > 100
    (gp2,) = (it for it in options if (it["DBInstanceClass"], it["StorageType"]) == ("db.m5.xlarge", "gp2"))
    assert (gp2["MinStorageSize"], gp2["MaxStorageSize"], gp2["SupportsIops"]) == (20, 65536, False)
    assert [zone["Name"] for zone in gp2["AvailabilityZones"]][0] == "us-east-1a"


@pytest.mark.parametrize(
    ("requested", "classes"),
    [
        ({"EngineVersion": "12.22", "DBInstanceClass": "db.m5.xlarge"}, {"db.m5.xlarge"}),
        ({"EngineVersion": "12.22", "DBInstanceClass": "db.m7g.xlarge"}, set()),
        ({"EngineVersion": "16.6", "DBInstanceClass": "db.m7g.xlarge"}, {"db.m7g.xlarge"}),
        ({"EngineVersion": "12.22", "DBInstanceClass": "db.m4.xlarge"}, set()),
        ({"DBInstanceClass": "db.m5.xlarge", "LicenseModel": "bring-your-own-license"}, set()),
        ({"DBInstanceClass": "db.m5.huge"}, set()),
    ],
)
def test_what_can_be_ordered_is_narrowed(client: Client, requested: dict[str, Any], classes: set[str]) -> None:
    options = client("rds").describe_orderable_db_instance_options(Engine="postgres", **requested)
    assert {option["DBInstanceClass"] for option in options["OrderableDBInstanceOptions"]} == classes


def test_retired_classes_come_back_with_a_setting(account: Sandbox, client: Client) -> None:
    def classes() -> set[str]:
        pages = (
            client("rds")
            .get_paginator("describe_orderable_db_instance_options")
            .paginate(Engine="postgres", EngineVersion="12.22")
        )
        return {option["DBInstanceClass"] for page in pages for option in page["OrderableDBInstanceOptions"]}

    today = classes()
    account.change_settings({"retired_classes": True})
    try:
        again = classes() - today
    finally:
        account.change_settings({"retired_classes": False})
    assert {"db.t2.medium", "db.m4.xlarge", "db.r4.large"} <= again
    assert {each.split(".")[1] for each in again} == {"t2", "m4", "r4"}


def test_nothing_can_be_ordered_for_another_engine(client: Client) -> None:
    options = client("rds").describe_orderable_db_instance_options(Engine="mysql")
    assert options["OrderableDBInstanceOptions"] == []


def test_valid_modifications_say_how_storage_can_grow(steady: Database) -> None:
    answer = steady.rds.describe_valid_db_instance_modifications(DBInstanceIdentifier=steady.name)
    storage = {it["StorageType"]: it for it in answer["ValidDBInstanceModificationsMessage"]["Storage"]}
    assert storage["gp2"]["StorageSize"] == [{"From": 22, "To": 65536, "Step": 1}]
    assert storage["io1"]["StorageSize"][0]["From"] == 100
    assert storage["io1"]["ProvisionedIops"][0]["From"] == 1000


@pytest.mark.parametrize(
    ("instance_class", "connections"),
    [("db.t3.micro", 112), ("db.t3.small", 225), ("db.t2.medium", 400), ("db.m5.xlarge", 400)],
)
def test_connections_follow_the_class(instance_class: str, connections: int) -> None:
    assert max_connections(instance_class) == connections
