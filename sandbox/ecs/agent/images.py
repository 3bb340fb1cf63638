"""Which program on this machine stands for which container image."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


class CannotPull(Exception):
    """No entry of the images file names this image, or not this tag of it."""


class CannotStart(Exception):
    """The image has no such program."""


@dataclass(frozen=True)
class Image:
    """An image, as the images file describes it.

    Attributes:
        directory: absolute working directory of the container; None: a temporary one.
        interpreter: program that runs ``*.py`` files; ``python`` is the one the sandbox itself runs on.
        command: the image's own entry point, used where the container definition has none.
        environment: the image's own variables (Docker's ``ENV``).
        preload: modules that are imported once for all its ``*.py`` containers, see ``forks``.
    """

    directory: Path | None = None
    interpreter: str = "python"
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    preload: tuple[str, ...] = ()

    def argv(self, entry_point: Sequence[str], command: Sequence[str]) -> list[str]:
        """Give the command line of a container.

        Args:
            entry_point: ``entryPoint`` of the container definition; empty: the image's own.
            command: ``command`` of the definition or of an override.

        Raises:
            CannotStart: the image holds no such program, in the words of Docker.
        """
        argv = [*(entry_point or self.command), *command]
        if not argv:
            raise CannotStart("Error response from daemon: no command specified")
        found = self._find(argv[0])
        if found is None:
            raise CannotStart(
                "Error response from daemon: failed to create task for container: failed to create shim task: OCI "
                "runtime create failed: runc create failed: unable to start container process: "
                f'exec: "{argv[0]}": executable file not found in $PATH: unknown'
            )
        if argv[0].endswith(".py"):
            return [sys.executable if self.interpreter == "python" else self.interpreter, *argv]
        return [found, *argv[1:]]

    def _find(self, program: str) -> str | None:
        if "/" not in program and not program.endswith(".py"):
            return sys.executable if program == "python" else shutil.which(program, path=search_path())
        path = (self.directory or Path("/")) / program
        return str(path) if path.is_file() else None


def search_path() -> str:
    """Give the PATH of containers: the sandbox's interpreter first, then this machine's."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def tag(reference: str) -> str | None:
    """Give the tag of an image reference, ``latest`` without one; None where it has a digest.

    >>> tag("quay.io/azavea/statsd:0.8")
    '0.8'
    """
    name, _, digest = reference.partition("@")
    return None if digest else name.rpartition("/")[2].partition(":")[2] or "latest"


def repository(reference: str) -> str:
    """Give the repository name of an image reference, without registry, tag and digest.

    >>> repository("123456789012.dkr.ecr.us-east-1.amazonaws.com/cc-management:latest")
    'cc-management'
    """
    name = reference.partition("@")[0]
    registry, slash, rest = name.partition("/")
    if slash and ("." in registry or ":" in registry or registry == "localhost"):
        name = rest
    return name.partition(":")[0]


class Images:
    """The images file, read again whenever it changes.

    Args:
        path: the YAML file; ``images`` maps repository names to ``directory`` (relative to the file), ``interpreter``,
            ``command``, ``environment``, ``preload`` and ``tags`` (the only ones there are), all optional.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._modified = 0
        self._entries: dict[str, dict[str, Any]] = {}

    def find(self, reference: str) -> Image:
        """Look an image up.

        Raises:
            CannotPull: the file does not name it.
        """
        modified = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if modified != self._modified:
            self._modified = modified
            document = yaml.safe_load(self._path.read_text(encoding="utf-8")) if modified else None
            self._entries = (document or {}).get("images") or {}
        name = repository(reference)
        if name not in self._entries:
            raise CannotPull(
                f"Error response from daemon: pull access denied for {name}, repository does not exist or may require "
                "'docker login': denied: requested access to the resource is denied"
            )
        entry = self._entries[name] or {}
        tags = [str(each) for each in entry.get("tags", ())]
        if tags and (wanted := tag(reference)) is not None and wanted not in tags:
            raise CannotPull(
                f"Error response from daemon: manifest for {reference} not found: manifest unknown: Requested image "
                "not found"
            )
        directory = entry.get("directory")
        return Image(
            directory=(self._path.parent / directory).resolve() if directory else None,
            interpreter=entry.get("interpreter", "python"),
            command=tuple(str(part) for part in entry.get("command", ())),
            environment=self._environment(name, entry.get("environment") or {}),
            preload=tuple(entry.get("preload", ())),
        )

    def _environment(self, name: str, variables: Any) -> dict[str, str]:
        """Read an image's variables: texts and numbers; YAML's own true and null are no text.

        Raises:
            CannotPull: something else is there.
        """
        if isinstance(variables, dict):
            wrong = [key for key, value in variables.items() if type(value) not in (str, int, float)]
        else:
            wrong = ["environment"]
        if wrong:
            raise CannotPull(
                f"{self._path}: environment of {name} maps names to texts or numbers, and {wrong[0]} is none"
            )
        return {str(key): str(value) for key, value in variables.items()}
