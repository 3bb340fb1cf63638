"""A failure of this collection is told once, with the reason first; all others as Ansible tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from ansible import context
from ansible.executor.stats import AggregateStats
from ansible.inventory.host import Host
from ansible.playbook.play import Play
from ansible.playbook.task import Task
from ansible.utils.display import Display

from ansible_collections.climate.ingest.plugins.callback.terminal import COLOR, CallbackModule
from ansible_collections.climate.ingest.plugins.plugin_utils import window as its_window

REASON = "create_jobs failed with exit code 1: see the last lines of its log, which are in the report of the run."
OUTCOME = "Run staging-1 failed in task 'Create the jobs'.\nRemoved: nothing."

OPTIONS = {"display_failed_stderr": False, "result_format": "json", "pretty_results": False}


@dataclass
class Outcome:
    """What a callback is told of a task: Ansible's own class is made in another way in each version."""

    host: Host
    task: Task
    result: dict[str, Any]
    exception: None = None
    warnings: Sequence[str] = ()
    deprecations: Sequence[str] = ()


class Terminal:
    """The callback, and what it displays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown: list[str] = []
        self.logged: list[str] = []
        self.monkeypatch = monkeypatch
        self.callback = CallbackModule()
        monkeypatch.setattr(self.callback, "get_option", OPTIONS.get)
        monkeypatch.setattr(Display, "display", self._show)

    def _show(self, text: str, *_args: Any, log_only: bool = False, **_options: Any) -> None:
        (self.logged if log_only else self.shown).append(text)

    def begin(self, name: str) -> list[str]:
        self.callback._play = Play.load({"name": "Populate", "hosts": "sandbox"})
        self.callback._last_task_name = name
        self.callback._print_task_banner(Task.load({"name": name, "action": "ansible.builtin.debug"}))
        return "\n".join(self.shown).splitlines()

    def recap(self, **counts: int) -> str:
        stats = AggregateStats()
        for name, count in counts.items():
            for _ in range(count):
                stats.increment(name, "sandbox")
        self.monkeypatch.setattr(context, "CLIARGS", {"check": False})
        self.callback.v2_playbook_on_stats(stats)
        (line,) = (line for line in self.shown if "sandbox" in line)
        return COLOR.sub("", line)

    def fail(self, values: dict[str, Any], action: str = "climate.ingest.create_jobs", ignore: bool = False) -> str:
        task = Task.load({"name": "Create the jobs", "action": {"module": "ansible.builtin.fail"}})
        task.action = task._resolved_action = action
        result = Outcome(Host("sandbox"), task, {"failed": True, **values})
        self.shown.clear()
        self.callback.v2_runner_on_failed(result, ignore_errors=ignore)
        return "\n".join(self.shown)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(monkeypatch)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(its_window, "columns", lambda unknown=80: 80)


def test_the_reason_comes_first_and_once(terminal: Terminal) -> None:
    told = terminal.fail({"msg": REASON, "problems": ["one", "two"], "counts": {"visible": 3}})
    assert f"failed: [sandbox]: {REASON}\n  - one\n  - two" in told
    assert told.count(REASON) == 1 and "visible" not in told and "fatal" not in told


def test_lines_fit_the_window_and_break_between_words(terminal: Terminal, window: None) -> None:
    told = terminal.fail({"msg": REASON}).splitlines()[-2:]
    assert max(map(len, told)) <= 80
    assert " ".join(line.strip() for line in told) == f"failed: [sandbox]: {REASON}"


def test_a_long_title_breaks_between_words(terminal: Terminal, window: None) -> None:
    assert terminal.begin("climate.ingest.temporary_task_definition : Add a temporary task definition") == [
        "",
        "TASK [climate.ingest.temporary_task_definition : Add a temporary task",
        "  definition] ***",
    ]
    assert terminal.logged == [
        "\nTASK [climate.ingest.temporary_task_definition : Add a temporary task definition] ***"
    ]


def test_the_recap_fits_the_window(terminal: Terminal, window: None) -> None:
    assert terminal.recap(ok=41, changed=20, skipped=15).split() == [
        "sandbox",
        ":",
        "ok=41",
        "changed=20",
        "skipped=15",
    ]


def test_without_a_window_title_and_recap_are_ansibles(terminal: Terminal) -> None:
    assert terminal.begin(f"climate.ingest.preflight : {'-'.join(['long'] * 30)}")[-1].endswith("long] ***")
    assert "unreachable=0    failed=0" in terminal.recap(ok=1)


def test_without_a_window_lines_are_whole(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(its_window, "columns", lambda unknown=80: unknown)
    assert terminal.fail({"msg": REASON}).splitlines()[-1] == f"failed: [sandbox]: {REASON}"


def test_after_a_clean_up_the_reason_is_not_told_again(terminal: Terminal) -> None:
    terminal.fail({"msg": REASON})
    told = terminal.fail({"msg": f"...\n{REASON}\n{OUTCOME}", "reason": REASON, "outcome": OUTCOME})
    assert OUTCOME in told and REASON not in told


def test_a_clean_up_after_a_reason_that_nobody_saw_tells_it(terminal: Terminal) -> None:
    told = terminal.fail({"msg": f"...\n{REASON}\n{OUTCOME}", "reason": REASON, "outcome": OUTCOME})
    assert REASON in told and OUTCOME in told


def test_who_stopped_the_task_did_not_see_it_fail(terminal: Terminal) -> None:
    assert "stopped: [sandbox]: Interrupted." in terminal.fail({"msg": "Interrupted.", "interrupted": True})


@pytest.mark.parametrize(
    ("values", "action"),
    [
        ({"msg": REASON}, "ansible.builtin.fail"),
        ({"msg": {"not": "a text"}}, "climate.ingest.create_jobs"),
        ({"msg": REASON, "results": []}, "climate.ingest.create_jobs"),
    ],
    ids=["a task of a user's own", "no text", "a loop"],
)
def test_any_other_failure_is_told_as_ansible_does(terminal: Terminal, values: dict[str, Any], action: str) -> None:
    assert "fatal: [sandbox]: FAILED!" in terminal.fail(values, action)


@pytest.mark.parametrize("verbosity", [1, 3])
def test_with_v_the_other_values_follow(terminal: Terminal, verbosity: int) -> None:
    terminal.callback._display.verbosity = verbosity
    try:
        told = terminal.fail({"msg": REASON, "counts": {"visible": 3}})
    finally:
        terminal.callback._display.verbosity = 0
    assert "visible" in told and told.count(REASON) == 1


def test_what_is_ignored_is_said_to_be(terminal: Terminal) -> None:
    assert terminal.fail({"msg": REASON}, ignore=True).endswith("...ignoring")
