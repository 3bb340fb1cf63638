"""The run on one screen."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import InvalidInput
from ansible_collections.climate.ingest.plugins.module_utils.core.run import FAILED, OPEN, Run
from ansible_collections.climate.ingest.plugins.module_utils.core.text import columns
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import record as failed_record
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import unverified
from ansible_collections.climate.ingest.plugins.module_utils.record import record
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.report import facts, page, status
from tests.fakes.aws import FakeAws
from tests.fakes.report import facts as sample_facts
from tests.fakes.report.failed_tiles import failed_tiles
from tests.fakes.ssm import FakeSsm

PARAMS = {"environment": "staging", "show": True, "report_folder": None}


def shown(facts: dict[str, Any]) -> str:
    return "\n".join(status.screen(facts))


SAMPLES = ["finished", "begun", "draining", "priceless", "resumed"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_label_never_touches_its_text(name: str) -> None:
    facts = getattr(sample_facts, name)()
    facts["unattended"] |= {"is_up": True}
    facts["unreadable"] = {"queue": "There is no queue 'q'."}
    for line in status.screen(facts)[1:]:
        assert line[:2] == "  " and line[12] == " " and line[13] != " ", line


@pytest.mark.parametrize("name", SAMPLES)
def test_it_fits_a_terminal_of_80_columns(name: str) -> None:
    lines = status.screen(getattr(sample_facts, name)())
    assert max(map(columns, lines)) <= 80
    assert len(lines) <= 50


NAMES = ["migrate", "retry_12_historical_verify", "load_the_boundaries_of_all_regions_and_their_coastlines"]
WIDE = ["東京都の都市を読み込む", "e\u0301tape", "🌍_import"]


@pytest.mark.parametrize("name", [*NAMES, *WIDE, "x" * 200, "東" * 100])
def test_columns_never_run_together(name: str) -> None:
    facts = sample_facts.finished()
    facts["steps"][1]["name"] = name
    lines = status.screen(facts)
    assert max(map(columns, lines)) <= 80
    assert name in "".join(line.strip() for line in lines)
    rows = [line for line in lines if "  done " in line]
    assert len(rows) == 16
    assert len({columns(line.partition("  done ")[0]) for line in rows}) == 1
    assert len({columns(line.partition(" 2026-")[0]) for line in rows if " 2026-" in line}) == 1


def test_what_was_left_out_has_not_failed() -> None:
    facts = sample_facts.finished()
    database = next(each for each in facts["steps"] if each["name"] == "database")
    database["attempts"][0] |= {"state": "failed", "note": "RDS gave up"}
    database["state"] = "left out"
    left_out = [each.split() for each in status.screen(facts) if each.endswith("left out")]
    assert left_out == [["climate_models", "left", "out"], ["database", "left", "out"]]


def test_what_the_operator_marked_is_said_to_be_so() -> None:
    facts = sample_facts.finished()
    facts["steps"][1]["attempts"][0]["note"] = "marked as done by ann@laptop"
    assert "done 2026-11-24 19:00 marked as done by ann@laptop" in " ".join(shown(facts).split())


def test_what_is_done_for_each_import_has_no_tries() -> None:
    facts = sample_facts.finished()
    facts["steps"][9]["attempts"] *= 2
    assert "36s, 2 times" in shown(facts)


def test_a_finished_run() -> None:
    text = shown(sample_facts.finished())
    for part in (
        "Run staging-3 is complete, took 4h 18m",
        "by ann@laptop",
        "cost       11.33 USD; estimated at 9.80 to 13.40 USD",
        "RCP85 CCSM4 2031: FileNotFoundError: s3://nasa-nex/CCSM4_2031.nc",
        "dbstaging: db.t2.medium, 240 GB, available",
    ):
        assert part in text
    assert ", after 1 failed try" in " ".join(text.split())
    assert "controller" not in text and "next" not in text


def test_a_service_that_was_made_and_removed_twice_has_no_fourth_try() -> None:
    facts = sample_facts.finished()
    (one,) = facts["steps"][9]["attempts"]
    facts["steps"][9]["attempts"] = [one, {**one, "state": "failed"}, one, one]
    assert "36s, 3 times, after 1 failed try" in " ".join(shown(facts).split())


def test_a_step_that_nobody_carries_out_is_interrupted_and_takes_no_time() -> None:
    facts = sample_facts.draining()
    drain = next(step for step in facts["steps"] if step["state"] == "started")
    drain["state"] = drain["attempts"][-1]["state"] = "interrupted"
    (line,) = (line for line in status.screen(facts) if "interrupted" in line)
    assert line.split()[0] == drain["name"] and line.endswith(drain["attempts"][-1]["began"][11:16]) and len(line) <= 80


def test_a_failure_of_several_lines_is_told_whole_and_once() -> None:
    facts = sample_facts.draining()
    why = "The tasks found no room:\n  - memory\n  - ports"
    facts["run"]["failure"] = {"at": facts["generated_at"], "task": "Run the jobs", "message": why}
    facts["steps"][10]["state"] = "failed"
    facts["steps"][10]["attempts"][0] |= {"state": "failed", "note": why, "ended": facts["generated_at"]}
    text = " ".join(shown(facts).split())
    assert "in 'Run the jobs': The tasks found no room: - memory - ports" in text
    assert text.count("found no room") == 1


def test_what_was_done_before_the_run_is_told_apart() -> None:
    lines = status.screen(sample_facts.finished())
    at = next(number for number, line in enumerate(lines) if line.startswith("  imported"))
    assert lines[at : at + 3] == [
        "  imported   RCP85: 1,993 of 1,995 imported, 30 of them before this run",
        "             historical: 1,155 of 1,155 imported, how many of them before this",
        "             run is unknown",
    ]


def test_a_run_under_way_says_who_runs_it_how_far_it_is_and_what_comes() -> None:
    facts = sample_facts.draining()
    facts["controller"] = {"holder": "ann@laptop (process 4711)", "since": facts["run"]["opened_at"]}
    (drain,) = facts["drains"]
    text = shown(facts)
    done = drain["total"] - drain["left"][-1]
    assert "ann@laptop (process 4711), since" in text
    assert f"{done}/{drain['total']} jobs done" in text and "to go" in text
    assert "running" in text and " so far" in text
    assert f"next       {facts['next'][0]}" in text


UP = {"is_up": True, "due": "2026-11-25T07:00:00+00:00"}
ENDED = {"is_at_zero": True, "fired": [{"at": "2026-11-24T23:00:00+00:00", "since": "2026-11-24T11:00:00+00:00"}]}


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (UP, "the account sets the fleet ingest-staging-spot to 0 instances at 2026-11-25 07:00 UTC (in "),
        ({"is_up": True}, "Nothing ends the fleet ingest-staging-spot"),
        (ENDED, "set the fleet ingest-staging-spot to 0 instances at 2026-11-24 23:00 UTC"),
    ],
)
def test_until_when_the_fleet_lives_without_a_controller(state: dict[str, Any], says: str) -> None:
    facts = sample_facts.draining()
    facts["unattended"] |= state
    assert says in " ".join(shown(facts).split())
    assert "unattended " in shown(facts)


def test_what_is_not_known_of_the_fleet_is_not_said() -> None:
    facts = sample_facts.draining()
    assert "unattended" not in shown(facts)
    facts["unattended"] = None
    assert "unattended" not in shown(facts)


def test_an_open_run_nobody_works_on() -> None:
    text = shown({**sample_facts.draining(), "controller": None})
    assert "none: no controller is running it" in text
    assert text.endswith("\n  resume     ansible-playbook -i x climate.ingest.populate")
    working = {"holder": "bob", "since": sample_facts.at(70)}
    assert "resume" not in shown({**sample_facts.draining(), "controller": working})


def test_a_controller_that_could_not_be_read_may_be_there() -> None:
    unread = {"controller": "AWS refused GetParametersByPath: AccessDeniedException: no"}
    text = shown({**sample_facts.draining(), "controller": None, "unreadable": unread})
    assert "no controller is running it" not in text and "controller: AWS refused GetParametersByPath" in text
    assert "resume" not in text


def test_what_failed_last_and_what_cannot_be_read_is_named() -> None:
    facts = sample_facts.draining()
    facts["run"]["failure"] = {
        "at": facts["generated_at"],
        "task": "Add spot instances",
        "message": "No capacity.\nmore",
    }
    facts["queue"], facts["unreadable"] = None, {"queue": "There is no queue 'q'."}
    text = shown(facts)
    assert "in 'Add spot instances': No capacity." in text
    assert "queue: There is no queue 'q'." in text


def test_an_unknown_price_is_said_and_not_made_up() -> None:
    text = shown(sample_facts.priceless())
    assert "cost       unknown" in text
    assert "no price is known" in text


def test_many_failed_jobs_are_cut_with_how_many_there_are() -> None:
    facts = sample_facts.finished()
    facts["failed_jobs"] = [dict(facts["failed_jobs"][0], year=2006 + number) for number in range(90)]
    text = shown(facts)
    assert "and 80 more, in the report" in text
    assert text.count("RCP85 CCSM4") == 10


def test_jobs_of_other_fields_are_shown_as_ranges() -> None:
    facts = sample_facts.finished()
    facts["failed_jobs"] = failed_tiles()
    facts["imported"] = [{"dataset": None, "import": "tiles", "requested": 30_000, "completed": 10_000, "before": 0}]
    text = shown(facts)
    assert "failed job tiles tile 1-19997, 20000: OSError: no such tile" in text
    assert "tiles: 10,000 of 30,000 imported" in text
    facts["failed_jobs"] *= 20
    assert "and 299985 more, in the report" in shown(facts)


@pytest.fixture
def gathered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    facts = sample_facts.finished()
    monkeypatch.setattr(status, "gather", lambda context, params: facts)
    return facts


def test_before_the_first_run(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "gather", lambda context, params: None)
    result = status.run(aws.context(), {**PARAMS, "report_folder": "/nowhere"})
    assert result.values == {"status": ["staging: no run yet"], "facts": {}}


def test_a_report_that_cannot_be_written_is_a_warning(
    aws: FakeAws, gathered: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(folder: str, facts: Any) -> tuple[str, str]:
        raise InvalidInput(f"ingest_report_folder: {folder!r} cannot be written")

    monkeypatch.setattr(page, "write", write)
    result = status.run(aws.context(), {**PARAMS, "report_folder": "/nowhere", "show": False})
    assert result.warnings == ["ingest_report_folder: '/nowhere' cannot be written"]
    assert aws.progress.lines == []


def test_check_mode_writes_no_report(aws: FakeAws, gathered: dict[str, Any], tmp_path: Any) -> None:
    status.run(aws.context(check_mode=True), {**PARAMS, "report_folder": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_the_facts_are_returned_or_written(aws: FakeAws, gathered: dict[str, Any], tmp_path: Any) -> None:
    assert status.run(aws.context(), PARAMS).values["facts"] == gathered
    written = status.run(aws.context(), {**PARAMS, "report_folder": str(tmp_path)}).values
    assert written["report"] == str(tmp_path / "staging-3.html") and "facts" not in written


OPENED = "2026-03-01T10:00:00+00:00"
RUN = Run("staging-1", 1, "k3y", OPEN, OPENED, "alice@laptop", {"ingest_years": "all"}, ["verify"])


@pytest.mark.parametrize(
    ("imported", "judged", "playbook"),
    [(False, False, "future"), (False, True, "retry_failed"), (True, True, "future")],
)
def test_it_is_a_retry_where_jobs_are_known_to_have_failed(
    aws: FakeAws, imported: bool, judged: bool, playbook: str
) -> None:
    context = FakeSsm(aws).context(command="ansible-playbook -i x climate.ingest.status")
    record.write_run(context, "staging", RUN)
    kept = StepWriter(context, "staging", "verify", RUN, None)
    kept.facts = {unverified.JUDGED: 1} if judged else {}
    kept.write(FAILED, 1, "", 0, "1 failed")
    failed = [failed_record.FailedJob("RCP85", "CCSM4", 2031, "OSError: x", OPENED, imported=imported)]
    told = facts._resume(context, record.read_all(context, "staging"), failed)
    assert told == f"ansible-playbook -i x climate.ingest.{playbook}"


RESUMED = {"began": "2026-11-24T19:10:00+00:00", "resumed": "2026-11-24T21:15:00+00:00", "why": "exit code 1"}


@pytest.mark.parametrize(
    ("count", "last", "told"),
    [
        (1, {"step": "drain", "within": True}, "2026-11-24 21:15 UTC, 2h 05m after it was interrupted in"),
        (2, {"step": "cities", "within": False}, "2 times, last 2026-11-24 21:15 UTC, 2h 05m after it was"),
        (1, {"step": "", "within": False}, "2026-11-24 21:15 UTC, 2h 05m after it was interrupted:"),
    ],
)
def test_a_resumed_run_says_what_interrupted_it(count: int, last: dict[str, Any], told: str) -> None:
    facts = sample_facts.resumed()
    facts["interruptions"] = {"count": count, "newest": [{**RESUMED, **last}]}
    assert f"  resumed    {told}" in shown(facts)
    assert "resumed" not in shown(sample_facts.finished())
