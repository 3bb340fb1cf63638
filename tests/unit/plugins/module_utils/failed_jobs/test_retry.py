"""The failed jobs that are queued again, and the commands that queue just these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import NotFound, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, OPEN, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import record as failed_record
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.record import FailedJob, FailedRecord
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.retry import Command, commands, run
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.one_a_year import ONE_A_YEAR
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.imports import Import
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import FakeSsm

RUN = record.Run(
    "staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop", goals=["verify", "historical_verify"]
)
AT = "2026-03-01T10:00:00+00:00"
MODELS = ["A", "B", "C", "X", "Y", "Z"]
RCP85 = Import("projections", "RCP85", models=MODELS, years=["2006-2099"])
HISTORY = Import("historical", "historical", models=MODELS, years=["1950-2005"], averages=True)
IMPORTS = [RCP85, HISTORY]


def job(model: str, year: int | None, scenario: str = "RCP85", **more: Any) -> FailedJob:
    return FailedJob(scenario, model, year, "KeyError: 'x'", AT, **more)


def jobs(**years: list[int]) -> list[FailedJob]:
    return [job(model, year) for model, some in years.items() for year in some]


class Account(FakeSsm):
    """A run whose imports are drained."""

    def __init__(self, aws: FakeAws) -> None:
        super().__init__(aws)
        lock.acquire(self.context(), "staging")
        record.write_run(self.context(), "staging", RUN)
        self.steps("create_jobs", "drain")

    def steps(self, *names: str, state: str = DONE, task: str = "") -> None:
        for name in names:
            record.write_step(self.context(), "staging", name, record.Step("staging-1", state, AT, task=task))

    def fail(self, *failed: FailedJob) -> None:
        FailedRecord(self.context(), "staging", "staging-1").note(failed)

    def retry(self, check_mode: bool = False, purge: bool = False, imports: Sequence[Import] = IMPORTS) -> Result:
        context, given = self.context(check_mode=check_mode), [asdict(each) for each in imports]
        return run(context, {"environment": "staging", "cluster": "c", "imports": given, "purge": purge})

    @property
    def known(self) -> list[FailedJob]:
        return failed_record.read(self.context(), "staging", "staging-1")


@pytest.fixture
def account(aws: FakeAws) -> Account:
    return Account(aws)


def listed(result: Result) -> list[tuple[str, str, int]]:
    return [(each["models"], each["years"], each["already"]) for each in result.values["commands"]]


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (jobs(A=[1, 2, 3]), [Command(RCP85, ("A",), (1, 2, 3))]),
        (jobs(A=[1], B=[1], C=[1]), [Command(RCP85, ("A", "B", "C"), (1,))]),
        (jobs(A=[1, 2], B=[1, 2]), [Command(RCP85, ("A", "B"), (1, 2))]),
        (jobs(A=[1, 3], B=[1, 3], C=[2]), [Command(RCP85, ("A", "B"), (1, 3)), Command(RCP85, ("C",), (2,))]),
        (jobs(A=[1, 2], B=[1]), [Command(RCP85, ("A", "B"), (1,)), Command(RCP85, ("A",), (2,))]),
        (
            [job("A", 1), job("A", 1, "historical"), job("A", 2, "historical")],
            [Command(HISTORY, ("A",), (1, 2)), Command(RCP85, ("A",), (1,))],
        ),
    ],
)
def test_jobs_are_grouped_into_few_commands_those_of_several_years_first(
    failed: list[FailedJob], expected: list[Command]
) -> None:
    assert commands(failed, IMPORTS, one_a_year=False) == expected
    assert sum(each.jobs for each in expected) == len(failed)


FEW = st.lists(
    st.tuples(st.sampled_from(["RCP85", "historical"]), st.sampled_from("XYZ"), st.integers(1, 5)),
    min_size=1,
    unique=True,
)


@given(FEW)
def test_commands_queue_just_the_jobs_for_either_version(some: list[tuple[str, str, int]]) -> None:
    failed = [job(model, year, scenario) for scenario, model, year in some]
    several, single = commands(failed, IMPORTS, one_a_year=False), commands(failed, IMPORTS, one_a_year=True)
    for found in (several, single):
        made = [(each.of.scenario, model, year) for each in found for model in each.groups for year in each.values]
        assert sorted(made) == sorted(some)
    assert len(single) == len({(scenario, year) for scenario, _model, year in some}) >= len(several)
    assert {len(each.values) for each in single} == {1}
    assert [len(each.values) > 1 for each in several] == sorted(
        (len(each.values) > 1 for each in several), reverse=True
    )


def of_datasets() -> list[Import]:
    names = {"nex": "NEX-GDDP", "loca": "LOCA"}
    both = [Import(name, "RCP85", dataset, MODELS, ["2006-2099"]) for name, dataset in names.items()]
    return [*both, replace(both[1], name="past", years=["2000-2005"], arguments=["--update-existing"])]


def test_a_job_is_queued_again_as_a_part_of_its_import() -> None:
    nex, loca, past = of_datasets()
    failed = [job("A", 2031, dataset="NEX-GDDP"), job("A", 2031, dataset="LOCA"), job("A", 2000, dataset="LOCA")]
    found = commands(failed, [nex, loca, past], one_a_year=False)
    assert found == [Command(each, ("A",), (year,)) for each, year in ((nex, 2031), (loca, 2031), (past, 2000))]


def test_a_job_of_no_import_or_of_one_that_is_not_known_is_left_to_the_verification(account: Account) -> None:
    imports = of_datasets()
    run_of_both = replace(RUN, goals=[f"{each.name}_verify" for each in imports])
    record.write_run(account.context(), "staging", run_of_both)
    account.fail(job("A", 2031), job("A", 2031, dataset="other"), job("B", 2031, dataset="LOCA"))
    result = account.retry(imports=imports)
    assert [(each["import"], each["dataset"], each["models"]) for each in result.values["commands"]] == [
        ("loca", "LOCA", "B")
    ]
    assert (result.values["jobs"], result.values["imports"]) == (1, ["loca"])
    assert [each.title for each in account.known if each.queued] == ["LOCA RCP85 B 2031"]


def test_a_retry_fixes_its_jobs(account: Account) -> None:
    account.fail(*jobs(A=[2031, 2044], B=[2031]))
    result = account.retry()
    assert (result.values["retry"], result.values["jobs"], result.values["imports"]) == (1, 3, ["projections"])
    assert listed(result) == [("A,B", "2031", 0), ("A", "2044", 2)]
    assert {(each.retried, each.queued) for each in account.known} == {(1, 1)}
    assert not result.values["queued"]


def test_an_interrupted_retry_goes_on_with_the_same_jobs(account: Account) -> None:
    account.fail(*jobs(A=[2031]))
    first = account.retry()
    account.steps("retry_1_create_jobs_1")
    account.fail(job("B", 2031))
    assert account.retry().values == first.values | {"queued": True}
    assert {each.retried for each in account.known if each.group == "A"} == {1}


def test_one_that_was_interrupted_while_it_fixed_them_fixes_the_rest(account: Account) -> None:
    account.fail(job("A", 2031, retried=1, queued=1), job("B", 2031))
    assert account.retry().values["jobs"] == 2
    assert {each.retried for each in account.known} == {1}


def test_what_failed_in_a_retry_is_for_the_next(account: Account) -> None:
    account.fail(*jobs(A=[2031, 2044]))
    account.retry()
    account.fail(FailedJob("RCP85", "A", 2044, "KeyError: 'y'", "2026-03-01T10:05:00+00:00"))
    account.steps("retry_1_create_jobs_1", "retry_1_drain")
    result = account.retry()
    assert (result.values["retry"], listed(result)) == (2, [("A", "2044", 0)])
    assert [(each.value, each.retried, each.queued) for each in account.known] == [(2031, 1, 1), (2044, 2, 2)]


def test_a_retry_that_was_drained_and_not_verified_is_only_verified(account: Account) -> None:
    account.fail(*jobs(A=[2031]))
    account.retry()
    account.steps("retry_1_create_jobs_1", "retry_1_drain")
    result = account.retry()
    assert (result.values["retry"], result.values["commands"], result.values["imports"]) == (1, [], ["projections"])
    assert "retry_2" not in str(account.parameters)


def learn(account: Account) -> None:
    step = record.Step("staging-1", DONE, AT, facts={ONE_A_YEAR: True})
    record.write_step(account.context(), "staging", "create_jobs", step)


def test_what_the_run_has_learned_of_the_application_decides(account: Account) -> None:
    account.fail(*jobs(A=[2031, 2044]))
    learn(account)
    assert listed(account.retry()) == [("A", "2031", 0), ("A", "2044", 1)]


def test_a_retry_keeps_its_commands_whatever_is_learned_meanwhile(account: Account) -> None:
    account.fail(*jobs(A=[2031, 2044]))
    first = account.retry()
    learn(account)
    assert account.retry().values == first.values
    account.steps("retry_1_create_jobs_1", "retry_1_drain")
    account.fail(FailedJob("RCP85", "A", 2044, "KeyError: 'y'", "2026-03-01T10:05:00+00:00"))
    account.fail(FailedJob("RCP85", "A", 2031, "KeyError: 'y'", "2026-03-01T10:05:00+00:00"))
    assert listed(account.retry()) == [("A", "2031", 0), ("A", "2044", 1)]


def test_before_a_verification_nobody_says_that_nothing_failed(account: Account) -> None:
    """As in a preview, where it is not carried out."""
    result = account.retry(check_mode=True)
    assert (result.values["jobs"], result.values["message"]) == (
        0,
        "which jobs have failed is not known before verify is done",
    )


def test_where_nothing_failed_nothing_is_begun(account: Account) -> None:
    account.steps("verify")
    result = account.retry()
    assert (result.values["jobs"], result.values["commands"], result.values["imports"]) == (0, [], [])
    assert result.values["message"] == "run staging-1 has no failed jobs: there is nothing to retry"
    assert "retry_" not in str(account.parameters)


def test_jobs_without_names_cannot_be_queued(account: Account) -> None:
    account.fail(job("A", 2031), job("model id 3", 2031), job("A", None))
    assert listed(account.retry()) == [("A", "2031", 0)]


@pytest.mark.parametrize("state", [STARTED, DONE])
def test_jobs_that_are_still_to_be_drained_come_first(account: Account, state: str) -> None:
    account.fail(*jobs(A=[2031]))
    account.steps("historical_create_jobs", state=state)
    with pytest.raises(Refused, match="historical_drain is not done"):
        account.retry()
    assert account.known[0].queued == 0


def test_a_purge_gives_an_unfinished_retry_up(account: Account) -> None:
    account.fail(*jobs(A=[2031, 2044], B=[2031]))
    account.retry()
    account.steps("retry_1_create_jobs_1")
    result = account.retry(purge=True)
    assert (result.values["retry"], result.values["jobs"]) == (2, 3)
    assert {(each.retried, each.queued) for each in account.known} == {(1, 2)}


def test_a_purge_changes_nothing_when_all_jobs_are_queued(account: Account) -> None:
    account.fail(*jobs(A=[2031]))
    account.retry()
    account.steps("retry_1_create_jobs_1")
    assert account.retry(purge=True).values["retry"] == 1


def test_a_purge_waits_for_a_command_that_still_queues(account: Account) -> None:
    account.fail(*jobs(A=[2031]))
    account.retry()
    account.steps("retry_1_create_jobs_1", state=STARTED, task="arn:task")
    account.aws.on("DescribeTasks", {"tasks": [{"taskArn": "arn:task", "lastStatus": "RUNNING"}]})
    with pytest.raises(Refused, match="retry 1 is still running: arn:task"):
        account.retry(purge=True)
    account.aws.on("DescribeTasks", {"tasks": [{"taskArn": "arn:task", "lastStatus": "STOPPED"}]})
    assert account.retry(purge=True).values["retry"] == 2


def test_a_preview_says_the_same_and_fixes_nothing(account: Account) -> None:
    account.fail(*jobs(A=[2031, 2044], B=[2031]))
    before = str(account.parameters)
    previewed = account.retry(check_mode=True).values
    assert str(account.parameters) == before
    assert previewed == account.retry().values


def test_without_an_open_run_there_is_nothing_to_retry(aws: FakeAws) -> None:
    with pytest.raises(NotFound, match="No run is open in 'staging'"):
        run(FakeSsm(aws).context(), {"environment": "staging", "cluster": "c", "imports": [], "purge": False})


def test_the_lock_is_needed(account: Account) -> None:
    account.fail(*jobs(A=[2031]))
    lock.release(account.context(), "staging")
    with pytest.raises(Refused, match="has not locked it"):
        account.retry()
