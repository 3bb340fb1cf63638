"""``make help`` names every target and fits a terminal of 80 columns."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_help_names_every_target_within_80_columns() -> None:
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    targets = set(phony[1].split()) - {"help"}
    assert targets - set(re.findall(r"make ([a-z-]+)", text)) == set()
    assert [line for line in text.splitlines() if len(line) > 79] == []
