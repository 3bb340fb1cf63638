"""The interruptions of a run in their parameter."""

from __future__ import annotations

from ansible_collections.climate.ingest.plugins.module_utils.record import interruptions
from ansible_collections.climate.ingest.plugins.module_utils.record.interruptions import Interruption, Interruptions
from tests.fakes.aws import FakeAws
from tests.fakes.ssm import FakeSsm


def one(hour: int, why: str = "", resumed: int = 30) -> Interruption:
    return Interruption(f"2026-03-01T{hour:02}:00:00+00:00", f"2026-03-01T{hour:02}:{resumed}:00+00:00", "x", True, why)


def test_however_many_there_are_the_newest_fit(aws: FakeAws) -> None:
    ssm, known = FakeSsm(aws), Interruptions()
    for hour in range(20):
        known = known.adding(one(hour, '\u00e4\n"' * 1000))
    interruptions.write(ssm.context(), "staging", "staging-1", known)  # the fake holds 4 KB
    found = interruptions.read(ssm.context(), "staging", "staging-1")
    assert found == known
    assert (found.count, [each.began[11:13] for each in found.newest][-1]) == (20, "19")
    assert len(found.newest) == interruptions.MOST


def test_those_of_an_earlier_run_are_not_this_ones(aws: FakeAws) -> None:
    ssm = FakeSsm(aws)
    interruptions.write(ssm.context(), "staging", "staging-1", Interruptions().adding(one(1)))
    assert interruptions.read(ssm.context(), "staging", "staging-2") == Interruptions()


def test_one_that_began_with_the_last_one_goes_on() -> None:
    known = Interruptions().adding(one(1, "why")).adding(one(1, "another", resumed=45))
    assert known == Interruptions(1, [one(1, "why", resumed=45)])
