from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.report import page


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without the real library: putting it together takes seconds, and nothing here runs it."""
    monkeypatch.setattr(page, "library", lambda: "/* vega */")
