"""The version of the collection."""

from __future__ import annotations

from ansible_collections.climate.ingest.plugins.module_utils.core.version import VERSION
from tests.integration.conftest import ROOT


def test_the_version_is_that_of_the_collection() -> None:
    assert f"\nversion: {VERSION}\n" in (ROOT / "galaxy.yml").read_text()
