"""A run is opened, resumed, given up and closed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput, Refused
from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import NOTHING_LEFT
from ansible_collections.climate.ingest.plugins.module_utils.run.lifecycle import run
from tests.fakes.run.lifecycle import HISTORY, PARAMS, REQUESTED, complete, done, imported, opened
from tests.fakes.ssm import ALICE, BOB, FakeSsm
from tests.fakes.task import TASK, task, tasks


def test_the_first_run_is_number_one(ssm: FakeSsm) -> None:
    result = opened(ssm)
    assert result.changed
    assert (result.before, result.after) == ({}, {"run": "staging-1", "state": "open"})
    assert ssm.parameters["/climate.ingest/staging/run"]["requested"] == REQUESTED


def test_an_open_run_is_resumed_by_anybody(ssm: FakeSsm) -> None:
    opened(ssm)
    done(ssm, "migrate", "cities")
    lock.release(ssm.context(ALICE), "staging")
    result = opened(ssm, ssm.context(BOB))
    assert not result.changed
    assert "resuming run staging-1" in result.values["message"]
    assert "done: migrate, cities" in result.values["message"]


def test_an_open_run_asks_for_the_same(ssm: FakeSsm) -> None:
    opened(ssm)
    with pytest.raises(Refused) as caught:
        opened(ssm, imports=[imported(scenario="RCP45")])
    for part in ("ingest_scenario was 'RCP85' and is 'RCP45'", "ingest_new_run_after=staging-1"):
        assert part in caught.value.message


def test_long_lists_of_years_stay_small_and_are_told_apart(ssm: FakeSsm) -> None:
    years = ",".join(str(year) for year in range(1000, 3000))
    opened(ssm, imports=[imported(years=years)])
    assert not opened(ssm, imports=[imported(years=years)]).changed
    with pytest.raises(Refused):
        opened(ssm, imports=[imported(years=years + ",3000")])


def test_the_second_half_joins_an_open_run(ssm: FakeSsm) -> None:
    opened(ssm)
    opened(ssm, playbook="historical", imports=[imported(), HISTORY])
    kept = ssm.parameters["/climate.ingest/staging/run"]
    assert kept["goals"] == ["verify", "historical_verify", "generate_historic"]
    assert set(kept["requested"]) == {
        *REQUESTED,
        *(f"ingest_historical_{name}" for name in ("scenario", "models", "years")),
    }


def test_a_run_stays_open_until_its_goals_are_done(ssm: FakeSsm, standing: list[str]) -> None:
    opened(ssm)
    result = run(ssm.context(), {**PARAMS, "state": "closed"})
    assert not result.changed
    assert "verify to be done" in result.values["message"]


def test_a_run_stays_open_while_something_of_it_stands(ssm: FakeSsm, standing: list[str]) -> None:
    opened(ssm)
    done(ssm, "verify")
    standing.append("Auto Scaling group ingest-staging-spot")
    result = run(ssm.context(), {**PARAMS, "state": "closed"})
    assert "teardown (Auto Scaling group ingest-staging-spot)" in result.values["message"]
    assert ssm.parameters["/climate.ingest/staging/run"]["state"] == "open"


def test_a_complete_ingest_is_said_to_be_and_nothing_is_written(ssm: FakeSsm, standing: list[str]) -> None:
    complete(ssm)
    before = ssm.aws.count("PutParameter")
    result = opened(ssm)
    assert result.values["complete"] and not result.changed
    assert "-e ingest_new_run_after=staging-1" in result.values["message"]
    assert ssm.aws.count("PutParameter") == before


@pytest.mark.parametrize("more", [{"imports": [imported(scenario="RCP45")]}, {"new_run_after": "staging-1"}])
def test_after_a_complete_run_comes_another(ssm: FakeSsm, standing: list[str], more: dict[str, Any]) -> None:
    complete(ssm)
    result = opened(ssm, **more)
    assert result.before == {"run": "staging-1", "state": "complete"}
    assert result.after == {"run": "staging-2", "state": "open"}


def test_asking_again_for_the_new_run_goes_on_with_it(ssm: FakeSsm, standing: list[str]) -> None:
    complete(ssm)
    opened(ssm, new_run_after="staging-1")
    result = opened(ssm, new_run_after="staging-1")
    assert not result.changed and result.values["run"] == "staging-2"


def test_a_new_run_after_one_that_is_not_the_last_is_a_mistake(ssm: FakeSsm) -> None:
    opened(ssm)
    with pytest.raises(InvalidInput, match="'staging-7'; the last run of 'staging' is 'staging-1'"):
        opened(ssm, new_run_after="staging-7")


def test_steps_of_a_run_given_up_do_not_count(ssm: FakeSsm) -> None:
    opened(ssm)
    done(ssm, "migrate")
    opened(ssm, new_run_after="staging-1")
    assert not record.read(ssm.context(), "staging", ["migrate"]).is_done("migrate")


def test_a_run_whose_command_still_runs_is_not_given_up(ssm: FakeSsm) -> None:
    opened(ssm)
    step = record.Step("staging-1", STARTED, "2026-03-01T10:00:00+00:00", task=TASK)
    record.write_step(ssm.context(), "staging", "create_jobs", step)
    ssm.aws.on("DescribeTasks", tasks(task("RUNNING")))
    with pytest.raises(Refused, match="still running"):
        opened(ssm, new_run_after="staging-1")
    ssm.aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
    assert opened(ssm, new_run_after="staging-1").values["run"] == "staging-2"


def test_what_is_assumed_done_is_written_down_with_who_said_so(ssm: FakeSsm) -> None:
    opened(ssm, assume_done=["create_jobs"])
    assert "alice@laptop" in ssm.parameters["/climate.ingest/staging/steps/create_jobs"]["note"]
    with pytest.raises(InvalidInput) as caught:
        opened(ssm, assume_done=["create_job"])
    assert "ingest_assume_done has 'create_job'; steps are snapshot, migrate" in caught.value.message


def test_another_controller_is_refused(ssm: FakeSsm) -> None:
    opened(ssm, ssm.context(ALICE))
    with pytest.raises(Refused, match="alice@laptop"):
        opened(ssm, ssm.context(BOB))


def test_a_preview_predicts_the_run_and_its_end(ssm: FakeSsm, standing: list[str]) -> None:
    context = ssm.context(check_mode=True)
    result = opened(ssm, context)
    assert result.after == {"run": "staging-1", "state": "open"} and result.values["predicted"]
    step = record.Step("staging-1", DONE, "2026-03-01T10:00:00+00:00")
    record.write_step(context, "staging", "verify", step)
    assert run(context, {**PARAMS, "state": "closed"}).after["state"] == "complete"
    assert ssm.parameters == {}


def test_a_teardown_of_the_play_that_left_nothing_is_not_looked_up_again(ssm: FakeSsm, standing: list[str]) -> None:
    opened(ssm)
    done(ssm, "verify")
    standing.append("service s")
    context = ssm.context(memo=Memo())
    assert not run(context, {**PARAMS, "state": "closed"}).values["complete"]
    context.memo.put(NOTHING_LEFT, True)
    assert run(context, {**PARAMS, "state": "closed"}).values["complete"]


def test_a_run_is_not_abandoned_while_a_command_runs_whose_arn_is_not_recorded(ssm: FakeSsm) -> None:
    opened(ssm)
    known = record.read(ssm.context(), "staging")
    assert known.run
    begun = record.Step(known.run.id, STARTED, "2026-03-01T10:00:00+00:00")
    record.write_step(ssm.context(), "staging", "create_jobs", begun)
    ssm.aws.on("ListTasks", {"taskArns": [TASK]})
    ssm.aws.on("DescribeTasks", tasks(task("RUNNING")))
    with pytest.raises(Refused, match="A command of run staging-1 is still running"):
        opened(ssm, new_run_after="staging-1")


def test_the_last_message_says_how_to_restore_and_delete_the_snapshot(ssm: FakeSsm, standing: list[str]) -> None:
    opened(ssm)
    fact = {"name": "ingest-staging-1-before", "instance": "dbstaging", "restore": "aws rds restore"}
    step = record.Step("staging-1", DONE, "2026-03-01T10:00:00+00:00", facts={"snapshot": fact})
    record.write_step(ssm.context(), "staging", "snapshot", step)
    run(ssm.context(), {**PARAMS, "state": "closed"})
    assert ssm.aws.progress.lines[-3:] == [
        "Snapshot ingest-staging-1-before of dbstaging, from before the run, is kept, and bills for its storage.",
        "Restore it as an instance of its own: aws rds restore",
        "Delete it: aws rds delete-db-snapshot --db-snapshot-identifier ingest-staging-1-before",
    ]


BOUNDARIES = {"name": "boundaries", "command": "import_boundaries", "repeatable": True}
VACUUM = {"name": "vacuum", "command": ["shell"], "repeatable": False}


def test_a_run_keeps_the_commands_of_the_operator_and_is_open_without_those_after(
    ssm: FakeSsm, standing: list[str]
) -> None:
    result = opened(ssm, commands_before=[BOUNDARIES], commands_after=[VACUUM])
    assert result.values["goals"] == ["verify", "vacuum"]
    assert result.values["commands_need"] == {"verify": "projections"}
    done(ssm, "verify")
    assert "vacuum to be done" in run(ssm.context(), {**PARAMS, "state": "closed"}).values["message"]
    done(ssm, "vacuum")
    assert run(ssm.context(), {**PARAMS, "state": "closed"}).values["complete"]


def test_an_open_run_takes_the_commands_as_they_are_now(ssm: FakeSsm) -> None:
    opened(ssm, commands_after=[VACUUM])
    result = opened(ssm, commands_before=[BOUNDARIES])
    assert (result.values["goals"], result.values["commands_before"]) == (["verify"], ["boundaries"])
    kept = ssm.parameters["/climate.ingest/staging/run"]
    assert (kept["commands_before"], kept["commands_after"]) == (["boundaries"], [])


def test_commands_that_are_new_do_not_import_everything_again(ssm: FakeSsm, standing: list[str]) -> None:
    opened(ssm)
    complete(ssm)
    assert opened(ssm, commands_after=[VACUUM]).values["complete"]


def test_a_command_of_the_operator_may_be_assumed_done(ssm: FakeSsm) -> None:
    opened(ssm, commands_after=[VACUUM], assume_done=["vacuum"])
    assert record.read(ssm.context(), "staging", ["vacuum"]).is_done("vacuum")
    with pytest.raises(InvalidInput, match="vaccum"):
        opened(ssm, commands_after=[VACUUM], assume_done=["vaccum"])


def test_more_imports_than_the_record_of_a_run_can_name_are_refused(ssm: FakeSsm) -> None:
    """Cut short, the run would be complete without some of them."""
    many = [imported(f"nex_gddp_scenario_{number:02}", f"S{number}", dataset="NEX-GDDP") for number in range(30)]
    with pytest.raises(InvalidInput, match=r"takes \d+ bytes .* divide the imports among several runs"):
        opened(ssm, imports=many)
    assert "/climate.ingest/staging/run" not in ssm.parameters
    opened(ssm, imports=many[:6])
    assert len(ssm.parameters["/climate.ingest/staging/run"]["goals"]) == 6


@pytest.mark.parametrize("state", ["open", "resumed"])
def test_a_job_that_is_in_two_imports_is_refused(ssm: FakeSsm, state: str) -> None:
    opened(ssm)
    with pytest.raises(InvalidInput, match="has RCP85 HadCM3 2006-2099 twice, in projections and in again"):
        opened(ssm, imports=[imported(), imported("again")], state=state)


def test_an_import_knows_what_is_queued_for_the_same_drain(ssm: FakeSsm) -> None:
    given = [imported("a", "A", years="2006"), imported("b", "B", years="2006-2008")]
    both = opened(ssm, imports=given, drain="together").values["imports"]
    assert [(each["queued_with"], each["drained_by"]) for each in both] == [
        ({"b_create_jobs": 3}, "a_drain"),
        ({"a_create_jobs": 1}, "a_drain"),
    ]
