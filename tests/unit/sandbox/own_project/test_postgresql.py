"""What is taken for another PostgreSQL server, and what its users may do."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.own_project import postgresql
from sandbox.own_project.postgresql import Installation, NoServer
from sandbox.rds import postgres
from sandbox.rds.postgres import PostgresServer
from tests.postgis import NO_POSTGIS, POSTGIS

WHEEL = postgresql.wheel().programs.parent


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """The wheel's installation with two extensions for superusers: one that RDS supports, and another."""
    folder = tmp_path / WHEEL.parent.name / "my server"
    shutil.copytree(WHEEL, folder, symlinks=True)
    (tmp_path / f"{WHEEL.parent.name}.libs").symlink_to(WHEEL.parent.with_name(f"{WHEEL.parent.name}.libs"))
    for name in ("prefix", "intruder"):
        stem = folder / "share" / "postgresql" / "extension" / name
        stem.with_suffix(".control").write_text(f"comment = '{name}'\ndefault_version = '1'\ntrusted = false")
        stem.with_name(f"{name}--1.sql").write_text(f"CREATE FUNCTION {name}() RETURNS int AS 'SELECT 1' LANGUAGE sql;")
    return folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder the server can get to; pytest's own it cannot."""
    folder = Path(tempfile.mkdtemp(prefix="test postgres "))
    postgres.let_in(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def connection(folder: Path, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """A connection of the master user; the installation's folder is the parameter, or a fixture's name."""
    name = request.param
    found = postgresql.find(Path(request.getfixturevalue(name) if name == "installation" else name))
    server = PostgresServer(folder, folder / "log", cache=folder / "cache", installation=found)
    server.create("me", "mine", "own", {"max_connections": "20"})
    try:
        with psycopg.connect(
            host="127.0.0.1", port=server.port, user="me", password="mine", dbname="own", autocommit=True
        ) as connection:
            yield connection
    finally:
        server.remove()


def owner(connection: psycopg.Connection, function: str) -> str:
    row = connection.execute("SELECT proowner::regrole::text FROM pg_proc WHERE proname = %s", [function]).fetchone()
    assert row
    return str(row[0])


@pytest.mark.parametrize("connection", ["installation"], indirect=True)
def test_the_master_user_creates_the_extensions_of_rds_and_no_others(connection: psycopg.Connection) -> None:
    connection.execute("CREATE EXTENSION prefix")
    assert owner(connection, "prefix") == "rdsadmin"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match='permission denied to create extension "intruder"'):
        connection.execute("CREATE EXTENSION intruder")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("COPY (SELECT 1) TO PROGRAM 'cat'")


@pytest.mark.skipif(POSTGIS is None, reason=NO_POSTGIS)
@pytest.mark.parametrize("connection", [str(POSTGIS)], indirect=True)
def test_postgis_is_created_as_on_rds(connection: psycopg.Connection) -> None:
    # before there is such a parameter, anybody can set it, to no effect
    for parameter in ("postgis.gdal_enabled_drivers", "postgis.enable_outdb_rasters"):
        connection.execute(f"SET {parameter} = 'ENABLE_ALL'")
    for name in ("postgis", "postgis_raster", "postgis_topology", "postgis_tiger_geocoder CASCADE"):
        connection.execute(f"CREATE EXTENSION {name}")
    assert owner(connection, "postgis_version") == "rdsadmin"
    row = connection.execute("SELECT ST_AsText(ST_Transform(ST_SetSRID(ST_Point(0, 0), 4326), 3857))").fetchone()
    assert row == ("POINT(0 0)",)
    for parameter, value in (("postgis.gdal_enabled_drivers", "DISABLE_ALL"), ("postgis.enable_outdb_rasters", "off")):
        assert connection.execute(f"SHOW {parameter}").fetchone() == (value,)
    for statement in (
        "SET postgis.gdal_enabled_drivers = 'ENABLE_ALL'",
        "SET postgis.enable_outdb_rasters = on",
        "CREATE EXTENSION file_fdw",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/hostname')",
        "ALTER ROLE me SUPERUSER",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


@pytest.mark.parametrize("below", ["", "bin"])
def test_the_folder_or_its_bin_is_taken(below: str) -> None:
    found = postgresql.find(WHEEL / below)
    assert (found.programs, found.share) == (WHEEL / "bin", WHEEL / "share" / "postgresql")
    assert found.library == WHEEL / "lib" / "postgresql"
    assert found.version.startswith(f"postgres (PostgreSQL) {found.major}.")


def test_a_link_to_the_server_leads_to_the_rest(tmp_path: Path) -> None:
    (tmp_path / "postgres").symlink_to(WHEEL / "bin" / "postgres")
    assert postgresql.find(tmp_path).programs == WHEEL / "bin"


def server(folder: Path, version: str = "postgres (PostgreSQL) 15.3 (Debian)", code: int = 0) -> Path:
    """Make programs that say so."""
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho '{version}'\nexit {code}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("share", "library"),
    [
        ("share/postgresql", "lib/postgresql"),
        ("share", "lib"),
        ("../../../share/postgresql/15", "lib"),
    ],
)
def test_without_pg_config_the_rest_is_looked_for_beside(tmp_path: Path, share: str, library: str) -> None:
    programs = server(tmp_path / "lib" / "postgresql" / "15" / "bin")
    for file in (programs.parent / share / "postgres.bki", programs.parent / library / "plpgsql.so"):
        file.resolve().parent.mkdir(parents=True, exist_ok=True)
        file.resolve().touch()
    found = postgresql.find(programs.parent)
    assert found.share == (programs.parent / share).resolve()
    assert found.library == (programs.parent / library).resolve()
    tree = found.tree(tmp_path / "tree", copied=False)
    assert (tree.parent / share).resolve().is_relative_to(tmp_path / "tree")
    assert (tree.parent / share / "postgres.bki").exists() and (tree.parent / library / "plpgsql.so").exists()
    assert not (tree / "postgres").is_symlink()


def test_a_copy_has_no_links_and_can_be_read_by_all(installation: Path, tmp_path: Path) -> None:
    for path in (installation / "bin" / "postgres", installation / "share"):
        path.chmod(0o700)
    tree = postgresql.find(installation).tree(tmp_path / "tree", copied=True).parent
    links = [path for path in tree.rglob("*") if path.is_symlink() and not path.resolve().is_relative_to(tree)]
    assert links == []
    assert (tree / "bin" / "postgres").stat().st_mode & 0o777 == 0o755
    assert (tree / "share").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("version", "message"),
    [
        (
            "postgres (PostgreSQL) 12.22",
            r"postgres is postgres \(PostgreSQL\) 12\.22: PostgreSQL 13 or newer is needed",
        ),
        ("postgres (PostgreSQL) 9.6.24", "PostgreSQL 13 or newer is needed"),
        ("MySQL 8", "postgres is MySQL 8: PostgreSQL 13"),
        ("", "postgres is silent: PostgreSQL 13"),
        ("postgres (PostgreSQL) 15.3", r"postgres\.bki of the server in .*bin is not found"),
    ],
)
def test_a_server_that_is_too_old_or_incomplete_is_refused(tmp_path: Path, version: str, message: str) -> None:
    server(tmp_path / "bin", version)
    with pytest.raises(NoServer, match=message):
        postgresql.find(tmp_path)


