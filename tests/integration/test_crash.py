"""A run that is killed in the middle, and the same command again; `make crash-sweep` tries every call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sweep import points
from tests.sweep.account import SweepAccount, sandbox_up

SAMPLE = 12  # points, spread over the run's calls


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SweepAccount]:
    """A sandbox with little waiting, reset for each point."""
    with sandbox_up(tmp_path_factory.mktemp("sandbox")) as account:
        yield account


@pytest.fixture(scope="module")
def undisturbed(account: SweepAccount) -> points.Reference:
    return points.undisturbed(account)


@pytest.mark.parametrize("index", range(SAMPLE))
def test_a_killed_run_is_gone_on_with(account: SweepAccount, undisturbed: points.Reference, index: int) -> None:
    calls = len(undisturbed.calls)
    point = points.spread(calls, SAMPLE)[index]
    outcome = points.try_point(account, point, undisturbed)
    assert not outcome.is_wrong(calls), f"{point} {outcome.operation}: {outcome.reasons}\n{outcome.output}"
