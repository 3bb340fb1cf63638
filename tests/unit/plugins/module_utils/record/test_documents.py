"""Every document of the record fits its parameter, whatever happened."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, Run, digested
from ansible_collections.climate.ingest.plugins.module_utils.cost.fleet_usage import Usage
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import record as failed_record
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.record import FailedJob, FailedRecord
from ansible_collections.climate.ingest.plugins.module_utils.record import record, store
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.workers.series import Sample, Series
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import BEGAN, FakeSsm

RUN = Run("staging-1", 1, "k3y", OPEN, BEGAN.isoformat(), "alice@laptop")
AT = BEGAN.isoformat()
# of any writing, and of any length without hypothesis having to draw it character by character
TEXTS = st.builds(lambda text, times: text * times, st.text(max_size=12), st.sampled_from([1, 1, 40, 900]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXTS, inner, max_size=6),
    max_leaves=12,
)
MAPPINGS = st.dictionaries(TEXTS, JSON, max_size=8)
LINES = st.builds(lambda lines, times: lines * times, st.lists(TEXTS, max_size=4), st.sampled_from([1, 30]))
FAST = settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))


@FAST
@given(MAPPINGS)
def test_a_document_of_any_content(content: dict[str, Any]) -> None:
    document = {"run": "staging-1", "content": content}
    fitted = store.fitted(document)
    assert store.size(fitted) <= store.LARGEST
    assert fitted["run"] == "staging-1"
    assert fitted == document or store.size(document) > store.LARGEST


@FAST
@given(TEXTS, TEXTS, TEXTS, LINES, st.lists(st.tuples(TEXTS, TEXTS), max_size=30), MAPPINGS, st.integers(1, 3))
def test_a_step(note: str, task: str, command: str, lines: list[str], did: Any, facts: Any, attempts: int) -> None:
    ssm = FakeSsm(FakeAws())
    writer = StepWriter(ssm.context(), "staging", "cities", RUN, None)
    for attempt in range(1, attempts + 1):
        writer.command, writer.log = command, {"group": "g", "stream": "s", "lines": lines}
        writer.did, writer.facts = [list(each) for each in did], facts
        writer.write("failed", attempt, task, 1, note)
    known = record.read(ssm.context(), "staging", ["cities"])
    assert known.run is None
    written = record.Step(**ssm.parameters["/climate.ingest/staging/steps/cities"])
    assert (written.run, written.state, written.attempt) == ("staging-1", "failed", attempts)


@FAST
@given(st.dictionaries(st.sampled_from(["ingest_models", "ingest_years", "ingest_scenario"]), TEXTS), TEXTS, TEXTS)
def test_a_run_is_resumed_with_its_own_values(requested: dict[str, str], task: str, message: str) -> None:
    ssm = FakeSsm(FakeAws())
    failure = {"at": AT, "task": task, "message": message}
    run = Run(**{**vars(RUN), "requested": digested(requested), "failure": failure})
    record.write_run(ssm.context(), "staging", run)
    found = record.read(ssm.context(), "staging").run
    assert found is not None and (found.id, found.key, found.state) == (RUN.id, RUN.key, OPEN)
    assert found.requested.keys() == requested.keys()


JOBS = st.builds(
    FailedJob,
    scenario=TEXTS,
    group=TEXTS,
    value=st.none() | st.integers(1000, 9999),
    exception=TEXTS,
    at=st.sampled_from([AT, "2026-03-09T11:12:13+00:00"]),
    log_stream=TEXTS,
    retried=st.integers(0, 99),
    queued=st.integers(0, 99),
)


@FAST
@given(st.lists(JOBS, max_size=10, unique_by=lambda job: (job.scenario, job.group, job.value or 0, job.at)))
def test_failed_jobs(jobs: list[FailedJob]) -> None:
    ssm = FakeSsm(FakeAws())
    FailedRecord(ssm.context(), "staging", RUN.id).write(jobs)
    found = failed_record.read(ssm.context(), "staging", RUN.id)
    expected = FailedRecord(ssm.context(), "staging", RUN.id)
    assert found == expected.jobs
    assert {job.value for job in found} == {job.value for job in jobs}
    puts = ssm.aws.count("PutParameter")
    expected.note(found)
    assert ssm.aws.count("PutParameter") == puts, "what was read is the same again"


def test_ten_thousand_failed_jobs_with_an_exception_each() -> None:
    ssm = FakeSsm(FakeAws())
    jobs = [
        FailedJob(
            "RCP85", f"MODEL-{number % 3}", 1000 + number // 3, f"Error {number} {'äx' * 5000}", AT, f"s/{number}"
        )
        for number in range(10_000)
    ]
    kept = FailedRecord(ssm.context(), "staging", RUN.id)
    kept.note(jobs)
    found = failed_record.read(ssm.context(), "staging", RUN.id)
    assert {(job.group, job.value) for job in found} == {(job.group, job.value) for job in jobs}
    assert all(job.named for job in found)
    FailedRecord(ssm.context(), "staging", RUN.id).write(jobs[:1])
    assert len(ssm.parameters) == 1


@pytest.mark.parametrize("part", ["scenario", "group"])
def test_a_name_that_was_cut_is_no_name(part: str) -> None:
    ssm = FakeSsm(FakeAws())
    names = {"scenario": "A1B", "group": "HadCM3", part: "x" * 5000}
    FailedRecord(ssm.context(), "staging", RUN.id).note([FailedJob(**names, value=2031, exception="", at=AT)])
    assert not failed_record.read(ssm.context(), "staging", RUN.id)[0].named


@FAST
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_a_series(lefts: list[int]) -> None:
    ssm = FakeSsm(FakeAws())
    context = ssm.context()
    context = type(context)(**{**vars(context), "step": StepWriter(context, "staging", "drain", RUN, None)})
    series = Series(context, 10**9)
    for left in lefts:
        ssm.aws.now += 7
        series.add(Sample(left, left, left, left, left, left))
    series.save()
    document = ssm.parameters["/climate.ingest/staging/drains/drain"]
    assert len({len(document[name]) for name in ("t", "left", "failed")}) == 1


@FAST
@given(st.lists(st.tuples(st.text(max_size=40), st.lists(st.integers(0, 10**6), max_size=200)), max_size=30))
def test_the_usage_of_a_fleet(kinds: list[tuple[str, list[int]]]) -> None:
    usage = Usage("staging-1", BEGAN, BEGAN, 1, dict(kinds))
    usage.fit()
    assert store.size(store.fitted(usage.document())) <= store.LARGEST
