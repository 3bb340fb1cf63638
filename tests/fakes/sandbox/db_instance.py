"""A DB instance of a test."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

Until = Callable[[Callable[[], Any]], Any]

_numbers = itertools.count(1)


class Database:
    """A DB instance of one test."""

    def __init__(self, rds: Any, **properties: Any) -> None:
        self.name = f"db{next(_numbers)}"
        wanted = {
            "DBInstanceClass": "db.t3.medium",
            "Engine": "postgres",
            "EngineVersion": "12.22",
            "AllocatedStorage": 20,
            "StorageType": "gp2",
            "DBName": "climate",
            "MasterUsername": "climate",
            "MasterUserPassword": "a secret",
        }
        self.rds = rds
        made = rds.create_db_instance(DBInstanceIdentifier=self.name, **(wanted | properties))["DBInstance"]
        self.arn = made["DBInstanceArn"]

    def describe(self) -> dict[str, Any]:
        return dict(self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0])

    @property
    def status(self) -> str:
        return str(self.describe()["DBInstanceStatus"])

    def modify(self, at_once: bool = True, **change: Any) -> dict[str, Any]:
        answer = self.rds.modify_db_instance(DBInstanceIdentifier=self.name, ApplyImmediately=at_once, **change)
        return dict(answer["DBInstance"])

    def refuses(self, code: str, message: str, **change: Any) -> None:
        before = self.describe()
        with pytest.raises(ClientError, match=message) as refused:
            self.modify(**change)
        assert refused.value.response["Error"]["Code"] == code
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        passing = {"LatestRestorableTime": 0, "DBInstanceStatus": ""}  # changes by itself
        assert self.describe() | passing == before | passing

    def connect(self) -> psycopg.Connection[Any]:
        endpoint = self.describe()["Endpoint"]
        return psycopg.connect(
            host=endpoint["Address"],
            port=endpoint["Port"],
            user="climate",
            password="a secret",
            dbname="climate",
            autocommit=True,
        )

    def states(self, until: Until, done: Callable[[dict[str, Any]], bool]) -> list[str]:
        """Give the states it goes through until it is done."""
        seen: list[str] = []

        def look() -> bool:
            now = self.describe()
            if seen[-1:] != [now["DBInstanceStatus"]]:
                seen.append(now["DBInstanceStatus"])
            return done(now)

        until(look)
        return seen
