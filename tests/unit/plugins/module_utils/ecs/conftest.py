from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.fakes.task_definitions import DefinitionsAccount


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[DefinitionsAccount]:
    """An account in moto with terraform's definition, its family's first revision."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield DefinitionsAccount()
