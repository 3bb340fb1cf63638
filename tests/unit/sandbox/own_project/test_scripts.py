"""Which scripts of a folder are run, as whom, how, and what becomes of one that fails."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.credentials import Access, Keys
from sandbox.own_project import scripts
from sandbox.own_project.scripts import NoScripts, ScriptFailed, Scripts

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "my scripts"
    folder.mkdir(mode=0o755)
    return folder


@pytest.fixture
def made(folder: Path, tmp_path: Path) -> Scripts:
    return Scripts(folder, tmp_path / "scripts.log", threading.Event())


@pytest.fixture
def psql(tmp_path: Path) -> Path:
    return script(tmp_path / "psql", '#!/bin/sh\necho "$@" $PGHOST\n')


def script(path: Path, text: str, mode: int = 0o755) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_scripts_run_in_the_order_of_their_names_each_in_its_own_way(made: Scripts, folder: Path, psql: Path) -> None:
    script(folder / "30-shell", "#!/bin/sh\necho shell in $PWD; echo and to stderr >&2; cat\n")
    script(folder / "20-data.sql", "SELECT 1", 0o644)
    script(folder / "10-first.py", "import sys, _shared; print(sys.executable, _shared.word)", 0o644)
    script(folder / "_shared.py", "word = 'shared'", 0o644)
    script(folder / ".hidden", "#!/bin/sh\nexit 1\n")
    script(folder / "cities.geojson", "{}", 0o644)
    (folder / "more").mkdir(mode=0o755)
    made.log.write_text("of the last time\n")
    made.run({"PGHOST": "there"}, psql)
    assert made.log.read_text().splitlines() == [
        "-- 10-first.py",
        f"{sys.executable} shared",
        "-- 20-data.sql",
        f"--no-psqlrc --no-password --set=ON_ERROR_STOP=1 --file={folder}/20-data.sql there",
        "-- 30-shell",
        f"shell in {folder}",
        "and to stderr",
    ]
    assert made.log.stat().st_mode & 0o777 == 0o600


def test_a_script_has_the_environment_of_its_owner_and_no_other_account(
    made: Scripts, folder: Path, psql: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(scripts.__file__).resolve().parents[2]
    monkeypatch.delenv("no_proxy", raising=False)
    for name, value in {
        "EDITOR": "ed",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_ECS": "https://elsewhere",
        "PGSERVICE": "production",
        "NO_PROXY": "intranet",
        "PYTHONPATH": f"{root}{os.pathsep}/mine",
    }.items():
        monkeypatch.setenv(name, value)
    script(folder / "show.py", "import json, os; print(json.dumps(dict(os.environ)))", 0o644)
    variables = scripts.variables(Access("http://127.0.0.1:1", Keys("AKIA", "secret"), "token"))
    made.run(variables | {"PGPORT": "5"}, psql)
    shown = json.loads(made.log.read_text().splitlines()[1])
    foreign = {name: value for name, value in shown.items() if name.startswith(("AWS_", "PG", "SANDBOX"))}
    assert foreign == variables | {"PGPORT": "5", "AWS_SDK_UA_APP_ID": "sandbox-script"}
    assert (shown["EDITOR"], shown["PYTHONPATH"], shown["AWS_SECRET_ACCESS_KEY"]) == ("ed", "/mine", "secret")
    assert (shown["NO_PROXY"], shown["no_proxy"]) == ("intranet,127.0.0.1", "127.0.0.1")
    monkeypatch.setenv("PYTHONPATH", str(root))
    made.run(variables, psql)
    assert "PYTHONPATH" not in json.loads(made.log.read_text().splitlines()[1])


def test_one_that_fails_is_named_with_its_last_lines_and_the_rest_does_not_run(
    made: Scripts, folder: Path, psql: Path
) -> None:
    script(folder / "1.sh", "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9 10; do echo line $i; done; exit 3\n")
    script(folder / "2.sh", "#!/bin/sh\necho never\n")
    with pytest.raises(ScriptFailed) as failed:
        made.run({}, psql)
    lines = str(failed.value).splitlines()
    assert lines[0] == f"the script {folder}/1.sh failed with exit code 3"
    assert lines[1:] == [f"line {number}" for number in range(3, 11)]
    assert "never" not in made.log.read_text()


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("#!/bin/sh\nkill -TERM $$\n", "was killed by SIGTERM"),
        ("#!/bin/sh\nexit 1\n", "failed with exit code 1"),
        ("#!/not/there\n", "cannot be run: No such file or directory"),
        ("\x7fELF", "cannot be run: Exec format error"),
    ],
)
def test_other_ways_to_fail(made: Scripts, folder: Path, psql: Path, text: str, how: str) -> None:
    script(folder / "wrong", text)
    with pytest.raises(ScriptFailed) as failed:
        made.run({}, psql)
    assert str(failed.value) == f"the script {folder}/wrong {how}"


def test_what_a_script_leaves_running_holds_nothing_up(made: Scripts, folder: Path, psql: Path) -> None:
    script(folder / "server.sh", "#!/bin/sh\nsleep 60 &\necho $!\n")
    began = time.monotonic()
    made.run({}, psql)
    assert time.monotonic() - began < 30
    psutil.Process(int(made.log.read_text().split()[-1])).kill()


def test_a_script_that_runs_is_killed_when_the_sandbox_is_to_end(
    made: Scripts, folder: Path, psql: Path, until: Callable[..., Any]
) -> None:
    script(folder / "long.sh", "#!/bin/sh\nsleep 600 &\necho $!\nwait\n")

    def end() -> None:
        until(lambda: made.log.exists() and made.log.read_text().count("\n") == 2)
        made.ended.set()

    threading.Thread(target=end).start()
    with pytest.raises(ScriptFailed, match="was killed by SIGKILL"):
        made.run({}, psql)
    sleeps = int(made.log.read_text().split()[-1])
    until(lambda: not psutil.pid_exists(sleeps) or psutil.Process(sleeps).status() == psutil.STATUS_ZOMBIE)


@pytest.mark.parametrize("name", ["", "10-first.py", "data.json", "_shared.py"])
@pytest.mark.parametrize("mode", [0o020, 0o002])
def test_what_others_can_write_is_refused(folder: Path, name: str, mode: int) -> None:
    for each in ("10-first.py", "data.json", "_shared.py"):
        script(folder / each, "", 0o644)
    path = folder / name
    path.chmod(path.stat().st_mode | mode)
    with pytest.raises(NoScripts, match=rf"{path} can be written by others, .*: chmod go-w"):
        scripts.find(folder)


@needs_root
@pytest.mark.parametrize("name", ["", "10-first.py"])
def test_what_belongs_to_somebody_else_is_refused(folder: Path, name: str) -> None:
    script(folder / "10-first.py", "", 0o644)
    os.chown(folder / name, 65534, -1)
    with pytest.raises(NoScripts, match=r"belongs to another user \(uid 65534\)"):
        scripts.find(folder)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has no script: no executable file"),
        ({"data.json": "{}", ".x.py": ""}, "has no script"),
        ({"10-make.sh": "echo"}, "10-make.sh is a script that is not executable: chmod u\\+x"),
        ({"10-make": "#!/usr/bin/env ruby"}, "10-make is a script that is not executable"),
    ],
)
def test_a_folder_without_a_script_that_can_run_is_refused(folder: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        script(folder / name, text, 0o644)
    with pytest.raises(NoScripts, match=message):
        scripts.find(folder)


def test_links_and_what_is_no_folder_are_refused(folder: Path) -> None:
    script(folder / "10-first.py", "", 0o644)
    (folder / "20-link.py").symlink_to(folder / "10-first.py")
    with pytest.raises(NoScripts, match=r"20-link\.py is a link"):
        scripts.find(folder)
    (folder / "20-link.py").unlink()
    assert scripts.find(folder) == [folder / "10-first.py"]
    (linked := folder.with_name("link")).symlink_to(folder)
    with pytest.raises(NoScripts, match="link is a link"):
        scripts.find(linked)
    for other in (folder / "10-first.py", folder / "absent"):
        with pytest.raises(NoScripts, match="is no folder"):
            scripts.find(other)


def test_scripts_that_changed_since_up_are_looked_at_again(made: Scripts, folder: Path, psql: Path) -> None:
    path = script(folder / "1.sh", "#!/bin/sh\n")
    made.run({}, psql)
    path.chmod(0o777)
    with pytest.raises(NoScripts, match="can be written by others"):
        made.run({}, psql)
