from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.run import teardown
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import FakeSsm


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    return FakeSsm(aws)


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What of the run stands in the account."""
    left: list[str] = []
    monkeypatch.setattr(
        teardown, "attempt", lambda context, params: Result(values={"removed": left, "scaled_back": [], "left": []})
    )
    return left