def test_a_server_without_its_modules_is_refused(tmp_path: Path) -> None:
    server(tmp_path / "bin")
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "postgres.bki").touch()
    with pytest.raises(NoServer, match="plpgsql, its procedural language, of the server"):
        postgresql.find(tmp_path)


def test_programs_that_cannot_be_run_are_refused(tmp_path: Path) -> None:
    server(tmp_path / "failing" / "bin", "no library", code=127)
    with pytest.raises(NoServer, match="postgres cannot be run: no library"):
        postgresql.find(tmp_path / "failing")
    programs = server(tmp_path / "foreign" / "bin")
    (programs / "postgres").write_text("\x7fELF of another machine")
    with pytest.raises(NoServer, match="postgres cannot be run: Exec format error"):
        postgresql.find(tmp_path / "foreign")
    (programs / "postgres").chmod(0o644)
    with pytest.raises(NoServer, match="postgres cannot be run: Permission denied"):
        postgresql.find(tmp_path / "foreign")


def test_what_is_no_server_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    server(tmp_path / "15" / "bin")
    with pytest.raises(NoServer, match=f"neither postgres nor bin/postgres is in it; there is one in {tmp_path}/15"):
        postgresql.find(tmp_path)
    (tmp_path / "15" / "bin" / "initdb").unlink()
    with pytest.raises(NoServer, match="bin/initdb is missing"):
        postgresql.find(tmp_path / "15")
    with pytest.raises(NoServer, match="there is no such folder"):
        postgresql.find(tmp_path / "absent")
    with pytest.raises(NoServer, match="it is no folder"):
        postgresql.find(tmp_path / "15" / "bin" / "postgres")


def test_an_old_server_is_not_asked_for_what_it_does_not_know(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = postgresql.find(WHEEL)
    old = Installation(found.programs, found.share, found.library, "postgres (PostgreSQL) 14.9")
    server = PostgresServer(folder, folder / "log", cache=folder / "cache", installation=old)
    said: list[str] = []
    run = server._run
    monkeypatch.setattr(
        server, "_run", lambda *command, text="", **more: (said.append(text), run(*command, text=text, **more))
    )
    server.create("me", "mine", "own", {"max_connections": "20"})
    server.remove()
    assert any("CREATE DATABASE" in text for text in said) and not any("STRATEGY" in text for text in said)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server is another user's process")
@pytest.mark.parametrize("connection", ["installation"], indirect=True)
def test_an_installation_in_a_closed_home_stays_closed(connection: psycopg.Connection, installation: Path) -> None:
    # pytest's folders are closed to others
    assert installation.parents[1].stat().st_mode & 0o077 == 0
    connection.execute("CREATE EXTENSION prefix")
