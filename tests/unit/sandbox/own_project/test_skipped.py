"""The tests with PostGIS are skipped where it is missing, and nowhere else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import postgis


def server(folder: Path, major: int, with_postgis: bool) -> Path:
    """Make what looks like a server's installation."""
    for file in (
        "bin/postgres",
        "bin/initdb",
        "share/postgres.bki",
        "lib/plpgsql.so",
        "share/extension/plpgsql.control",
    ):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {major}.1'\n")
        (folder / file).chmod(0o755)
    if with_postgis:
        (folder / "share" / "extension" / "postgis.control").touch()
    return folder


def test_the_newest_usable_server_with_postgis_is_found(tmp_path: Path) -> None:
    without = server(tmp_path / "17", 17, with_postgis=False)
    old = server(tmp_path / "12", 12, with_postgis=True)
    broken = tmp_path / "broken"
    assert postgis.find([without, old, broken]) is None
    usable = [server(tmp_path / str(major), major, with_postgis=True) for major in (9, 13, 16, 15)]
    assert postgis.find([without, old, broken, *usable]) == tmp_path / "16"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert postgis.missing(None) == "no PostgreSQL server with PostGIS: apt-get install postgresql-postgis"
    for code, answer in ((1, "GeoDjango finds no GDAL or GEOS: apt-get install gdal-bin"), (0, None)):
        interpreter = tmp_path / f"python{code}"
        interpreter.write_text(f"#!/bin/sh\nexit {code}\n")
        interpreter.chmod(0o755)
        assert postgis.missing(tmp_path, str(interpreter)) == answer


def test_a_machine_with_the_package_is_not_skipped() -> None:
    packages = subprocess.run(
        ["sh", "-c", "dpkg-query --show --showformat '${db:Status-Status}\\n' 'postgresql-[0-9]*-postgis-3'"],
        capture_output=True,
        text=True,
    )
    if "installed" not in packages.stdout.splitlines():
        pytest.skip(postgis.NO_POSTGIS)
    assert postgis.POSTGIS is not None and postgis.missing(postgis.POSTGIS) is None
