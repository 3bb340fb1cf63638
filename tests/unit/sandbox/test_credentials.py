"""Who may call the sandbox."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sandbox import credentials
from sandbox.credentials import Access, Credentials


def test_no_two_are_the_same_and_they_look_like_aws() -> None:
    made = [Credentials() for _ in range(2)]
    keys = [keys for one in made for keys in (one.operator, one.task, one.sandbox)]
    assert len({one.access_key for one in keys}) == len({one.secret_key for one in keys}) == 6
    assert made[0].token != made[1].token
    assert all(len(one.access_key) == 20 and len(one.secret_key) == 40 for one in keys)


def test_secrets_are_not_shown() -> None:
    made = Credentials()
    shown = repr(made) + repr(Access("http://127.0.0.1:1", made.operator, made.token))
    assert made.operator.access_key in shown
    assert not [one for one in (made.operator.secret_key, made.task.secret_key, made.token) if one in shown]


def test_a_key_has_one_owner() -> None:
    made = Credentials()
    assert made.find(made.operator.access_key) == ("operator", made.operator)
    assert made.find(made.task.access_key) == ("task", made.task)
    assert made.find(made.sandbox.access_key) == ("sandbox", made.sandbox)
    assert made.find("") is None and made.find(Credentials().operator.access_key) is None


def test_only_the_owners_are_written_for_the_owner_only(tmp_path: Path) -> None:
    made = Credentials()
    assert not credentials.exist(tmp_path)
    made.write(tmp_path)
    (tmp_path / "endpoint").write_text("http://127.0.0.1:5000\n")
    access = Access.read(tmp_path)
    assert access == Access("http://127.0.0.1:5000", made.operator, made.token)
    assert access.headers == {"Authorization": f"Bearer {made.token}"}
    assert stat.S_IMODE((tmp_path / "credentials").stat().st_mode) == 0o600
    written = (tmp_path / "credentials").read_text()
    assert made.task.secret_key not in written and made.sandbox.secret_key not in written
    credentials.remove(tmp_path)
    credentials.remove(tmp_path)
    with pytest.raises(FileNotFoundError):
        Access.read(tmp_path)
