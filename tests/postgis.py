"""Whether this machine has what a GeoDjango project needs: a PostgreSQL server with PostGIS, and GDAL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from sandbox.own_project import postgresql

NO_POSTGIS = "no PostgreSQL server with PostGIS: apt-get install postgresql-postgis"
NO_GDAL = "GeoDjango finds no GDAL or GEOS: apt-get install gdal-bin"
# of Debian and Ubuntu, Red Hat, and Homebrew
_PLACES = ("/usr/lib/postgresql/*", "/usr/pgsql-*", "/opt/homebrew/opt/postgresql@*", "/usr/local/opt/postgresql@*")
_GEODJANGO = """
from django.conf import settings
settings.configure()
from django.contrib.gis.geos import Point
from django.contrib.gis.gdal import gdal_version
Point(0, 0), gdal_version()
"""


def installed() -> list[Path]:
    """Give the folders of this machine's PostgreSQL servers."""
    return [folder for place in _PLACES for folder in Path("/").glob(place.lstrip("/"))]


def find(folders: Iterable[Path]) -> Path | None:
    """Give the newest usable server with PostGIS."""
    found = []
    for folder in folders:
        try:
            server = postgresql.find(folder)
        except postgresql.NoServer:
            continue
        if (server.share / "extension" / "postgis.control").exists():
            found.append((server.major, folder))
    return max(found)[1] if found else None


def missing(server: Path | None, interpreter: str = sys.executable) -> str | None:
    """Name what is to be installed for a GeoDjango project to run, or None.

    Args:
        server: with PostGIS.
        interpreter: of the project.
    """
    if server is None:
        return NO_POSTGIS
    imported = subprocess.run([interpreter, "-c", _GEODJANGO], capture_output=True, text=True)
    return NO_GDAL if imported.returncode else None


POSTGIS = find(installed())
