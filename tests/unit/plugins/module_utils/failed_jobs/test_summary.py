"""What the database holds, as the end of a run shows it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import TaskFailed, Unreadable
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.verification import run
from tests.fakes.aws import FakeAws
from tests.fakes.run.verification import OURS, dump_lines, printed, shell_lines
from tests.fakes.task import task, tasks

SUMMARY = {**OURS, "mode": "summary", "scenario": None}


@pytest.mark.parametrize("lines", [shell_lines, dump_lines])
def test_it_counts_by_scenario(ecs: FakeAws, lines: Any) -> None:
    printed(ecs, *lines({"3": [2030, 2031], "7": [2030]}))
    result = run(ecs.context(), {**SUMMARY, "verify_with": "dumpdata" if lines is dump_lines else "auto"})
    assert ecs.progress.lines == ["RCP85: 3 data sources imported"]
    assert (result.values["imported"], result.note) == ({"RCP85": 3}, "RCP85: 3")


def test_an_empty_database_is_told(ecs: FakeAws) -> None:
    printed(ecs, "INGEST_END 0")
    run(ecs.context(), SUMMARY)
    assert ecs.progress.lines == ["no data source is imported"]


def test_a_command_of_the_operators_own_shows_what_it_prints(ecs: FakeAws) -> None:
    printed(ecs, "cities: 200")
    result = run(ecs.context(), {**SUMMARY, "command": "show,all"})
    assert result.values["log"] == ["cities: 200"] and ecs.progress.lines == ["show,all: cities: 200"]


def test_its_failure_is_a_commands(ecs: FakeAws) -> None:
    ecs.on("DescribeTasks", tasks(task("STOPPED", 1)))
    printed(ecs, "no")
    with pytest.raises(TaskFailed):
        run(ecs.context(), {**SUMMARY, "command": "show"})
    with pytest.raises(Unreadable, match="What the database holds could not be verified"):
        run(ecs.context(), SUMMARY)


def test_a_preview_runs_nothing(ecs: FakeAws) -> None:
    ecs.on("DescribeClusters", {"clusters": [{"status": "ACTIVE"}], "failures": []})
    assert run(ecs.context(check_mode=True), SUMMARY).values["predicted"]
    assert ecs.changes() == []
