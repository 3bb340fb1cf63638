"""New data is what was not there before the run created its jobs."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs import holdings
from ansible_collections.climate.ingest.plugins.module_utils.failed_jobs.answer import Answer
from ansible_collections.climate.ingest.plugins.module_utils.record.step_writer import StepWriter
from ansible_collections.climate.ingest.plugins.module_utils.workers.canary import proof as module
from ansible_collections.climate.ingest.plugins.module_utils.workers.canary.proof import Proof
from tests.fakes.aws import FakeAws
from tests.fakes.run.open_run import RUN
from tests.fakes.ssm import FakeSsm

PARAMS: dict[str, Any] = {
    "scenarios": ["A1B", "E1"],
    "datasets": [],
    "command": None,
    "verify_with": "auto",
    "climate_dataset": "",
}
Years = dict[str, dict[str, set[int]]]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Years]:
    """What the application answers, the last one again and again."""
    found: list[Years] = []

    def ask(context: Any, params: Any) -> Any:
        answer = found.pop(0) if len(found) > 1 else found[0]
        names = {scenario: scenario for scenario in ("A1B", "E1", "B1")}
        sources = {
            (scenario, model, ""): years for scenario, models in answer.items() for model, years in models.items()
        }
        models = {model: model for each in answer.values() for model in each}
        return SimpleNamespace(answer=Answer(scenarios=names, models=models, sources=sources))

    monkeypatch.setattr(module, "ask", ask)
    return found


def proof(aws: FakeAws, before: Years | None = None, everything: bool = True, **changes: Any) -> Proof:
    context = FakeSsm(aws).context()
    context = replace(context, step=StepWriter(context, "staging", "canary", RUN, None))
    if before is not None:
        holdings.write(context, holdings.Holdings().recorded({"": before}, everything))
    return Proof(context, {**PARAMS, **changes})


def test_data_that_was_not_there_is_new_of_any_scenario_that_is_drained(aws: FakeAws, answers: list[Years]) -> None:
    answers += [{}, {"B1": {"HadCM3": {2030}}}, {"E1": {"HadCM3": {2030}}}]
    fresh = proof(aws, {})
    assert [fresh.look(), fresh.look(), fresh.look()] == [False, False, True]
    assert fresh.conclusive and fresh.asked == 3


def test_data_of_an_earlier_import_proves_nothing(aws: FakeAws, answers: list[Years]) -> None:
    answers += [{"A1B": {"HadCM3": {2030}}}]
    older = proof(aws, {"A1B": {"HadCM3": {2030}}})
    assert not older.look() and not older.conclusive


def test_without_a_record_of_what_was_there_nothing_can_be_told(aws: FakeAws, answers: list[Years]) -> None:
    answers += [{"A1B": {"HadCM3": {2030}}}]
    unknown = proof(aws, {"A1B": {}}, everything=False)  # nothing is known of E1
    assert not unknown.look() and not unknown.conclusive


def test_what_earlier_workers_did_is_no_proof(aws: FakeAws, answers: list[Years]) -> None:
    answers += [{"A1B": {"HadCM3": {2030}}}, {"A1B": {"HadCM3": {2030}}}, {"A1B": {"HadCM3": {2030, 2031}}}]
    again = proof(aws, {})
    again.begin()
    assert [again.look(), again.look()] == [False, True]


def test_a_command_of_the_operators_tells_of_one_scenario_only(aws: FakeAws, answers: list[Years]) -> None:
    assert not proof(aws, {}, command="list_imports").conclusive
    assert proof(aws, {}, command="list_imports", scenarios=["A1B"]).conclusive
