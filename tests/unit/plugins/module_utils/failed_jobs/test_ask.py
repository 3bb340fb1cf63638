"""The application asked what it holds, by the command its version of Django has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Unreadable
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import holdings
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.ask import Asked, ask, prepared
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from tests.fakes.aws import FakeAws
from tests.fakes.run.open_run import RUN
from tests.fakes.run.verification import OURS, USAGE, VERIFY, dump_lines, printed, shell_lines
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import page, task, tasks

COMPLETED = {"3": [2030, 2031]}
FOUND = {"historical": {}, "RCP85": {"ACCESS1-0": {2030, 2031}}}


def asked(ssm: FakeSsm, params: Mapping[str, Any] = OURS) -> Asked:
    """Ask in an open run."""
    context = ssm.context()
    return ask(replace(context, step=StepWriter(context, "staging", "baseline", RUN, None)), params)


def commands(aws: FakeAws) -> list[str]:
    """Give the first word of each command that was run."""
    runs = [params for name, params in aws.calls if name == "RunTask"]
    return [each["overrides"]["containerOverrides"][0]["command"][0] for each in runs]


def old(ecs: FakeAws, *lines: str) -> None:
    """Be Django 1.9, whose shell has no --command and whose dump has these lines."""
    ecs.on("DescribeTasks", tasks(task("STOPPED", 2)), tasks(task("STOPPED", 0)))
    ecs.on("GetLogEvents", page("1", *USAGE), page("1"), page("2", *lines), page("2"))


@pytest.fixture
def ssm(ecs: FakeAws) -> FakeSsm:
    return FakeSsm(ecs)


def test_shell_answers(ecs: FakeAws) -> None:
    printed(ecs, "4 objects imported automatically", "a warning", *shell_lines(COMPLETED))
    found = ask(ecs.context(), OURS)
    assert found.answer.completed("") == FOUND and commands(ecs) == ["shell"]
    assert ecs.progress.lines == ["shell: a warning"]


def test_an_old_django_is_asked_with_dumpdata(ecs: FakeAws) -> None:
    old(ecs, *dump_lines(COMPLETED))
    assert ask(ecs.context(), OURS).answer.completed("") == FOUND
    assert commands(ecs) == ["shell", "dumpdata"]
    assert "this version of Django has no shell --command: asking with dumpdata" in ecs.progress.lines


def test_the_command_that_argparse_quotes_is_not_shown(ecs: FakeAws) -> None:
    old(ecs, *dump_lines(COMPLETED))
    ecs.on(
        "GetLogEvents",
        page("1", *USAGE, 'print("INGEST_END", number, lines)'),
        page("1"),
        page("2", "[", "]"),
        page("2"),
    )
    ask(ecs.context(), OURS)
    assert not any("INGEST_END" in line for line in ecs.progress.lines)
    assert any("unrecognized arguments" in line for line in ecs.progress.lines)


def test_no_command_is_tried_twice_in_a_run(ssm: FakeSsm) -> None:
    old(ssm.aws, *dump_lines(COMPLETED))
    first = asked(ssm)
    ssm.aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
    printed(ssm.aws, *dump_lines(COMPLETED))
    assert asked(ssm).known == first.known
    assert commands(ssm.aws) == ["shell", "dumpdata", "dumpdata"]


def test_which_command_it_is_is_known_before_it_runs(ssm: FakeSsm) -> None:
    """A controller that takes over must not read the task of one command as another's."""
    old(ssm.aws)
    seen: list[str] = []

    def run(params: dict[str, Any]) -> dict[str, Any]:
        known = ssm.parameters.get("/climate.ingest/staging/holdings/1", {})
        seen.append(known.get("form", ""))
        return tasks(task("PENDING"))

    ssm.aws.on("RunTask", run)
    with pytest.raises(Unreadable):
        asked(ssm)
    assert seen == ["", "dumpdata"]


@pytest.mark.parametrize(("form", "command"), [("shell", "shell"), ("dumpdata", "dumpdata"), ("auto", "shell")])
def test_a_variable_chooses(ecs: FakeAws, form: str, command: str) -> None:
    printed(ecs, *(dump_lines(COMPLETED) if form == "dumpdata" else shell_lines(COMPLETED)))
    assert ask(ecs.context(), {**OURS, "verify_with": form}).answer.completed("") == FOUND
    assert commands(ecs) == [command]


