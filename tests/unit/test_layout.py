"""Packages and files stay small enough to be read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("plugins", "sandbox", "tests", "tools") for path in (ROOT / folder).rglob("*.py"))
MOST_FILES, MOST_LINES = 15, 300
# Ansible wants one file a module, and all of them in one folder
FLAT = {"plugins/action", "plugins/modules"}


def test_no_package_has_too_many_files() -> None:
    files = Counter(path.parent.relative_to(ROOT).as_posix() for path in SOURCES)
    assert {name: count for name, count in files.items() if count > MOST_FILES and name not in FLAT} == {}


def test_no_file_is_too_long() -> None:
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
