"""The background process itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.daemon import StartOptions
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def process(state_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    options = StartOptions(factors={"instance_boot": 0.1})
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.background", str(state_dir), options.as_json()], cwd=ROOT
    )
    yield process
    process.terminate()
    process.wait(timeout=PATIENCE)


def test_it_ends_with_all_it_started_when_its_state_folder_is_removed(
    process: subprocess.Popen[bytes], state_dir: Path, until: Callable[..., Any]
) -> None:
    until((state_dir / "endpoint").exists)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    for path in state_dir.iterdir():
        path.unlink()
    assert process.wait(timeout=PATIENCE) == 0
    assert psutil.wait_procs(children, timeout=PATIENCE)[1] == []
