"""A folder of scripts that put a project's own things into a new account: task definition, queue, data."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import private
from sandbox.credentials import Access
from sandbox.processes import SCRIPT_APP_ID
from sandbox.runtime import REGION

# of what a script that failed printed
_LAST_LINES = 8
_POLL = 0.1  # seconds
_OTHERS_CAN_WRITE = 0o022
# what leads to another account or database
_FOREIGN = ("AWS_", "PG")


class NoScripts(ValueError):
    """A folder whose scripts are not run; the message says why."""


class ScriptFailed(RuntimeError):
    """A script did not exit with 0; the message has its name, its exit code and its last lines."""


@dataclass(frozen=True)
class Scripts:
    """What is run after ``up`` and after ``reset``, as the user whose sandbox it is.

    Args:
        folder: absolute; its scripts are those that ``find`` gives.
        log: file of what they print; begun anew each time.
        ended: set when the sandbox is to end: the script that runs is killed.
    """

    folder: Path
    log: Path
    ended: threading.Event

    def run(self, variables: Mapping[str, str], psql: Path) -> None:
        """Run all, in the order of their names.

        Args:
            variables: how they reach the account and its database.
            psql: the program that runs SQL.

        Raises:
            NoScripts: the folder or a script cannot be trusted, or there is none.
            ScriptFailed: one failed; those after it did not run.
        """
        self.log.unlink(missing_ok=True)
        for script in find(self.folder):
            self._run(script, _command(script, psql), _environment(variables))

    def _run(self, script: Path, command: list[str], environment: dict[str, str]) -> None:
        with open(self.log, "ab", opener=private.opener) as log:
            log.write(f"-- {script.name}\n".encode())
            log.flush()
            begins = log.tell()
            try:
                process = subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise ScriptFailed(f"the script {script} cannot be run: {error.strerror}") from error
            code = self._wait(process)
        if code:
            with self.log.open("rb") as printed:
                printed.seek(begins)
                last = printed.read().decode(errors="replace").splitlines()[-_LAST_LINES:]
            how = f"failed with exit code {code}" if code > 0 else f"was killed by {signal.Signals(-code).name}"
            raise ScriptFailed("\n".join([f"the script {script} {how}", *last]))

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return process.wait(_POLL)
            except subprocess.TimeoutExpired:
                if self.ended.is_set():
                    os.killpg(process.pid, signal.SIGKILL)


def variables(access: Access) -> dict[str, str]:
    """Give the environment variables with which the owner's programs reach the sandbox and nothing else."""
    return {
        "AWS_ENDPOINT_URL": access.endpoint_url,
        "AWS_ACCESS_KEY_ID": access.keys.access_key,
        "AWS_SECRET_ACCESS_KEY": access.keys.secret_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "SANDBOX_TOKEN": access.token,
    }


def find(folder: Path) -> list[Path]:
    """Give a folder's scripts in the order of their names: executable files, ``*.py`` and ``*.sql``.

    Names that begin with a dot or an underscore, folders, and files of other kinds are left out.

    Raises:
        NoScripts: there is none, one lacks the right to be executed, or others could have written one.
    """
    if not folder.is_dir():
        raise NoScripts(f"{folder} is no folder")
    _check(folder)
    scripts = []
    for path in sorted(folder.iterdir()):
        # also of what is no script: a script may read it
        _check(path)
        if path.name[0] not in "._" and path.is_file() and _is_script(path):
            scripts.append(path)
    if not scripts:
        raise NoScripts(f"{folder} has no script: no executable file, no *.py and no *.sql")
    return scripts


def _check(path: Path) -> None:
    status = path.lstat()
    if path.is_symlink():
        raise NoScripts(f"{path} is a link; a script must be in the folder itself")
    if status.st_uid != os.geteuid():
        raise NoScripts(f"{path} belongs to another user (uid {status.st_uid}), who could change what is run as you")
    if status.st_mode & _OTHERS_CAN_WRITE:
        raise NoScripts(f"{path} can be written by others, who could change what is run as you: chmod go-w")


def _is_script(path: Path) -> bool:
    if path.suffix in (".py", ".sql") or os.access(path, os.X_OK):
        return True
    with path.open("rb") as file:
        if path.suffix == ".sh" or file.read(2) == b"#!":
            raise NoScripts(f"{path} is a script that is not executable: chmod u+x")
    return False


def _command(script: Path, psql: Path) -> list[str]:
    if script.suffix == ".py":
        return [sys.executable, str(script)]
    if script.suffix == ".sql":
        return [str(psql), "--no-psqlrc", "--no-password", "--set=ON_ERROR_STOP=1", f"--file={script}"]
    return [str(script)]


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Give the owner's own variables, less what leads elsewhere, with how to reach the sandbox."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    # `up` put the sandbox's code there
    root = str(Path(__file__).resolve().parents[2])
    paths = [path for path in own.pop("PYTHONPATH", "").split(os.pathsep) if path and path != root]
    if paths:
        own["PYTHONPATH"] = os.pathsep.join(paths)
    # a proxy of the owner's cannot reach this machine
    for name in ("NO_PROXY", "no_proxy"):
        own[name] = ",".join(filter(None, [own.get(name), "127.0.0.1"]))
    return own | {"AWS_SDK_UA_APP_ID": SCRIPT_APP_ID, **variables}
