"""Which versions are tested, and the table of the results."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from tools import supported_versions
from tools.supported_versions import BEGIN, END, PYTHONS, README, Row, constraints, insert, interpreter, table

PASSED = Row("3.11", "2.19.0", "10.1.0", "10.0.0", "1.35.66", "passed", "passed")
LOCK = """# made by uv
ansible==12.3.0 ; python_full_version < '3.12'
    # via -r requirements-dev.in
ansible==14.5.0 ; python_full_version >= '3.12'
ansible-core==2.19.14 ; python_full_version < '3.12'
boto3==1.44.5
"""


@pytest.mark.parametrize(
    ("requirement", "oldest"), [(">=10.1.0,<12.0.0", "10.1.0"), ("boto3>=1.35.66", "1.35.66"), ("<3,>= 2.19", "2.19")]
)
def test_the_oldest_version_is_the_lower_bound(requirement: str, oldest: str) -> None:
    assert supported_versions.lower_bound(requirement) == oldest


def test_what_has_no_oldest_version_is_an_error() -> None:
    with pytest.raises(ValueError, match="amazon.aws<12 has no lower bound"):
        supported_versions.lower_bound("amazon.aws<12")


def test_the_metadata_of_the_collection_has_lower_bounds() -> None:
    assert supported_versions.oldest_core()
    assert set(supported_versions.oldest_collections()) == {"amazon.aws", "community.aws"}
    assert {"boto3", "botocore"} <= set(supported_versions.oldest_libraries())


def test_constraints_are_the_lock_without_what_is_chosen_otherwise() -> None:
    assert constraints(LOCK, ["ansible", "boto3"]) == "ansible-core==2.19.14 ; python_full_version < '3.12'\n"


def test_a_shim_without_an_interpreter_behind_it_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    shim = tmp_path / "bin" / f"python{version}"
    real = tmp_path / "pyenv" / "versions" / f"{version}.99" / "bin" / "python"
    for path, text in ((shim, "#!/bin/sh\nexit 127\n"), (real, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')):
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert interpreter(version) == str(real)
    real.unlink()
    assert interpreter(version) is None


def test_a_row_passes_if_unit_tests_and_run_do() -> None:
    assert PASSED.passed
    assert not Row("3.11", "2.19.0", "10.1.0", "10.0.0", "1.35.66", "passed", "failed").passed


def test_the_table_replaces_the_one_before() -> None:
    drawn = table([PASSED])
    assert drawn.splitlines()[2] == "| 3.11 | 2.19.0 | 10.1.0 | 10.0.0 | 1.35.66 | passed | passed |"
    text = f"before\n{BEGIN}\n\nold\n\n{END}\nafter\n"
    assert insert(text, drawn) == f"before\n{BEGIN}\n\n{drawn}\n{END}\nafter\n"
    with pytest.raises(ValueError, match="no place for the table"):
        insert("no marks", drawn)


def test_the_table_of_the_readme_is_of_the_metadata_s_oldest_versions() -> None:
    text = README.read_text()
    assert BEGIN in text
    assert END in text
    rows = [line.strip("| ").split(" | ") for line in text.partition(BEGIN)[2].partition(END)[0].splitlines() if line]
    oldest = supported_versions.oldest_collections()
    for row in rows[2::2]:  # each Python has the oldest, then the newest
        assert row[1:4] == [supported_versions.oldest_core(), *oldest.values()], "make test-versions ARGS=--write"
        assert row[4] == supported_versions.oldest_libraries()["boto3"], "make test-versions ARGS=--write"


def test_ci_tests_each_python() -> None:
    workflow = yaml.safe_load((README.parent / ".github" / "workflows" / "ci.yml").read_text())
    assert tuple(workflow["jobs"]["versions"]["strategy"]["matrix"]["python"]) == PYTHONS
