"""The objects in the sandbox's S3: all of them, their files made once."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

import sandbox
from sandbox import data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a cache that two made at once."""
    folder = tmp_path_factory.mktemp("cache")
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(listing, [folder, folder])
    assert first == second
    return folder


def listing(cache: Path) -> dict[str, Path]:
    """Give the files by key, all of one bucket."""
    found = list(data.objects(cache))
    assert {bucket for bucket, _, _ in found} == {"azavea-climate-sandbox"}
    return {key: path for _, key, path in found}


def test_a_file_a_scenario_and_year(folder: Path) -> None:
    """`historical` ends in 2005; A1B and E1 begin in 2006."""
    expected = {f"netcdf/historical/HadCM3/{year}.nc" for year in range(1950, 2006)}
    expected |= {f"netcdf/{scenario}/HadCM3/{year}.nc" for scenario in ("A1B", "E1") for year in range(2006, 2100)}
    assert set(listing(folder)) == expected | {
        "ecoregions.geojson",
        "geonames_cities_next50_us.geojson",
        "geonames_cities_top150_us.geojson",
        "geonames_cities_top200_us.geojson",
    }


def test_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is not made again; for other versions of the data it is."""
    made: list[Path] = []
    monkeypatch.setattr(data, "_make", made.append)
    assert len(listing(folder)) == 248
    assert made == []
    monkeypatch.setattr(data, "version", lambda name: "0")
    list(data.objects(folder))
    assert len(made) == 1 and len(list(folder.iterdir())) == 1


def test_two_who_made_it_at_once_leave_nothing_else(folder: Path) -> None:
    assert [path.name[:5] for path in folder.iterdir()] == ["data-"]


def test_files_that_cannot_be_made_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(subprocess.CalledProcessError):
        list(data.objects(tmp_path / "file"))


def test_images_name_the_application() -> None:
    """Each image runs a program: a project's folder with manage.py, or a command."""
    file = Path(sandbox.__file__).with_name("images.yml")
    images = yaml.safe_load(file.read_text(encoding="utf-8"))["images"]
    preload = images["cc-management"].pop("preload")
    assert all(find_spec(module) for module in preload), "with a module that is missing nothing would be forked"
    assert images["cc-management"].pop("tags") == ["8f9d2a1", "latest"]
    assert images["cc-management"].pop("environment") == {"CLIMATE_API_VERSION": ""}
    assert images["cc-management"] == {"directory": "climate_app", "interpreter": "python"}
    assert (file.parent / images["cc-management"]["directory"] / "manage.py").is_file()
    assert images["azavea/statsd"] == {"command": ["sleep", "infinity"], "tags": ["0.8", "latest"]}
