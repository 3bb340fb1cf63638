from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.fakes.fleet import FleetAccount


@pytest.fixture
def account() -> Iterator[FleetAccount]:
    """An account in moto; instances join the cluster when the test's clock says so."""
    with mock_aws():
        yield FleetAccount()
