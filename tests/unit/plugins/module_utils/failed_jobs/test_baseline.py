"""What the application held before a run created its jobs: asked once, and never too late."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Unreadable
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, FAILED, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import holdings
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.verification import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import carry_out
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.run.open_run import RUN
from tests.fakes.run.verification import OURS, VERIFY, dump_lines, printed, shell_lines
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import TASK, task, tasks

SOME = {"7": [2030, 2031, 1999]}


class OpenRun(FakeSsm):
    """A run that has not created jobs yet."""

    def __init__(self, aws: FakeAws) -> None:
        super().__init__(aws)
        lock.acquire(self.context(), "staging")
        record.write_run(self.context(), "staging", RUN)

    def baseline(self, prefix: str = "", check_mode: bool = False, **changes: Any) -> Result:
        options = {"mode": "baseline", "step": f"{prefix}baseline", "unless_done": [], "requires": {}}
        params = {**OURS, **options, "repeatable": True, **changes}
        return carry_out(self.context(check_mode=check_mode), params, OPERATION)

    def begin(self, step: str, state: str, **fields: Any) -> None:
        record.write_step(
            self.context(), "staging", step, record.Step(RUN.id, state, "2026-03-01T10:00:00+00:00", **fields)
        )

    def before(self, scenario: str, dataset: str = "") -> Any:
        context = self.context()
        return holdings.read(replace(context, step=StepWriter(context, "staging", "x", RUN, None))).of(
            dataset, scenario
        )

    def step(self, name: str = "baseline") -> dict[str, Any]:
        return dict(self.parameters[f"/climate.ingest/staging/steps/{name}"])


@pytest.fixture
def account(ecs: FakeAws) -> OpenRun:
    return OpenRun(ecs)


@pytest.mark.parametrize("lines", [shell_lines, dump_lines])
def test_what_is_there_already_is_recorded(account: OpenRun, lines: Any) -> None:
    printed(account.aws, *lines(SOME))
    result = account.baseline(verify_with="dumpdata" if lines is dump_lines else "shell")
    assert not result.changed
    assert (result.values["before"], result.values["requested"]) == (2, 36)
    assert account.before("RCP85") == {"HadCM3": {1999, 2030, 2031}}
    assert (account.step()["state"], account.step()["note"]) == ("done", "2 of 36 imported already")
    assert account.step()["facts"] == {"scenario": "RCP85", "requested": 36, "before": 2}


@pytest.mark.parametrize("lines", [["INGEST_END 0"], shell_lines({})], ids=["no scenario", "no data source"])
def test_an_empty_database_is_fine(account: OpenRun, lines: list[str]) -> None:
    printed(account.aws, *lines)
    assert account.baseline().values["before"] == 0
    assert account.before("RCP85") == {}


def test_one_command_is_enough_for_both_halves(account: OpenRun) -> None:
    printed(account.aws, *shell_lines(SOME))
    account.baseline()
    result = account.baseline("historical_", scenario="historical")
    assert account.aws.count("RunTask") == 1
    assert (result.values["before"], account.before("historical")) == (0, {})
    assert account.step("historical_baseline")["note"] == "0 of 36 imported already"


def test_a_command_of_the_operators_own_is_asked_for_each_scenario(account: OpenRun) -> None:
    own = {"command": VERIFY["command"]}
    printed(account.aws, "INGEST_COMPLETED HadCM3 2030")
    account.baseline(**own)
    printed(account.aws, "INGEST_COMPLETED ACCESS1-0 2031 2032")
    account.baseline("historical_", scenario="historical", **own)
    assert account.aws.count("RunTask") == 2
    assert account.before("RCP85") == {"HadCM3": {2030}}
    assert account.before("historical") == {"ACCESS1-0": {2031, 2032}}


def test_it_is_done_once(account: OpenRun) -> None:
    printed(account.aws, *shell_lines(SOME))
    account.baseline()
    printed(account.aws, *shell_lines({"7": [2047]}))
    assert "is done in run" in account.baseline().values["message"]
    assert account.aws.count("RunTask") == 1 and account.before("RCP85") == {"HadCM3": {1999, 2030, 2031}}


@pytest.mark.parametrize("state", [STARTED, DONE, FAILED])
def test_once_jobs_are_created_it_is_too_late(account: OpenRun, state: str) -> None:
    """A run of an older version has none, and ingest_assume_done: [create_jobs] says so too."""
    account.begin("create_jobs", state)
    result = account.baseline()
    assert account.aws.count("RunTask") == 0
    assert result.values["before"] is None and account.before("RCP85") is None
    assert account.step()["state"] == "done" and account.step()["note"].startswith("unknown: jobs of this run")


def test_the_other_half_is_not_too_late(account: OpenRun) -> None:
    account.begin("create_jobs", DONE)
    printed(account.aws, *shell_lines({"7": [2030]}, scenario="1"))
    account.baseline("historical_", scenario="historical")
    assert account.before("historical") == {"HadCM3": {2030}}


def test_after_a_crash_its_task_is_found_again(account: OpenRun) -> None:
    account.begin("baseline", STARTED, task=TASK)
    printed(account.aws, *shell_lines(SOME))
    assert account.baseline().values["before"] == 2
    assert account.aws.count("RunTask") == 0


def test_after_a_crash_between_its_record_and_the_step_it_is_not_run_again(account: OpenRun) -> None:
    account.begin("baseline", STARTED, task=TASK)
    printed(account.aws, *shell_lines(SOME))
    account.baseline()
    account.begin("baseline", STARTED, task=TASK)
    calls = account.aws.count("GetLogEvents")
    assert account.baseline().values["before"] == 2
    assert (account.aws.count("GetLogEvents"), account.step()["state"]) == (calls, "done")


def test_an_answer_that_cannot_be_read_ends_the_run_before_anything_begins(account: OpenRun) -> None:
    account.aws.on("GetLogEvents", Refusal("ResourceNotFoundException"))
    with pytest.raises(Unreadable, match="name a log group in it. Nothing was begun: no job is created"):
        account.baseline()
    assert account.before("RCP85") is None


def test_an_own_command_whose_log_cannot_be_read_ends_it_too(account: OpenRun) -> None:
    account.aws.on("GetLogEvents", Refusal("ResourceNotFoundException"))
    with pytest.raises(Unreadable, match="Nothing was begun"):
        account.baseline(command=VERIFY["command"])


def test_a_command_that_fails_ends_it_too(account: OpenRun) -> None:
    account.aws.on("DescribeTasks", tasks(task("STOPPED", 1)))
    printed(account.aws, "Traceback (most recent call last):", "  File", "ImportError: climate_data")
    with pytest.raises(
        Unreadable, match="ImportError: climate_data. .* ingest_verify_command takes .* Nothing was begun"
    ):
        account.baseline()
    assert account.step()["state"] == "failed"


def test_which_data_set_counts_must_be_said_before_anything_begins(account: OpenRun) -> None:
    names = {"1": "NEX-GDDP", "2": "LOCA"}
    lines = shell_lines({"3": [2030]}, dataset="1", datasets=names)[:-1]
    lines += [*shell_lines({"7": [2030]}, dataset="2", datasets=names)[:-1], "INGEST_END 2"]
    printed(account.aws, *lines)
    with pytest.raises(InvalidInput, match="ingest_climate_dataset"):
        account.baseline()
    account.aws.on("ListTasks", {"taskArns": [TASK]})
    account.aws.on("DescribeTasks", tasks(task("STOPPED", 0, startedBy=RUN.started_by("baseline", 1))))
    printed(account.aws, *lines)
    assert account.baseline(climate_dataset="LOCA").values["before"] == 1
    assert account.before("RCP85", "LOCA") == {"HadCM3": {2030}}
    assert account.aws.count("RunTask") == 1, "the answer is read again"
    nex = account.baseline("nex_", climate_dataset="NEX-GDDP")
    assert (nex.values["dataset"], nex.values["before"]) == ("NEX-GDDP", 1)
    assert account.before("RCP85", "NEX-GDDP") == {"ACCESS1-0": {2030}}
    assert account.aws.count("RunTask") == 1, "the answer was about both"


def test_a_preview_asks_nothing(account: OpenRun) -> None:
    account.aws.on("DescribeClusters", {"clusters": [{"status": "ACTIVE"}], "failures": []})
    before = dict(account.parameters)
    result = account.baseline(check_mode=True)
    assert (result.changed, result.values["predicted"]) == (False, True)
    assert account.aws.count("RunTask") == 0 and account.parameters == before


def test_outside_a_run_it_only_shows(ecs: FakeAws) -> None:
    printed(ecs, *shell_lines(SOME))
    assert OPERATION.run(ecs.context(), {**OURS, "mode": "baseline"}).values["before"] == 2
