"""Cities that are added later: what a job of 2019 imports of them, and how little its data source says of it."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import pytest

from sandbox import data, data_files
from tests.fakes.sandbox.application import Application

# how many cities have data of a data source
WITH_DATA = (
    "SELECT count(DISTINCT city_id) FROM climate_data_climatedatacitycell c"
    " JOIN climate_data_climatedatayear USING (map_cell_id)"
    " JOIN climate_data_climatedatasource s ON s.id = data_source_id AND s.dataset_id = c.dataset_id"
    " JOIN climate_data_climatedataset d ON d.id = s.dataset_id WHERE d.name = %s AND year = %s"
)
BOTH = ("NEX-GDDP", "LOCA")


@pytest.fixture
def app(app_2019: Application) -> Application:
    """Give the application with 150 cities, and 2050 of both data sets."""
    app_2019.sql("DELETE FROM climate_data_city")
    app_2019.run("import_cities", data.BUCKET, data.FIRST_CITIES_KEY)
    queue(app_2019, "2050")
    app_2019.run("run_jobs")
    return app_2019


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Give a folder and the public URL of what lies in it."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def import_failures(output: str) -> list[str]:
    """Pick the marked lines of jobs that were dropped."""
    return [line for line in output.splitlines() if line.startswith("IMPORT_FAILURE") and line.endswith("giving up.")]


def queue(app: Application, years: str, *more: str) -> None:
    for dataset in BOTH:
        app.run("create_jobs", dataset, "A1B", "HadCM3", years, *more)


def with_data(app: Application, year: int) -> list[int]:
    return [app.value(WITH_DATA, dataset, year) for dataset in BOTH]


def test_a_later_job_imports_the_new_ones_only(app: Application) -> None:
    assert with_data(app, 2050) == [150, 150]
    app.run("import_cities", data.BUCKET, data.MORE_CITIES_KEY)
    assert with_data(app, 2050) == [150, 150]
    queue(app, "2050")
    assert app.run("run_jobs").count("Imported 50 cities for A1B HadCM3 2050") == 2
    assert with_data(app, 2050) == [200, 200]
    assert app.temperatures("A1B", 2050) == data_files.reference("A1B", 2050)
    queue(app, "2050")
    assert app.run("run_jobs").count("No cities need import for A1B HadCM3 2050, quitting early") == 2


def test_a_job_that_fails_leaves_its_source_complete_from_before(app: Application) -> None:
    app.run("import_cities", data.BUCKET, data.MORE_CITIES_KEY)
    queue(app, "2050")
    output = app.run("run_jobs", FAILING_TRIES="A1B/HadCM3/2050=20")
    assert len(import_failures(output)) == 2
    assert app.completed() == [("A1B", "HadCM3", 2050)] * 2
    assert with_data(app, 2050) == [150, 150]


def test_a_city_of_a_cell_that_has_data_gets_them_with_the_cell(app: Application) -> None:
    """Its first job says which cell is its own; all others of that cell have nothing to do for it."""
    queue(app, "2051")
    app.run("run_jobs")
    app.run("import_cities", data.BUCKET, data.MORE_CITIES_KEY)
    queue(app, "2050")
    app.run("run_jobs")
    assert with_data(app, 2050) == [200, 200]
    shared = with_data(app, 2051)
    assert 150 < shared[0] == shared[1] < 200


def test_a_job_killed_between_its_cells_and_its_cities_leaves_them_without_data(app: Application) -> None:
    """Queued again it finds the rows of the cells, and completes."""
    app.sql("DELETE FROM climate_data_climatedatacitycell")
    assert with_data(app, 2050) == [0, 0]
    queue(app, "2050")
    app.run("run_jobs")
    assert with_data(app, 2050) == [150, 150]


def test_update_existing_writes_the_values_anew(app: Application) -> None:
    app.sql("UPDATE climate_data_climatedatayear SET tas = 0")
    queue(app, "2050")
    app.run("run_jobs")
    assert set(app.temperatures("A1B", 2050).values()) == {0.0}
    queue(app, "2050", "--update-existing")
    app.run("run_jobs")
    expected = data_files.reference("A1B", 2050)
    assert all(value == expected[city] for city, value in app.temperatures("A1B", 2050).items())


def test_other_places_than_cities_are_imported_from_a_url(app: Application, files: tuple[Path, str]) -> None:
    """They complete their source without a single city having its data."""
    folder, url = files
    (folder / "points.geojson").write_text('{"features": [{"geometry": {"coordinates": [-100, 40]}}]}')
    app.run("create_jobs", "LOCA", "A1B", "HadCM3", "2052", f"--import-geojson-url={url}/points.geojson")
    assert "Imported 1 cities for A1B HadCM3 2052" in app.run("run_jobs")
    with ZipFile(folder / "area.zip", "w") as archive:
        archive.writestr("area.shp", bytes(36) + struct.pack("<4d", -104, 38, -100, 40) + bytes(32))
    app.run("create_jobs", "NEX-GDDP", "A1B", "HadCM3", "2052", f"--import-boundary-url={url}/area.zip")
    assert "Imported 15 cities for A1B HadCM3 2052" in app.run("run_jobs")
    assert app.completed().count(("A1B", "HadCM3", 2052)) == 2
    cells = "SELECT count(*) FROM climate_data_climatedatayear y JOIN climate_data_climatedatasource s"
    assert app.value(f"{cells} ON s.id = data_source_id WHERE year = 2052") > 3


def test_a_url_that_does_not_answer_fails_the_job(app: Application, files: tuple[Path, str]) -> None:
    app.run("create_jobs", "LOCA", "A1B", "HadCM3", "2052", f"--import-geojson-url={files[1]}/missing")
    output = app.run("run_jobs")
    assert "urllib.error.HTTPError: HTTP Error 404" in output
    assert len(import_failures(output)) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--import-geojson-url=points"], "CommandError: points is not a valid URL!"),
        (["--import-boundary-url=s3://bucket/area.zip"], "CommandError: s3://bucket/area.zip is not a valid URL!"),
        (["--import-geojson-url=http://a.b", "--import-boundary-url=http://a.b"], "You must choose one of"),
    ],
)
def test_urls_that_are_none_are_refused_before_jobs_are_queued(
    app_2019: Application, arguments: list[str], message: str
) -> None:
    assert message in app_2019.run("create_jobs", "LOCA", "A1B", "all", "2050", *arguments, code=1)
    assert app_2019.jobs() == (0, 0)


def test_averages_are_made_for_the_cities_that_have_none(app: Application) -> None:
    app.run("create_jobs", "LOCA", "historical", "HadCM3", ",".join(map(str, range(1951, 1981))))
    app.run("run_jobs")
    assert "150 historic averages saved" in app.run("generate_historic")
    app.run("import_cities", data.BUCKET, data.MORE_CITIES_KEY)
    app.run("create_jobs", "LOCA", "historical", "HadCM3", ",".join(map(str, range(1951, 1981))))
    app.run("run_jobs")
    assert "50 historic averages saved" in app.run("generate_historic")
