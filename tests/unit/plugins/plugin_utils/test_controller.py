"""The controller behind a task: who it is, how it is stopped, and that it keeps its lock."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Interrupted
from ansible_collections.climate.ingest.plugins.module_utils.record import lock
from ansible_collections.climate.ingest.plugins.plugin_utils import controller, output
from tests.fakes.aws import FakeAws


@pytest.fixture(autouse=True)
def flag(monkeypatch: pytest.MonkeyPatch) -> bytearray:
    """The flag that this controller was asked to stop."""
    flag = bytearray(1)
    monkeypatch.setattr(controller, "STOP", flag)
    return flag


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that only sleeping moves."""
    clock = SimpleNamespace(now=0.0, naps=[])

    def sleep(seconds: float) -> None:
        clock.naps.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(controller, "time", SimpleNamespace(monotonic=lambda: clock.now, sleep=sleep))
    return clock


@pytest.fixture
def renewals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The environments whose lock was renewed."""
    renewed: list[str] = []
    monkeypatch.setattr(lock, "is_taken", lambda context, environment: environment == "staging")
    monkeypatch.setattr(lock, "ensure_held", lambda context, environment, needed: renewed.append(environment))
    return renewed


@pytest.fixture
def signals() -> Iterator[None]:
    """Give the signals their handlers back."""
    handlers = {number: signal.getsignal(number) for number in (*controller.SIGNALS, signal.SIGHUP)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_the_holder_is_the_main_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert controller.holder().pid == os.getpid()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=os.getppid()))
    assert controller.holder().pid == os.getppid()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["playbooks/populate.yml", "-e", "ingest_years=2050"], "playbooks/populate.yml -e ingest_years=2050"),
        (["-e", "secret_key=hunter2"], "-e secret_key=..."),
        (["-e", '{"password": "hunter2", "a": [{"key": 1}]}'], """-e '{"password": "...", "a": [{"key": "..."}]}'"""),
        (['--extra-vars={"pass": {"a": 1}}'], """'--extra-vars={"pass": "..."}'"""),
        (["-e", '{"db_password": "hunter2'], "-e '{\"db_password\": ...'"),
        (["--private-key=a", "--vault-password-file=b"], "--private-key=a --vault-password-file=b"),
        (["-e", "API_TOKEN: hunter2"], "-e 'API_TOKEN: ...'"),
        (["-l", "two words"], "-l 'two words'"),
    ],
)  # fmt: skip
def test_the_command_line_has_no_secrets(monkeypatch: pytest.MonkeyPatch, arguments: list[str], line: str) -> None:
    monkeypatch.setattr(sys, "argv", ["ansible-playbook", *arguments])
    monkeypatch.setattr(shutil, "which", lambda name: name)
    assert controller.command_line() == f"ansible-playbook {line}"


@pytest.mark.parametrize(
    ("program", "on_path", "written"),
    [
        ("/usr/bin/ansible-playbook", "/usr/bin/ansible-playbook", "ansible-playbook"),
        (".venv/bin/ansible-playbook", None, ".venv/bin/ansible-playbook"),
        (".venv/bin/ansible-playbook", "/usr/bin/ansible-playbook", ".venv/bin/ansible-playbook"),
        ("{here}/.venv/bin/ansible-playbook", None, ".venv/bin/ansible-playbook"),
        ("/opt/my venv/bin/ansible-playbook", None, "'/opt/my venv/bin/ansible-playbook'"),
    ],
)
def test_the_command_line_works_where_it_is_pasted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, on_path: str | None, written: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [program.format(here=tmp_path), "p.yml"])
    monkeypatch.setattr(shutil, "which", lambda name: on_path)
    assert controller.command_line() == f"{written} p.yml"


def test_a_controller_that_was_not_stopped_goes_on() -> None:
    controller.check()


def test_a_stop_is_noticed(flag: bytearray) -> None:
    flag[0] = 1
    with pytest.raises(Interrupted, match="Ctrl-C or SIGTERM"):
        controller.check()


@pytest.mark.parametrize(("parent", "alive"), [(os.getppid(), True), (1, False)])
def test_a_task_whose_controller_has_ended_stops(monkeypatch: pytest.MonkeyPatch, parent: int, alive: bool) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=parent))
    if alive:
        controller.check()
    else:
        with pytest.raises(Interrupted, match="controller"):
            controller.check()


def test_a_long_sleep_is_cut_into_naps(aws: FakeAws, clock: SimpleNamespace) -> None:
    controller.sleeper(aws.context(), None)(1.1)
    assert clock.now == pytest.approx(1.1)
    assert max(clock.naps) <= controller.LONGEST_NAP


def test_a_stop_ends_a_sleep_within_a_nap(
    aws: FakeAws, clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = iter([None, None])

    def check() -> None:
        if next(checks, "stop") == "stop":
            raise Interrupted("stop")

    with pytest.raises(Interrupted):
        controller.sleeper(replace(aws.context(), checkpoint=check), None)(3600)
    assert clock.now == 2 * controller.LONGEST_NAP


def test_the_lock_is_renewed_once_a_minute(aws: FakeAws, clock: SimpleNamespace, renewals: list[str]) -> None:
    sleep = controller.sleeper(aws.context(), "staging")
    for _ in range(13):
        sleep(10)
    assert renewals == ["staging"] * 2


@pytest.mark.parametrize("environment", [None, "production"])
def test_who_has_no_lock_renews_none(
    aws: FakeAws, clock: SimpleNamespace, renewals: list[str], environment: str | None
) -> None:
    controller.sleeper(aws.context(), environment)(130)
    assert renewals == []


@pytest.fixture
def received(signals: None, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What signals Ansible's own handler gets, in a playbook whose output is not replaced."""
    received: list[int] = []

    def usual(number: int, frame: Any) -> None:
        received.append(number)

    usual.__module__ = controller.TASK_QUEUE_MANAGER
    for number in controller.SIGNALS:
        signal.signal(number, usual)
    monkeypatch.setattr(output, "protect", lambda: None)
    return received


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is written to standard error."""
    notices: list[bytes] = []
    monkeypatch.setattr(output, "write_error", notices.append)
    return notices


def test_the_first_signal_is_put_off_and_the_second_is_ansibles(
    flag: bytearray, received: list[int], notices: list[bytes]
) -> None:
    controller._listen()
    signal.raise_signal(signal.SIGINT)
    assert flag[0]
    assert (received, notices) == ([], [controller.NOTICE])
    signal.raise_signal(signal.SIGTERM)
    assert received == [signal.SIGTERM]


def test_a_terminal_that_hangs_up_stops_nothing(flag: bytearray, received: list[int], notices: list[bytes]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    controller._listen()
    signal.raise_signal(signal.SIGHUP)
    assert not flag[0] and not received
    assert notices == [controller.HUNG_UP % os.getpid()]


def test_under_nohup_a_hang_up_stays_ignored(received: list[int]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    controller._listen()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_output_is_protected_once_and_in_a_playbook_only(received: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    protected: list[bool] = []
    monkeypatch.setattr(output, "protect", lambda: protected.append(True))
    controller._listen()
    controller._listen()
    assert len(protected) == 1
    for number in controller.SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    controller._listen()
    assert len(protected) == 1


def test_handlers_of_others_stay(signals: None) -> None:
    before = [signal.getsignal(number) for number in controller.SIGNALS]
    controller._listen()
    assert [signal.getsignal(number) for number in controller.SIGNALS] == before


def test_a_worker_of_ansible_listens_to_no_signal(signals: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def usual(number: int, frame: Any) -> None:
        """Be the handler of Ansible."""

    usual.__module__ = controller.TASK_QUEUE_MANAGER
    signal.signal(signal.SIGINT, usual)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=1))
    controller._listen()
    assert signal.getsignal(signal.SIGINT) is usual
