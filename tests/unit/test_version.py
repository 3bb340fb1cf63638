"""The version stands in galaxy.yml; what repeats it agrees, and only released versions are spoken of."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from ansible_collections.climate.ingest.plugins.module_utils.report.facts import VERSION

ROOT = Path(__file__).parents[2]
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text())
RELEASES = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text())["releases"]


def test_reports_name_the_version_of_the_collection() -> None:
    assert GALAXY["version"] == VERSION
    assert json.loads((ROOT / "docs" / "sample-report.json").read_text())["versions"]["climate.ingest"] == VERSION
    assert f"by climate.ingest {VERSION}." in (ROOT / "docs" / "sample-report.html").read_text()


def test_fragments_of_documentation_name_a_version_that_exists() -> None:
    for path in (ROOT / "plugins" / "doc_fragments").glob("*.py"):
        for added in re.findall(r"version_added: (\S+)", path.read_text()):
            assert added in {GALAXY["version"], *RELEASES}, path.name


def test_the_version_is_semantic_and_no_older_than_the_last_release() -> None:
    def numbers(version: str) -> tuple[int, ...]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        return tuple(map(int, version.split(".")))

    assert all(numbers(GALAXY["version"]) >= numbers(release) for release in RELEASES)
