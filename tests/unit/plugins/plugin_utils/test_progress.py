from __future__ import annotations

import re
from typing import Any

import pytest
from ansible import constants

from ansible_collections.climate.ingest.plugins.module_utils.core.text import columns
from ansible_collections.climate.ingest.plugins.plugin_utils.progress import CLEAR, DisplayProgress


class Screen:
    """A Display that keeps what it is told, and a clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.verbosity = 0
        self.shown: list[tuple[str, dict[str, Any]]] = []

    def display(self, msg: str, **how: Any) -> None:
        self.shown.append((msg, how))

    @property
    def texts(self) -> list[str]:
        return [text for text, _how in self.shown]

    def progress(self, terminal: bool = False, columns: int = 60, secrets: tuple[str, ...] = ()) -> DisplayProgress:
        return DisplayProgress(self, secrets, lambda: self.now, terminal, lambda: columns)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", "default")
    return Screen()


def test_into_a_file_a_state_shows_at_first_and_when_it_changes(screen: Screen) -> None:
    progress = screen.progress()
    for text in ("pending", "pending", "running", "running"):
        screen.now += 2
        progress.status(text)
    assert screen.texts == ["pending (2s)", "running (6s)"]
    assert all(how == {"stderr": False} for _text, how in screen.shown)


def test_into_a_file_numbers_that_change_show_once_a_minute(screen: Screen) -> None:
    progress = screen.progress()
    for left in range(600, 0, -1):
        progress.status(f"{left} jobs left", (600 - left) / 600)
        screen.now += 1
    assert screen.texts[:3] == ["600 jobs left (0s)", "540 jobs left (1m 00s)", "480 jobs left (2m 00s)"]
    assert len(screen.texts) == 10


def test_on_a_terminal_the_line_is_redrawn_with_a_bar(screen: Screen) -> None:
    progress = screen.progress(terminal=True)
    progress.status("120 jobs left", 0.25)
    screen.now = 65
    progress.status("30 jobs left", 0.8)
    assert screen.texts == [
        CLEAR + "[=====               ]  25% 120 jobs left (0s)",
        CLEAR + "[================    ]  80% 30 jobs left (1m 05s)",
    ]
    assert all(how == {"newline": False, "screen_only": True} for _text, how in screen.shown)


def test_the_bar_makes_room_for_the_text(screen: Screen) -> None:
    progress = screen.progress(terminal=True, columns=60)
    progress.status("t" * 40, 0.5)
    progress.status("t" * 48, 0.5)
    assert screen.texts[1] == f"{CLEAR}50% {'t' * 48} (0s)"
    assert re.fullmatch(rf"{re.escape(CLEAR)}\[=+ +\]  50% t{{40}} \(0s\)", screen.texts[0])
    assert len(screen.texts[0]) - len(CLEAR) < 60


def test_the_live_line_fits_the_terminal(screen: Screen) -> None:
    progress = screen.progress(terminal=True, columns=40)
    progress.status("x" * 100, 2.0)
    assert len(screen.texts[0]) - len(CLEAR) < 40
    assert "100% xx" in screen.texts[0] and "... (0s)" in screen.texts[0]


def test_wide_characters_do_not_push_the_live_line_over_the_edge(screen: Screen) -> None:
    progress = screen.progress(terminal=True, columns=40)
    progress.status("東" * 100, 0.5)
    progress.status("東京 10/40, " * 9)
    for text in screen.texts:
        assert columns(text.removeprefix(CLEAR)) < 40
    assert screen.texts[1] == f"{CLEAR}東京 10/40, 東京 10/40 (0s)"


def test_a_line_is_printed_above_the_live_one(screen: Screen) -> None:
    progress = screen.progress(terminal=True)
    progress.status("running")
    progress.line("migrate: OK")
    assert screen.texts == [CLEAR + "running (0s)", CLEAR, "migrate: OK", CLEAR + "running (0s)"]


def test_on_a_terminal_a_line_breaks_between_words(screen: Screen) -> None:
    screen.progress(terminal=True, columns=60).line("38m, 0.38 USD: at most, from 150 jobs of one minute each at once")
    screen.progress(columns=60).line("38m, 0.38 USD: at most, from 150 jobs of one minute each at once")
    assert screen.texts == [
        "38m, 0.38 USD: at most, from 150 jobs of one minute each at\n  once",
        "38m, 0.38 USD: at most, from 150 jobs of one minute each at once",
    ]


@pytest.mark.parametrize(
    "command",
    [
        "  resume     .venv/bin/ansible-playbook playbooks/populate.yml -i hosts.yml -e ingest_scenario=A1B",
        "Delete it: aws rds delete-db-snapshot --db-snapshot-identifier ingest-production-1-before",
    ],
)
def test_on_a_terminal_a_command_stays_one_line_to_be_copied(screen: Screen, command: str) -> None:
    screen.progress(terminal=True, columns=60).line(command)
    assert screen.texts == [command]


def test_the_live_line_goes_in_the_end(screen: Screen) -> None:
    progress = screen.progress(terminal=True)
    progress.close()
    assert screen.texts == []
    progress.status("running")
    progress.close()
    progress.close()
    assert screen.texts == [CLEAR + "running (0s)", CLEAR]


@pytest.mark.parametrize("callback", ["ansible.posix.json", "ansible.posix.jsonl", "json", "community.general.null"])
def test_where_standard_output_is_for_machines_it_stays_theirs(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, callback: str
) -> None:
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback)
    progress = screen.progress(terminal=True)
    progress.status("running")
    progress.line("migrate: OK")
    assert screen.texts == ["running (0s)", "migrate: OK"]
    assert all(how == {"stderr": True} for _text, how in screen.shown)


def test_secrets_do_not_show(screen: Screen) -> None:
    progress = screen.progress(secrets=("hunter2",))
    progress.line("connect as hunter2")
    progress.status("hunter2?")
    assert screen.texts == ["connect as ********", "********? (0s)"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m text", "red text"),
        ("10%\r20%", "10%20%"),
        ("two\nlines", "twolines"),
        ("tab\tstop", "tab stop"),
        ("Müller – 東京  ", "Müller – 東京"),
    ],
)
def test_a_line_is_one_line_of_text(screen: Screen, raw: str, shown: str) -> None:
    screen.progress().line(raw)
    assert screen.texts == [shown]


def test_an_escape_hides_no_secret(screen: Screen) -> None:
    screen.progress(secrets=("hunter2",)).line("hun\x1b[0mter\u200b2")
    assert screen.texts == ["********"]


def test_what_is_expected_shows_beside_what_has_passed(screen: Screen) -> None:
    progress = screen.progress()
    progress.expect(900, at_most=True)
    progress.status("database: modifying")
    progress.expect(600)
    progress.expect(900, at_most=True)
    screen.now = 61
    progress.status("database: rebooting")
    assert screen.texts == [
        "database: modifying (0s, at most 15m 00s)",
        "database: rebooting (1m 01s, last time 10m 00s)",
    ]


def test_a_narrow_terminal_loses_the_last_facts_whole(screen: Screen) -> None:
    progress = screen.progress(terminal=True, columns=50)
    progress.status("10/40 jobs done, 5 in flight, 12/min, workers 10/10")
    assert screen.texts == [CLEAR + "10/40 jobs done, 5 in flight, 12/min (0s)"]


@pytest.mark.parametrize(("verbosity", "texts"), [(0, []), (1, ["ECS: steady"])])
def test_details_are_for_those_who_ask(screen: Screen, verbosity: int, texts: list[str]) -> None:
    screen.verbosity = verbosity
    screen.progress().detail("ECS: steady")
    assert screen.texts == texts


def test_facts_go_before_the_bar_does(screen: Screen) -> None:
    progress = screen.progress(terminal=True, columns=80)
    progress.status("33/94 jobs done, 3s to go, 4/4 workers, 1452/min, 3 in flight, 61 left", 0.35)
    assert re.match(re.escape(CLEAR) + r"\[[= ]{10,}\]  35% 33/94 jobs done, 3s to go, 4/4 workers", screen.texts[-1])
    assert columns(screen.texts[-1].removeprefix(CLEAR)) < 80


def test_the_live_line_follows_the_window(screen: Screen) -> None:
    window = [120]
    progress = DisplayProgress(screen, (), lambda: screen.now, True, lambda: window[0])
    for window[0] in (120, 50):
        progress.status("33/94 jobs done, 3s to go, 4/4 workers, 1452/min, 3 in flight, 61 left", 0.35)
        assert columns(screen.texts[-1].removeprefix(CLEAR)) < window[0]


def test_silence_is_broken_with_what_goes_on(screen: Screen) -> None:
    progress = screen.progress(terminal=True, columns=80)
    progress.break_silence("Check the account")
    assert screen.texts == []
    screen.now = 2
    progress.break_silence("Check the account")
    assert screen.texts[-1] == f"{CLEAR}Check the account (2s)"
    progress.status("0 of 2 instances")
    screen.now = 4
    progress.break_silence("Check the account")
    assert screen.texts[-1] == f"{CLEAR}0 of 2 instances (4s)"
    progress.close()
    shown = len(screen.texts)
    screen.now = 9
    progress.break_silence("Check the account")
    assert len(screen.texts) == shown


def test_into_a_file_silence_is_broken_once(screen: Screen) -> None:
    progress = screen.progress()
    for screen.now in range(2, 9):
        progress.break_silence("Check the account")
    assert screen.texts == ["Check the account (2s)"]
