"""What people call the steps of a run."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.version import VERSION
from ansible_collections.climate.ingest.plugins.module_utils.record import catalogue
from tests.integration.conftest import ROOT


@pytest.mark.parametrize(
    ("step", "title"),
    [
        ("create_jobs", "Create a processing job"),
        ("historical_drain", "History: run the jobs"),
        ("retry_1_create_jobs_12", "Retry 1: create a processing job"),
        ("retry_3", "Retry 3: choose the failed jobs"),
        ("retry_2_historical_verify", "Retry 2: history: verify the import"),
        ("own", "own"),
    ],
)
def test_titles(step: str, title: str) -> None:
    assert catalogue.title(step) == title


def test_steps_nobody_foresaw_come_last() -> None:
    assert catalogue.steps(["verify"], ["retry_1_drain", "generate_historic"])[-4:] == [
        "generate_historic",
        "teardown",
        "summary",
        "retry_1_drain",
    ]


def test_the_version_is_that_of_the_collection() -> None:
    assert f"\nversion: {VERSION}\n" in (ROOT / "galaxy.yml").read_text()
