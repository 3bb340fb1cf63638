"""A class that cannot be ordered is refused with what can."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Refused
from ansible_collections.climate.ingest.plugins.module_utils.database.classes import orderable
from ansible_collections.climate.ingest.plugins.module_utils.database.original import Original
from tests.fakes.aws import FakeAws
from tests.fakes.rds import Rds


def test_a_class_that_can_be_ordered_passes(aws: FakeAws, rds: Rds) -> None:
    orderable.check_class(aws.context(), rds.state, "db.m4.xlarge")
    assert aws.sent("DescribeOrderableDBInstanceOptions") == [
        {
            "Engine": "postgres",
            "EngineVersion": "9.6.22",
            "LicenseModel": "postgresql-license",
            "DBInstanceClass": "db.m4.xlarge",
        }
    ]


def test_an_engine_without_a_licence_model_is_not_asked_for_one(aws: FakeAws, rds: Rds) -> None:
    del rds.state["LicenseModel"]
    orderable.check_class(aws.context(), rds.state, "db.m4.xlarge")
    assert "LicenseModel" not in aws.sent("DescribeOrderableDBInstanceOptions")[0]


@pytest.mark.parametrize(
    ("offered", "message"),
    [
        (
            {"db.t2.medium": "gp2"},
            "db.m4.xlarge cannot be ordered for postgres 9.6.22. Take one that RDS offers: db.t2.medium",
        ),
        ({}, "one that RDS offers: none in this region"),
        ({"db.m4.xlarge": "io1"}, "with gp2 storage, only with io1"),
        (
            {"db.m5.xlarge": "gp2", "db.m6g.xlarge": "gp2"},
            "Take db.m6g.xlarge, the nearest to it .16 GiB., or db.m5.xlarge\\.",
        ),
        ({"db.m5.xlarge": "io1", "db.m6g.xlarge": "gp2"}, "Take db.m6g.xlarge, the nearest to it .16 GiB.\\."),
        (
            {f"db.m{n}.xlarge": "gp2" for n in range(5, 11)},
            "db.m10.xlarge, the nearest .*, or db.m9.xlarge, .* or 1 more",
        ),
    ],
)
def test_a_class_that_cannot_be_ordered_is_refused_with_the_nearest(
    aws: FakeAws, rds: Rds, offered: dict[str, str], message: str
) -> None:
    rds.orderable = offered
    with pytest.raises(Refused, match=message):
        orderable.check_class(aws.context(), rds.state, "db.m4.xlarge")


@pytest.mark.parametrize(
    ("offered", "expected"), [({"db.t2.medium": "gp2"}, True), ({"db.t2.medium": "io1"}, False), ({}, False)]
)
def test_whether_a_class_can_still_be_ordered(aws: FakeAws, rds: Rds, offered: dict[str, str], expected: bool) -> None:
    rds.orderable = offered
    assert orderable.is_orderable(aws.context(), rds.state, "db.t2.medium") is expected


OLD = Original("db.t2.medium")
CURRENT = {"db.t3.medium": "gp2", "db.t4g.medium": "gp2"}


@pytest.mark.parametrize(
    ("offered", "known", "after", "expected"),
    [
        ({**CURRENT, "db.t2.medium": "gp2"}, OLD, "", OLD),
        ({**CURRENT, "db.t2.medium": "gp2"}, OLD, "db.t3.medium", OLD),
        (CURRENT, OLD, "db.t3.medium", Original("db.t2.medium", "db.t3.medium")),
        ({}, Original("db.t2.medium", "db.t3.medium"), "", Original("db.t2.medium", "db.t3.medium")),
        (CURRENT, Original("db.t2.medium", "db.t3.medium"), "db.t4g.medium", Original("db.t2.medium", "db.t4g.medium")),
    ],
)
def test_what_an_instance_goes_back_to(
    aws: FakeAws, rds: Rds, offered: dict[str, str], known: Original, after: str, expected: Original
) -> None:
    rds.orderable = offered
    assert orderable.check_way_back(aws.context(), rds.state, known, after) == expected


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (
            "",
            "dbstaging cannot go back to db.t2.medium, which can no longer be ordered for postgres 9.6.22. Set "
            "ingest_database_class_after to the class it gets instead: db.t4g.medium, the nearest to it .4 GiB., or"
            " db.t3.medium.",
        ),
        ("db.t1.medium", "db.t1.medium cannot be ordered for postgres 9.6.22"),
    ],
)
def test_no_way_back_is_refused(aws: FakeAws, rds: Rds, after: str, message: str) -> None:
    rds.orderable = CURRENT
    with pytest.raises(Refused, match=message):
        orderable.check_way_back(aws.context(), rds.state, OLD, after)
