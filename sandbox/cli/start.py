"""The options of ``up``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.daemon import StartOptions
from sandbox.own_project import postgresql, scripts
from sandbox.runtime import IMAGES, IMAGES_2019
from sandbox.timing import PROFILES

MOST_JOB_SECONDS = 3600.0


def add_options(command: argparse.ArgumentParser) -> None:
    """Add them to the parser of ``up``."""
    command.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="N",
        help="of the API on 127.0.0.1, also after `reset` (default: a free one)",
    )
    command.add_argument("--profile", choices=PROFILES, default="quick", help="how long things take (default: quick)")
    command.add_argument(
        "--factor",
        action="append",
        default=[],
        type=_factor,
        metavar="NAME=X",
        help="multiply a delay of the profile, or `all`; repeatable. Delays: " + ", ".join(PROFILES["quick"]),
    )
    command.add_argument("--spot-capacity", type=int, metavar="N", help="how many spot instances there are to be had")
    command.add_argument(
        "--images",
        type=_file,
        default=IMAGES,
        metavar="FILE",
        help="what runs for which container image (default: the climate application for cc-management)",
    )
    command.add_argument(
        "--postgres",
        type=_postgres,
        metavar="DIR",
        help="folder of another PostgreSQL server, e.g. one with PostGIS: /usr/lib/postgresql/15",
    )
    command.add_argument(
        "--scripts",
        type=_scripts,
        metavar="DIR",
        help="folder of scripts that put your own things into the account, run in name order and after `reset`: "
        "executable files, *.py, *.sql",
    )
    command.add_argument(
        "--no-launch-configurations",
        action="store_true",
        help="refuse to create launch configurations, as accounts made since October 2024 do",
    )
    command.add_argument(
        "--retired-classes",
        action="store_true",
        help="offer the database classes of the guide's time (db.t2, db.m4, db.r4), and seed one: db.t2.medium",
    )
    command.add_argument(
        "--standing",
        action="store_true",
        help="seed an Auto Scaling group and a service for imports, as production keeps them: at zero",
    )
    command.add_argument(
        "--job-seconds",
        type=_seconds,
        default=0.0,
        metavar="X",
        help="how much longer each job of the application takes, for a drain that can be watched (default: 0)",
    )
    command.add_argument(
        "--tiles",
        action="store_true",
        help="seed a second application, which is no Django project, for inventories/sandbox-tiles",
    )
    command.add_argument(
        "--production",
        action="store_true",
        help="--standing, --web-service, and the application of 2019, for inventories/sandbox-production",
    )
    command.add_argument(
        "--web-service",
        action="store_true",
        help="run a service in the cluster that needs the database, as the application's own web service does",
    )


def path(text: str) -> Path:
    """Read the path of a file or folder."""
    return Path(text).absolute()


def _file(text: str) -> Path:
    file = path(text)
    if not file.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {file}")
    return file


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 1 to 65535, or 0 for a free one")
    return int(text)


def _postgres(text: str) -> Path:
    return _usable(text, postgresql.find)


def _scripts(text: str) -> Path:
    return _usable(text, scripts.find)


def _usable(text: str, find: Callable[[Path], object]) -> Path:
    """Refuse a folder at once that the background process would refuse."""
    folder = path(text)
    try:
        find(folder)
    except (ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return folder


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from error
    if not 0 <= seconds <= MOST_JOB_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r}: from 0 to {MOST_JOB_SECONDS:g} seconds")
    return seconds


def _factor(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    if name != "all" and name not in PROFILES["quick"]:
        raise argparse.ArgumentTypeError(f"no delay {name!r}")
    try:
        factor = float(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER") from error
    if not 0 <= factor < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: a factor is not negative")
    return name, factor


def read(options: argparse.Namespace) -> StartOptions:
    """Give what the parser understood."""
    return StartOptions(
        port=options.port,
        profile=options.profile,
        factors=dict(options.factor),
        images=str(IMAGES_2019 if options.production and options.images == IMAGES else options.images),
        launch_configurations=not options.no_launch_configurations,
        retired_classes=options.retired_classes,
        standing=options.standing or options.production,
        job_seconds=options.job_seconds,
        tiles=options.tiles,
        web_service=options.web_service or options.production,
        spot_capacity=options.spot_capacity,
        postgres=options.postgres and str(options.postgres),
        scripts=options.scripts and str(options.scripts),
    )


def differences(wanted: StartOptions, status: dict[str, Any]) -> str:
    """Name what was asked for, and the sandbox that is up does not have."""
    default = asdict(StartOptions())
    has = {"port": int(status["endpoint"].rpartition(":")[2])} | status | status["initial"]
    return ", ".join(
        f"{name} is {has.get(name)}, not {value}"
        for name, value in asdict(wanted).items()
        if value not in (has.get(name), default[name])
    )
