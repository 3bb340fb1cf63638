from __future__ import annotations

import pytest

from tests.fakes.aws import FakeAws


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()
