from __future__ import annotations

import pytest

from tests.fakes.aws import FakeAws


@pytest.fixture(scope="module")
def cloud() -> FakeAws:
    return FakeAws()


@pytest.fixture
def aws(cloud: FakeAws) -> FakeAws:
    cloud.forget()
    return cloud
