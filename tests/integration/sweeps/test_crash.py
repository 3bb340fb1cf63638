"""A run that is killed in the middle, and the same command again; `make crash-sweep` tries every call."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue

import pytest

from tests.sweep import points
from tests.sweep.account import SweepAccount, sandbox_up

SAMPLE = 3  # points, spread over the run's calls
AT_A_TIME = 2


@dataclass
class Sweep:
    """The undisturbed run, and the points that are being tried."""

    calls: int
    outcomes: dict[int, Future[points.Outcome]]


@pytest.fixture(scope="module")
def sweep(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    """Begin with the points of the tests that were chosen, in two sandboxes that are reset for each."""
    chosen = [item.callspec.params["index"] for item in request.session.items if item.path == request.path]
    free: SimpleQueue[SweepAccount] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(AT_A_TIME):
            free.put(stack.enter_context(sandbox_up(tmp_path_factory.mktemp("sandbox"))))
        first = free.get()
        undisturbed = points.undisturbed(first)
        free.put(first)

        def one(point: points.Point) -> points.Outcome:
            account = free.get()
            try:
                return points.try_point(account, point, undisturbed)
            finally:
                free.put(account)

        calls = len(undisturbed.calls)
        sample = points.spread(calls, SAMPLE)
        pool = stack.enter_context(ThreadPoolExecutor(AT_A_TIME))
        stack.callback(pool.shutdown, cancel_futures=True)
        yield Sweep(calls, {index: pool.submit(one, sample[index]) for index in chosen})


@pytest.mark.parametrize("index", range(SAMPLE))
def test_a_killed_run_is_resumed(sweep: Sweep, index: int) -> None:
    outcome = sweep.outcomes[index].result()
    said = f"{outcome.point} {outcome.operation}: {outcome.reasons}\n{outcome.output}"
    assert not outcome.is_wrong(sweep.calls), said
