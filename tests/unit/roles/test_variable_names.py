"""Every variable that a message, a document or a playbook names is one that a role takes."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
WORD = re.compile(r"(?<![A-Za-z0-9_])ingest_[a-z0-9_]*[a-z0-9]\b(?!_)")
EXAMPLES = {"ingest_countries_command", "ingest_wroker_count"}  # of a step to be added, and of a mistake
PLACES = (
    "plugins/**/*.py",
    "roles/**/*.yml",
    "roles/**/*.md",
    "playbooks/**/*.yml",
    "inventories/**/*.yml",
    "docs/*.md",
)


def test_no_variable_is_named_that_no_role_takes() -> None:
    specs = [yaml.safe_load(path.read_text()) for path in ROOT.glob("roles/*/meta/argument_specs.yml")]
    known = {name for spec in specs for entry in spec["argument_specs"].values() for name in entry.get("options", {})}
    files = [ROOT / "README.md", *(path for place in PLACES for path in ROOT.glob(place))]
    named = {(word, path.relative_to(ROOT)) for path in files for word in WORD.findall(path.read_text())}
    assert len(named) > 100
    assert [each for each in sorted(named) if each[0] not in known | EXAMPLES] == []
