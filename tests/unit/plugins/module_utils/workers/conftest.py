from __future__ import annotations

import pytest

from tests.fakes.aws import FakeAws
from tests.fakes.drain import DrainAccount
from tests.fakes.workers import Ecs


@pytest.fixture
def ecs(aws: FakeAws) -> Ecs:
    return Ecs(aws)


@pytest.fixture
def account(aws: FakeAws) -> DrainAccount:
    return DrainAccount(aws)
