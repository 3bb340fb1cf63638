"""Files and folders that only this user can read."""

from __future__ import annotations

import os
from pathlib import Path


class NotPrivate(Exception):
    """A folder that others could have put something into; the message says what to do."""


def opener(path: str, flags: int) -> int:
    """Open a file for this user only; for ``open``. What another user put there as a link is not followed."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def write(path: Path, text: str) -> None:
    """Write a file that others wait for: it appears with all its text."""
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    with open(aside, "x", encoding="utf-8", opener=opener) as file:
        file.write(text)
    aside.replace(path)


def folder(path: Path) -> None:
    """Make a folder, or close one that is there, and what is in it, to other users.

    Raises:
        NotPrivate: it, or something in it, is another user's, or it is no folder.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check(path)
        path.chmod(0o700)
        # only now can nobody add to it any more
        for entry in path.iterdir():
            _check(entry)
            if not entry.is_symlink():
                entry.chmod(0o700 if entry.is_dir() else 0o600)
    except (FileExistsError, PermissionError) as error:
        raise NotPrivate(f"{path} cannot be used as the sandbox's folder: {error.strerror}") from error


def _check(path: Path) -> None:
    owner = path.lstat().st_uid
    if owner != os.geteuid():
        raise NotPrivate(
            f"{path} belongs to another user (uid {owner}), who could read or change what the sandbox keeps there. "
            "Remove it, or choose another folder with --state-dir."
        )