def test_who_wants_shell_alone_is_told_what_works(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("STOPPED", 2)))
    printed(ecs, *USAGE)
    with pytest.raises(Unreadable, match="ingest_verify_with: dumpdata works with every version of Django") as caught:
        ask(ecs.context(), {**OURS, "verify_with": "shell"})
    assert commands(ecs) == ["shell"] and "ingest_verify_command takes a command of your own" in caught.value.message


def test_where_neither_is_known_it_is_said_once(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("STOPPED", 2)))
    printed(ecs, "python: can't open file 'manage.py'")
    with pytest.raises(Unreadable, match="dumpdata ended with exit code 2") as caught:
        ask(ecs.context(), OURS)
    assert commands(ecs) == ["shell", "dumpdata"] and "\n" not in caught.value.message


def test_a_failure_of_another_kind_tries_nothing_else(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("STOPPED", 1)))
    why = "django.db.utils.ProgrammingError: relation climate_data_scenario does not exist"
    printed(ecs, "Traceback (most recent call last):", "  File", why)
    with pytest.raises(Unreadable, match=why):
        ask(ecs.context(), OURS)
    assert commands(ecs) == ["shell"]


def test_a_command_of_the_operators_own_is_run_as_it_is(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("STOPPED", 2)))
    printed(ecs, "no")
    with pytest.raises(Unreadable) as caught:
        ask(ecs.context(), VERIFY)
    assert ecs.count("RunTask") == 1 and "ingest_verify" not in caught.value.message


def test_late_lines_are_awaited(ecs: FakeAws) -> None:
    *most, last = shell_lines(COMPLETED)
    ecs.on("GetLogEvents", page("1", *most), *[page("1")] * 6, page("2", last), page("2"))
    assert ask(ecs.context(), OURS).answer.completed("") == FOUND
    assert ecs.now < 12


@pytest.mark.parametrize("lines", [shell_lines(COMPLETED)[:-1], []], ids=["cut", "empty"])
def test_an_answer_that_is_not_whole_says_nothing_about_the_data(ecs: FakeAws, lines: list[str]) -> None:
    printed(ecs, *lines)
    with pytest.raises(Unreadable, match="not all of it arrived there. Nothing is known to be missing. Run it again"):
        ask(ecs.context(), OURS)


def test_a_dump_that_is_cut_says_nothing_about_the_data(ecs: FakeAws) -> None:
    printed(ecs, *dump_lines(COMPLETED)[:-1])
    with pytest.raises(Unreadable, match="What is imported of RCP85 could not be verified: dumpdata .* not all of it"):
        ask(ecs.context(), {**OURS, "verify_with": "dumpdata"})


def test_a_dump_of_many_pages_is_read_to_its_end(ecs: FakeAws) -> None:
    lines = dump_lines({"3": range(1950, 2100), "7": range(1950, 2100)})
    ecs.on("GetLogEvents", *(page(str(at), *lines[at : at + 100]) for at in range(0, len(lines), 100)), page("end"))
    found = ask(ecs.context(), {**OURS, "verify_with": "dumpdata"})
    assert found.answer.counts() == {"RCP85": 300}


def test_the_record_keeps_the_sums_as_the_log_of_the_step(ssm: FakeSsm) -> None:
    printed(ssm.aws, "hello", *dump_lines(COMPLETED))
    context = ssm.context()
    step = StepWriter(context, "staging", "baseline", RUN, None)
    ask(replace(context, step=step), {**OURS, "verify_with": "dumpdata"})
    assert step.log["lines"] == ["hello", "RCP85: 2 data sources imported"]


def test_the_names_of_ids_are_kept(ssm: FakeSsm) -> None:
    printed(ssm.aws, *shell_lines({}))
    asked(ssm)
    context = ssm.context()
    kept = holdings.read(replace(context, step=StepWriter(context, "staging", "drain", RUN, None)))
    assert kept.ids.models == {"3": "ACCESS1-0", "7": "HadCM3"}
    assert kept.of("", "RCP85") is None, "only a baseline records what was there before"


def test_what_would_be_run_is_checked(ssm: FakeSsm) -> None:
    assert prepared(ssm.context(), OURS).arguments[0] == "shell"
    assert prepared(ssm.context(), {**OURS, "verify_with": "dumpdata"}).arguments[0] == "dumpdata"
    assert prepared(ssm.context(), VERIFY).arguments[0] == "shell" and ssm.aws.changes() == []
