"""The table of steps: what is derived from it, and that a step added to it is known everywhere."""

from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, OPEN
from ansible_collections.climate.ingest.plugins.module_utils.preflight import commands
from ansible_collections.climate.ingest.plugins.module_utils.preflight.findings import Findings
from ansible_collections.climate.ingest.plugins.module_utils.record import record, sections
from ansible_collections.climate.ingest.plugins.module_utils.record.catalogue import (
    CATALOGUE,
    COMMAND,
    PROJECTIONS,
    Catalogue,
    Entry,
    Half,
)
from ansible_collections.climate.ingest.plugins.module_utils.report import facts, page, status
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import FakeSsm

COUNTRIES = Entry("countries", "Load countries", PROJECTIONS, variable="ingest_countries_command", uses=COMMAND)
READ = ("DescribeDBInstances", "DescribeInstances", "GetQueueUrl", "DescribeServices", "DescribeTaskDefinition")
NAMES = {"cluster": "c", "family": "f", "container": "management", "queue": "q", "database": "dbstaging"}


@pytest.fixture
def added() -> Catalogue:
    """The table with one row more: a management command after the cities."""
    entries = list(CATALOGUE)
    entries.insert(entries.index(CATALOGUE["cities"]) + 1, COUNTRIES)
    return Catalogue(entries)


@pytest.mark.parametrize(
    ("step", "title"),
    [
        ("create_jobs", "Create a processing job"),
        ("historical_drain", "History: run the jobs"),
        ("retry_1_create_jobs_12", "Retry 1: create a processing job"),
        ("retry_3", "Retry 3: choose the failed jobs"),
        ("retry_2_historical_verify", "Retry 2: history: verify the import"),
        ("retry_2_own", "Retry 2: own"),
        ("own", "own"),
    ],
)
def test_titles(step: str, title: str) -> None:
    assert CATALOGUE.title(step) == title


def test_an_optional_step_is_one_of_a_run_that_has_begun_it() -> None:
    assert "snapshot" not in CATALOGUE.of_run(["verify"], [])
    assert CATALOGUE.of_run(["verify"], ["snapshot"])[:3] == ["prepare", "snapshot", "migrate"]
    assert "snapshot" in {part.name for part in CATALOGUE.parts(tuple(Half))}
    assert "snapshot" not in {part.name for part in CATALOGUE.parts_of_retry()}


def test_steps_that_are_in_no_row_come_last() -> None:
    assert CATALOGUE.of_run(["verify"], ["retry_1_drain", "generate_historic"])[-4:] == [
        "generate_historic",
        "teardown",
        "summary",
        "retry_1_drain",
    ]


def test_a_run_of_one_half_has_its_steps_and_the_shared_ones() -> None:
    assert CATALOGUE.of_run(["historical_verify", "generate_historic"], []) == [
        "prepare",
        "capacity",
        "task_definition",
        "database",
        "service",
        "historical_baseline",
        "historical_create_jobs",
        "historical_drain",
        "historical_verify",
        "generate_historic",
        "teardown",
        "summary",
    ]


@pytest.mark.parametrize(
    ("step", "retried"),
    [
        ("retry_1_create_jobs_12", True),
        ("retry_3_drain", True),
        ("retry_3_historical_verify", True),
        ("retry_3_create_jobs", False),
        ("retry_3_migrate", False),
        ("retry_3_historical_drain", False),
        ("drain", False),
    ],
)
def test_the_steps_of_a_retry(step: str, retried: bool) -> None:
    assert CATALOGUE.is_retried(step) is retried


def test_a_new_step_runs_in_its_place(added: Catalogue) -> None:
    order = added.of_run(["verify"], [])
    assert order[order.index("cities") + 1] == "countries"
    assert "countries" not in added.of_run(["generate_historic"], [])
    assert added.once[5:7] == ["countries", "baseline"]
    assert added.title("countries") == "Load countries"


def test_a_new_step_is_a_part_of_the_playbooks_of_its_half(added: Catalogue) -> None:
    having = [name for name in sections.PLAYBOOKS if "countries" in sections.parts(name, [], [], added)]
    assert having == ["populate", "future"], "a retry does not know it"
    assert sections.parts("populate", ["countries"], [], added) == {"countries"}
    assert "countries" not in sections.parts("populate", [], ["countries"], added)
    run = record.Run("staging-1", 1, "k3y", OPEN, "", "")
    done = record.Record(run, {"countries": record.Step(run.id, DONE, "")})
    assert sections.left("populate", ["countries", "cities"], done, added) == {"cities"}
    assert not added.is_retried("retry_1_countries")


def test_preflight_checks_the_command_of_a_new_step_and_what_it_uses(added: Catalogue) -> None:
    findings = Findings()
    commands.check({"ingest_countries_command": 'loaddata,"countries'}, {"countries"}, findings, added)
    assert "ingest_countries_command" in findings.problems[0]
    assert all("countries" in added.using(resource) for resource in ("cluster", "family", "database"))
    assert "countries" not in added.using("queue")


def test_status_and_report_show_a_new_step(aws: FakeAws, added: Catalogue) -> None:
    ssm = FakeSsm(aws)
    for call in (*READ, "DescribeAutoScalingGroups"):
        aws.on(call, Refusal("AccessDeniedException"))
    run = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "ann@laptop", {}, ["verify"])
    record.write_run(ssm.context(), "staging", run)
    found = facts.gather(ssm.context(), {"environment": "staging", **NAMES}, added)
    assert found is not None
    assert [step["name"] for step in found["steps"]][4:6] == ["cities", "countries"]
    assert any("countries" in line and "waiting" in line for line in status.screen(found))
    assert "Load countries" in page.render(found)


def test_the_halves_name_their_steps() -> None:
    assert [half.step("drain") for half in Half] == ["drain", "historical_drain"]
