"""The version of 2017 takes the first year of named models only: one command a year follows, exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.command.find_task import Unknown
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Incomplete, Refused, TaskFailed
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.create_jobs import OPERATION
from tests.fakes.aws import FakeAws
from tests.fakes.job_application import CREATE, FORGETS, JobApplication, Killed

MODELS, YEARS = ["HadCM3", "CCSM4"], ["2050", "2051", "2052"]
NAMED = {"command": ["create_jobs", "A1B", "HadCM3,CCSM4", "2050-2052"], "models": MODELS, "years": ["2050-2052"]}
JOBS = Counter((model, year) for model in MODELS for year in YEARS)
BY_YEAR = [["create_jobs", "A1B", "HadCM3,CCSM4", year] for year in YEARS]
Interrupted = Callable[[str], JobApplication]
WHOLE = ["create_jobs", "A1B", "HadCM3,CCSM4", "2050,2051,2052"]


@pytest.fixture
def application(aws: FakeAws) -> JobApplication:
    return JobApplication(aws)


def create(application: JobApplication, check_mode: bool = False, **changes: Any) -> Result:
    return application.carry_out(OPERATION, {**CREATE, **NAMED, **changes}, check_mode)


def until_done(application: JobApplication, pause: float = 0.0, **changes: Any) -> int:
    """Start a controller after the other until one lives; give how many died."""
    for died in range(100):
        try:
            create(application, **changes)
        except Killed:
            application.aws.now += pause
        else:
            return died
    raise AssertionError("no controller ever came to an end")


def test_one_command_a_year_follows_by_itself(application: JobApplication) -> None:
    result = create(application)
    assert (Counter(application.queue), application.commands) == (JOBS, [WHOLE, *BY_YEAR])
    assert (result.values["requested"], result.values["commands"]) == (6, 3)
    told = "create_jobs queued 2 of 6 jobs: this version takes only the first year of named models; one command a year"
    assert application.aws.progress.lines.count(told) == 1
    assert "create_jobs 2051: 4 of 6 queued" in application.aws.progress.lines
    step = application.step()
    assert (step["state"], step["note"], step["facts"]["jobs"]) == ("done", "6 jobs by 3 commands, one a year", 6)
    assert [each["note"] for each in step["earlier"]] == [told]


def test_the_last_version_needs_one_command(aws: FakeAws) -> None:
    application = JobApplication(aws, of_2017=False)
    assert create(application).values["commands"] == 1
    assert (Counter(application.queue), application.commands) == (JOBS, [WHOLE])


def test_one_model_with_all_years_loses_them_as_well(application: JobApplication) -> None:
    all_years = ["2050-2052"]
    given = {"command": "create_jobs,A1B,CCSM4,all", "models": ["CCSM4"], "years": ["all"], "all_years": all_years}
    application.carry_out(OPERATION, {**CREATE, **given})
    assert application.commands[1:] == [["create_jobs", "A1B", "CCSM4", year] for year in YEARS]


@pytest.mark.parametrize(
    "given",
    [
        {"command": "create_jobs,A1B,all,all", "models": ["all"], "years": ["all"]},
        {"command": "create_jobs,A1B,CCSM4,2050", "models": ["CCSM4"], "years": ["2050"]},
    ],
    ids=["all models", "one year"],
)
def test_what_any_version_takes_is_one_command(application: JobApplication, given: dict[str, Any]) -> None:
    application.carry_out(OPERATION, {**CREATE, **given})
    assert len(application.commands) == 1


def test_what_was_learned_holds_for_the_rest_of_the_run(application: JobApplication) -> None:
    create(application)
    application.queue.clear()
    application.commands.clear()
    create(application, step="historical_create_jobs")
    assert application.commands == BY_YEAR
    create(application, step="retry_1_create_jobs_2", already=6)
    assert application.commands == [*BY_YEAR, *BY_YEAR]
    assert Counter(application.queue) == JOBS + JOBS


@pytest.mark.parametrize("arrives", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("pause", [0.0, 30.0, FORGETS + 60], ids=["at once", "soon", "when ECS has forgotten"])
def test_killed_at_any_change_and_resumed_every_job_is_queued_once(
    aws: FakeAws, fresh: Callable[[], None], arrives: bool, pause: float
) -> None:
    whole = JobApplication(aws)
    create(whole)
    assert len(whole.made) > 12
    for kill_at in range(1, len(whole.made) + 1):
        fresh()
        application = JobApplication(aws)
        application.kill_at, application.arrives = kill_at, arrives
        again = 0
        try:
            assert until_done(application, pause) == 1
        except Unknown:  # of the first command, which nothing but ECS can tell about
            assert pause > FORGETS and application.step()["attempt"] == 1
            again = len(application.commands)
            until_done(application, purge=True)
        assert Counter(application.queue) == JOBS, kill_at
        assert (application.step()["facts"]["jobs"], len(application.commands)) == (6, again + 4)


@pytest.fixture
def fresh(aws: FakeAws) -> Callable[[], None]:
    return aws.forget


def test_killed_at_every_change_one_after_the_other_every_job_is_queued_once(application: JobApplication) -> None:
    application.kill_at, died = 1, 0
    while application.step().get("state") != "done" if died else True:
        try:
            create(application)
        except Killed:
            died += 1
            application.kill_at = len(application.made) + 1 + died % 3
    assert Counter(application.queue) == JOBS and died > 5


def test_an_answer_that_is_lost_queues_nothing_twice(aws: FakeAws, fresh: Callable[[], None]) -> None:
    whole = JobApplication(aws)
    create(whole)
    for loses in range(1, len(whole.made) + 1):
        fresh()
        application = JobApplication(aws)
        application.loses = loses
        create(application)
        assert (Counter(application.queue), len(application.commands)) == (JOBS, 4), loses


@pytest.fixture
def interrupted(aws: FakeAws) -> Callable[[str], JobApplication]:
    """Give an account whose controller was killed by the first change of a kind."""

    def interrupt(change: str) -> JobApplication:
        whole = JobApplication(aws)
        create(whole)
        aws.forget()
        application = JobApplication(aws)
        application.kill_at = whole.made.index(change) + 1
        with pytest.raises(Killed):
            create(application)
        aws.calls.clear()
        return application

    return interrupt


def test_a_purge_that_was_begun_before_the_crash_is_waited_out(interrupted: Interrupted) -> None:
    """The queue is empty at once, and loses for a minute what is sent."""
    application = interrupted("PurgeQueue")
    create(application)
    assert Counter(application.queue) == JOBS


@pytest.mark.parametrize("others", [1, -1], ids=["one more", "one less"])
def test_a_queue_in_which_others_put_or_take_is_not_purged(interrupted: Interrupted, others: int) -> None:
    application = interrupted("PutParameter failed")
    assert len(application.queue) == 2
    application.queue = [*application.queue, ("foreign", "1999")] if others > 0 else application.queue[1:]
    with pytest.raises(Refused, match="something else sends jobs or takes them.*ingest_purge_queue=true"):
        create(application)
    assert application.aws.count("PurgeQueue") == 0
    create(application, purge=True)
    assert Counter(application.queue) == JOBS


def test_what_a_worker_has_taken_is_not_purged(application: JobApplication) -> None:
    application.in_flight = 1
    application.aws.on("GetQueueAttributes", lambda params: _taken(application))
    with pytest.raises(Incomplete, match="Only 2 of the 6"):
        create(application)
    assert (application.aws.count("PurgeQueue"), len(application.commands)) == (0, 1)


def _taken(application: JobApplication) -> dict[str, Any]:
    application.in_flight = min(1, len(application.queue))
    return application._counts()


def test_nothing_queued_is_not_the_habit_of_any_version(application: JobApplication) -> None:
    """The application sends to another queue, say."""
    application.aws.on("GetQueueAttributes", {"Attributes": {}})
    with pytest.raises(Incomplete, match="Only 0 of the 6"):
        create(application)
    assert len(application.commands) == 1


def test_a_year_that_comes_short_as_well_is_incomplete(
    application: JobApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = application._jobs
    monkeypatch.setattr(application, "_jobs", lambda given: list(jobs(given))[: 1 if given[-1] == "2051" else 9])
    with pytest.raises(Incomplete, match="Only 1 of the 2 requested jobs"):
        create(application)
    assert application.step()["state"] == "failed"
    with pytest.raises(Refused, match="must hold the 2 jobs"):
        create(application)
    monkeypatch.undo()
    create(application, purge=True)
    assert Counter(application.queue) == JOBS


def test_a_year_whose_command_failed_is_queued_when_the_run_is_resumed(application: JobApplication) -> None:
    application.fails.add("2051")
    with pytest.raises(TaskFailed):
        create(application)
    assert len(application.queue) == 2
    application.fails.clear()
    create(application)
    assert (Counter(application.queue), application.commands[3:]) == (JOBS, BY_YEAR[1:])


def test_other_years_than_those_queued_are_refused(application: JobApplication) -> None:
    application.fails.add("2051")
    with pytest.raises(TaskFailed):
        create(application)
    with pytest.raises(Refused, match="other years than are requested now"):
        create(application, command="create_jobs,A1B,CCSM4,2053-2054", years=["2053-2054"], models=["CCSM4"])


def test_jobs_of_earlier_commands_are_not_purged_for_one_that_comes_short(application: JobApplication) -> None:
    application.queue = [("HadCM3", "2031")]
    with pytest.raises(Incomplete, match="Only 2 of the 6"):
        create(application, step="retry_1_create_jobs_2", already=1)
    assert application.aws.count("PurgeQueue") == 0


def test_more_jobs_than_requested_are_refused(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    application = JobApplication(aws, of_2017=False)
    jobs = application._jobs
    monkeypatch.setattr(application, "_jobs", lambda given: [*jobs(given), *jobs(given)])
    with pytest.raises(Refused, match="12 jobs arrived"):
        create(application)


def test_a_preview_says_that_one_command_may_become_one_a_year(application: JobApplication) -> None:
    result = create(application, check_mode=True)
    assert result.resource.endswith(", or 3 commands, one a year where it queues too few")
    assert application.commands == []


def test_a_preview_of_a_run_that_has_learned_says_one_a_year(application: JobApplication) -> None:
    create(application)
    application.queue.clear()
    result = create(application, step="historical_create_jobs", check_mode=True)
    assert result.resource.endswith(", as 3 commands, one a year")
    interrupted = len(application.commands)
    assert (result.values["predicted"], interrupted) == (True, 4)
