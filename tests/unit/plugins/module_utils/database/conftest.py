from __future__ import annotations

import pytest

from tests.fakes.aws import FakeAws
from tests.fakes.rds import Rds


@pytest.fixture
def rds(aws: FakeAws) -> Rds:
    return Rds(aws)
