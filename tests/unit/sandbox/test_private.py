"""Files and folders that are this user's only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sandbox import private
from sandbox.private import NotPrivate

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="giving a file to another user takes root")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_appears_whole_and_closed_whatever_is_in_its_way(tmp_path: Path) -> None:
    path, other = tmp_path / "secret", tmp_path / "other"
    other.write_text("kept")
    path.write_text("old")
    path.chmod(0o666)
    (tmp_path / "secret.new").symlink_to(other)
    private.write(path, "new\n")
    assert (path.read_text(), mode(path), other.read_text()) == ("new\n", 0o600, "kept")
    assert sorted(tmp_path.iterdir()) == [other, path]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"), open(tmp_path / "log", "ab", opener=private.opener):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_is_made_for_this_user(tmp_path: Path) -> None:
    private.folder(tmp_path / "a" / "b")
    assert mode(tmp_path / "a" / "b") == 0o700


def test_a_folder_that_is_open_is_closed_with_what_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    (folder / "reports").mkdir(parents=True)
    (folder / "log").write_text("")
    (folder / "link").symlink_to("/")
    for path in (folder, folder / "reports", folder / "log"):
        path.chmod(0o777)
    root = mode(Path("/"))
    private.folder(folder)
    assert [mode(path) for path in (folder, folder / "reports", folder / "log")] == [0o700, 0o700, 0o600]
    assert mode(Path("/")) == root


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(NotPrivate, match=r"state cannot be used as the sandbox's folder: File exists"):
        private.folder(tmp_path / "state")


@needs_root
@pytest.mark.parametrize("planted", ["", "sandbox.log", "link"])
def test_what_another_user_made_is_refused(tmp_path: Path, planted: str) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o777)
    (folder / "sandbox.log").write_text("")
    (folder / "link").symlink_to("/etc/passwd")
    os.chown(folder / planted, 65534, -1, follow_symlinks=False)
    with pytest.raises(NotPrivate, match=r"belongs to another user \(uid 65534\).*--state-dir"):
        private.folder(folder)
