"""The scripts of the report."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.report import script


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(script.NoCharts, match="-m pip install vl-convert-python"):
        script.library()


class Bundler:
    """The library that puts the script together, counting how often."""

    def __init__(self) -> None:
        self.calls = 0

    def javascript_bundle(self, snippet: str) -> str:
        self.calls += 1
        return "/* bundle */"


def test_the_script_is_put_together_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundler = Bundler()
    monkeypatch.setitem(sys.modules, "vl_convert", bundler)
    monkeypatch.setattr(script.metadata, "version", {"vl-convert-python": "9.9"}.__getitem__)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert [script.library() for _ in range(2)] == ["/* bundle */"] * 2
    assert bundler.calls == 1
    assert (tmp_path / "climate.ingest" / "vega-lite-9.9.js").read_text() == "/* bundle */"


def test_a_cache_that_cannot_be_written_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setitem(sys.modules, "vl_convert", Bundler())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert script.library() == "/* bundle */"


def test_a_file_is_replaced_as_a_whole_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    path.chmod(0o644)
    script.replace(path, "new \ud83d\n")
    assert path.read_text() == "new \\ud83d\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_replacement_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def refuse(*paths: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(KeyboardInterrupt):
        script.replace(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_without_a_cache_folder_of_its_own_it_is_in_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", Bundler())
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    script.library()
    assert len(list((tmp_path / ".cache" / "climate.ingest").iterdir())) == 1
