"""The tables of the report."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.report import tables
from tests.fakes.report import facts as sample_facts
from tests.fakes.report.failed_tiles import failed_tiles
from tests.fakes.report.page import page


def test_commands_failed_jobs_changes_and_versions_are_listed() -> None:
    shown = page(sample_facts.finished())
    command = "import_cities azavea-climate-sandbox geonames_cities_top200_us.geojson"
    failure = "exit code 1: botocore.exceptions.ClientError: NoSuchKey"
    assert f"Load Cities (1 of 2 tries) {command} {failure} failed 1 30s 2026-11-24 19:02:00" in shown.text
    assert (
        f"Load Cities (2 of 2 tries) {command} done 0 1m 24s 2026-11-24 19:06:00 Log: the last 41 lines" in shown.text
    )
    assert "Importing city 39" in " ".join(shown.texts_of("pre"))
    assert "The log has no lines. /ecs/staging-management / management/create_jobs/0f1e2d" in shown.text
    assert "RCP85 CCSM4 2031 FileNotFoundError: s3://nasa-nex/CCSM4_2031.nc" in shown.text
    assert "run-jobs/django/7a8b9c 2026-11-24 20:06:24 1 time RCP85 CCSM4 2094" in shown.text
    assert "2026-11-24 23:09:18 removed Auto Scaling group ingest-staging-spot" in shown.text
    assert "ansible-core 2.19.14 python 3.11.2" in shown.text


def test_what_is_not_known_of_a_command_is_said() -> None:
    facts = sample_facts.finished()
    facts["steps"][1] |= {"log": None}
    facts["steps"][1]["attempts"][0] |= {"exit_code": None}
    facts["steps"][2]["attempts"][0] |= {"ended": None, "exit_code": None, "state": "started"}
    text = page(facts).text
    assert "Run Migrations migrate done unknown 54s 2026-11-24 19:00:12 No log is known." in text
    assert "Load Scenarios loaddata scenarios running – 4h 17m so far" in text


def test_a_note_that_is_the_command_itself_is_not_shown_again() -> None:
    facts = sample_facts.finished()
    facts["steps"][1]["attempts"][0]["note"] = "command migrate"
    assert "Run Migrations migrate done 0" in page(facts).text


def test_an_open_run_says_what_happens_next() -> None:
    facts = sample_facts.draining()
    text = page(facts).text
    assert "No controller is running it. This continues where it stopped, with the variables of the run:" in text
    assert "ansible-playbook -i x climate.ingest.populate" in text
    assert "Steps to come Drain the job queue Verify what was imported" in text
    assert "cc-api-staging: 1,098 waiting, 60 in flight, 0 delayed" in text
    assert "ingest-staging-run-jobs: 60 running, 140 pending, 200 desired" in text
    facts["controller"] = {"holder": "bob@ci, process 9", "since": sample_facts.at(70)}
    assert "bob@ci, process 9 has been running it since 2026-11-24 20:10 UTC." in page(facts).text
    assert "What happens next" not in page(sample_facts.finished()).text


@pytest.mark.parametrize(
    ("make", "facts", "said"),
    [
        (tables.commands, {"steps": []}, "No management command has run yet."),
        (tables.failed_jobs, {"failed_jobs": []}, "No job is known to have failed."),
        (tables.changes, {"changes": []}, "Nothing has been changed."),
        (tables.versions, {"versions": {}}, "No versions are known."),
    ],
)
def test_an_empty_table_is_a_sentence(make: Any, facts: dict[str, Any], said: str) -> None:
    assert make(facts) == f'<p class="note">{said}</p>'


def test_a_run_without_a_request_says_so() -> None:
    facts = sample_facts.finished()
    facts["run"]["requested"] = {}
    facts["imported"] = []
    assert "<dl" not in tables.requested(facts) and "unknown" in tables.requested(facts)


def test_what_was_done_before_the_run_is_told_apart() -> None:
    box = tables.requested(sample_facts.finished())
    assert "1,993 of 1,995 imported, 30 of them before this run" in box
    assert "1,155 of 1,155 imported, how many of them before this run is unknown" in box


def test_states_are_named_as_on_the_screen() -> None:
    assert tables.state("started") == '<span class="started">running</span>'
    assert tables.state("done") == '<span class="done">done</span>'


def test_a_log_of_one_line_is_called_so() -> None:
    facts = sample_facts.finished()
    facts["steps"] = [step for step in facts["steps"] if step["name"] == "scenarios"]
    assert "Log: the last line</summary>" in tables.commands(facts)


@pytest.mark.parametrize(
    ("changes", "written"),
    [
        ({"retried": 0}, "no"),
        ({"retried": 1}, "1 time"),
        ({"retried": 2}, "2 times"),
        ({"imported": True}, "yes, and imported"),
    ],
)
def test_how_often_a_job_was_retried(changes: dict[str, Any], written: str) -> None:
    facts = sample_facts.finished()
    facts["failed_jobs"] = [{**facts["failed_jobs"][0], **changes}]
    assert f"<td>{written}</td>" in tables.failed_jobs(facts)


def test_jobs_of_other_fields_that_failed_alike_are_a_row() -> None:
    facts = sample_facts.finished()
    facts["failed_jobs"] = failed_tiles()
    text = page(facts).text
    assert "Import Tile Jobs Exception Failed at (UTC) Retried" in text
    row = "tiles 1-19997, 20000 19,998 OSError: no such tile 2026-11-24 20:06:24 to 2026-11-24 20:07:24 no"
    assert row in text
    assert "tiles unknown 1 OSError: no such tile" in text
    assert "19,999 jobs failed; 2 imported when retried" in text


def test_many_ranges_are_cut() -> None:
    facts = sample_facts.finished()
    odd = ", ".join(map(str, range(1, 20_001, 2)))
    facts["failed_jobs"] = [{**failed_tiles()[0], "values": {"region": "north", "tile": odd}}]
    table = tables.failed_jobs(facts)
    assert "<td>north</td>" in table and "and 9950 more ranges" in table and len(table) < 2000


def test_an_unknown_exception_and_version_are_said() -> None:
    facts = sample_facts.finished()
    facts["failed_jobs"] = [{**facts["failed_jobs"][1], "exception": ""}]
    facts["versions"] = {"application": None}
    assert "<code>unknown</code>" in tables.failed_jobs(facts)
    assert "<code>unknown</code>" in tables.versions(facts)


def test_what_is_unknown_of_an_open_run_is_said() -> None:
    facts = sample_facts.draining() | {"queue": None, "workers": None, "database": None, "next": []}
    facts |= {"controller": None, "instances": None}
    facts["unreadable"] = {name: f"{name} is denied" for name in ("queue", "database", "fleet", "controller")}
    ahead = tables.ahead(facts)
    for name in ("queue", "database", "fleet"):
        assert f"<dd>could not be read: {name} is denied</dd>" in ahead
    assert "<dt>Workers</dt><dd>none</dd>" in ahead, "there is none"
    assert "Whether a controller is running it could not be read: controller is denied" in ahead
    assert "Steps to come" not in ahead


def test_until_when_the_fleet_lives_without_a_controller_is_said_of_an_open_run() -> None:
    facts = sample_facts.draining()
    assert "controller comes back" not in tables.ahead(facts)
    facts["unattended"] |= {"is_up": True, "due": "2026-11-25T07:00:00+00:00"}
    assert "to 0 instances at 2026-11-25 07:00 UTC (in " in tables.ahead(facts)
    assert "unattended" not in tables.ahead(facts | {"unattended": None})


CRASH = {"began": "2026-11-24T19:10:00+00:00", "resumed": "2026-11-24T21:15:00+00:00", "why": "no more was heard"}
INTERRUPTED = [
    ({"step": "drain", "within": True}, "2h 05m Drain the job queue no more was heard"),
    ({"step": "cities", "within": False}, "2h 05m after: Load Cities no more was heard"),
    ({"step": "", "within": False}, "2h 05m unknown no more was heard"),
    ({"step": "of_an_older_version", "within": True}, "2h 05m of_an_older_version no more was heard"),
]


@pytest.mark.parametrize(("step", "told"), INTERRUPTED)
def test_an_interruption_is_told_with_its_step_and_reason(step: dict[str, Any], told: str) -> None:
    facts = sample_facts.resumed()
    facts["interruptions"] = {"count": 3, "newest": [{**CRASH, **step}]}
    text = page(facts).text
    assert f"Interrupted From (UTC) Until (UTC) For Step Why 2026-11-24 19:10:00 2026-11-24 21:15:00 {told}" in text
    assert "2 earlier interruptions not shown." in text


def test_a_run_that_was_not_interrupted_has_no_such_table() -> None:
    assert "Interrupted" not in page(sample_facts.finished()).text
