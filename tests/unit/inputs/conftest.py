from __future__ import annotations

import pytest

from tests.fakes.aws import FakeAws


@pytest.fixture(scope="session")
def aws_clients() -> FakeAws:
    return FakeAws()


@pytest.fixture
def aws(aws_clients: FakeAws) -> FakeAws:
    """An AWS that nobody has called yet."""
    aws_clients.forget()
    return aws_clients
