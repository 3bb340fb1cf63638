"""A run and its steps as plain data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.run import (
    DONE,
    LONGEST_REQUESTED,
    STARTED,
    Step,
    digested,
)
from tests.fakes.aws import FakeAws
from tests.fakes.run.open_run import RUN, open_run
from tests.fakes.ssm import FakeSsm


@pytest.fixture
def ssm(aws: FakeAws) -> FakeSsm:
    """An account with an open run, locked by Alice."""
    return open_run(aws)


def test_tokens_differ_by_run_step_and_try(ssm: FakeSsm) -> None:
    other = replace(RUN, key="other")
    tokens = {
        run.client_token(name, attempt) for run in (RUN, other) for name in ("migrate", "cities") for attempt in (1, 2)
    }
    assert len(tokens) == 8
    assert all(len(token) <= 64 for token in tokens)


def test_started_by_has_the_characters_and_length_ecs_takes() -> None:
    text = replace(RUN, id="my.env-1").started_by("x" * 200, 1)
    assert text.startswith("my-env-1-k3y/xxx") and len(text) == 128


def test_a_run_covers_what_it_imports_as_far_as_it_is_named() -> None:
    run = replace(RUN, requested=digested({"years": ",".join(map(str, range(2006, 2100))), "models": "all"}))
    assert run.covers({"models": "all"}) and run.covers({})
    assert not run.covers({"models": "CCSM4"}) and not run.covers({"scenario": "RCP85"})
    assert not run.covers({"years": ",".join(map(str, range(2006, 2101)))}), "long lists that begin alike differ"
    assert len(run.requested["years"]) <= LONGEST_REQUESTED


def test_an_attempt_leaves_out_what_is_empty() -> None:
    step = Step("staging-1", STARTED, "2026-03-01T10:00:00+00:00", task="arn")
    assert step.as_attempt() == {"began": step.at, "state": STARTED, "task": "arn"}
    assert replace(step, state=DONE, began="b").as_attempt() == {
        "began": "b",
        "ended": step.at,
        "state": DONE,
        "task": "arn",
    }


def test_a_list_is_the_same_as_its_words() -> None:
    run = replace(RUN, requested=digested({"years": "2006,2050", "models": ["A", "B"]}))
    assert run.covers({"years": [2006, 2050], "models": "A, B"})
    assert not run.covers({"years": [2006, 2051]})
