"""DB instances of the module's account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.fakes.sandbox.db_instance import Database

Client = Callable[..., Any]


@pytest.fixture
def database(client: Client) -> Iterator[Database]:
    database = Database(client("rds"))
    yield database
    database.rds.delete_db_instance(DBInstanceIdentifier=database.name, SkipFinalSnapshot=True)


@pytest.fixture(scope="module")
def steady(account: Sandbox) -> Database:
    """One that no test changes."""
    return Database(account.clients("rds"))
