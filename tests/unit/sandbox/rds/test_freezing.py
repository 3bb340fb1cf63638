"""What a frozen program and its children do: nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.rds.freezing import frozen

SCRIPT = "(while :; do echo; sleep 0.01; done) >> child & while :; do echo; sleep 0.01; done >> main"


def test_a_program_and_its_children_stand_still_and_go_on(tmp_path: Path, until: Callable[[Callable[[], Any]], Any]):
    def sizes() -> list[int]:
        return [(tmp_path / name).stat().st_size for name in ("main", "child")]

    with subprocess.Popen(["sh", "-c", SCRIPT], cwd=tmp_path) as program:
        try:
            until(lambda: all((tmp_path / name).exists() for name in ("main", "child")))
            with pytest.raises(KeyError), frozen(program.pid):
                family = [psutil.Process(program.pid), *psutil.Process(program.pid).children(recursive=True)]
                assert {each.status() for each in family} <= {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}
                before = sizes()
                raise KeyError  # they go on all the same
            until(lambda: all(now > then for now, then in zip(sizes(), before, strict=True)))
        finally:
            for each in (*psutil.Process(program.pid).children(recursive=True), program):
                each.kill()
