"""The table of steps: what is derived from it, and that a step added to it is known everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import DONE, OPEN
from ansible_collections.climate.ingest.plugins.module_utils.preflight import commands
from ansible_collections.climate.ingest.plugins.module_utils.preflight.findings import Findings
from ansible_collections.climate.ingest.plugins.module_utils.record import imports, record, sections
from ansible_collections.climate.ingest.plugins.module_utils.record.catalogue import CATALOGUE, COMMAND, Catalogue
from ansible_collections.climate.ingest.plugins.module_utils.record.entry import Entry, Scope, step_of
from ansible_collections.climate.ingest.plugins.module_utils.report import facts, page, status
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import FakeSsm

COUNTRIES = Entry("countries", "Load countries", Scope.REFERENCE, variable="ingest_countries_command", uses=COMMAND)
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
        ("historical_drain", "Historical: run the jobs"),
        ("loca_rcp85_verify", "loca_rcp85: verify the import"),
        ("retry_1_create_jobs_12", "Retry 1: create a processing job"),
        ("retry_3", "Retry 3: choose the failed jobs"),
        ("retry_2_historical_verify", "Retry 2: historical: verify the import"),
        ("retry_2_own", "Retry 2: own"),
        ("own", "own"),
    ],
)
def test_titles(step: str, title: str) -> None:
    assert CATALOGUE.title(step) == title


def run_of(*goals: str) -> record.Run:
    return record.Run("staging-1", 1, "k3y", OPEN, "", "", goals=list(goals))


def steps_of(run: record.Run, *begun: str, table: Catalogue = CATALOGUE) -> list[str]:
    return imports.of_run(run, table).of_run(imports.scopes_of_run(run), begun)


def test_an_optional_step_is_one_of_a_run_that_has_begun_it() -> None:
    assert "snapshot" not in steps_of(run_of("verify"))
    assert steps_of(run_of("verify"), "snapshot")[:3] == ["prepare", "snapshot", "migrate"]
    assert "snapshot" in CATALOGUE.steps()
    assert "snapshot" not in {part.name for part in CATALOGUE.parts_of_retry()}


def test_steps_that_are_in_no_row_come_last() -> None:
    assert steps_of(run_of("verify"), "retry_1_drain", "generate_historic")[-4:] == [
        "generate_historic",
        "teardown",
        "summary",
        "retry_1_drain",
    ]


def test_a_run_of_one_half_has_its_steps_and_the_shared_ones() -> None:
    assert steps_of(run_of("historical_verify", "generate_historic")) == [
        "prepare",
        "historical_baseline",
        "historical_create_jobs",
        "capacity",
        "task_definition",
        "database",
        "service",
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
    order = steps_of(run_of("verify"), table=added)
    assert order[order.index("cities") + 1] == "countries"
    assert "countries" not in steps_of(run_of("historical_verify", "generate_historic"), table=added)
    assert added.once[5:7] == ["countries", "baseline"]
    assert added.title("countries") == "Load countries"


def test_a_new_step_is_a_part_of_the_playbooks_of_its_half(added: Catalogue) -> None:
    def selected(playbook: str, tags: Sequence[str] = (), skipped: Sequence[str] = ()) -> sections.Selection:
        return sections.Selection(playbook, tags, skipped, table=added)

    having = [name for name in sections.PLAYBOOKS if "countries" in selected(name).parts()]
    assert having == ["populate", "future"], "a retry does not know it"
    assert selected("populate", ["countries"]).parts() == {"countries"}
    assert "countries" not in selected("populate", [], ["countries"]).parts()
    run = record.Run("staging-1", 1, "k3y", OPEN, "", "")
    done = record.Record(run, {"countries": record.Step(run.id, DONE, "")})
    assert selected("populate", ["countries", "cities"]).left(done) == {"cities"}
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


def test_an_import_names_its_steps() -> None:
    assert [step_of(name, "drain") for name in CATALOGUE.imports] == ["drain", "historical_drain"]
