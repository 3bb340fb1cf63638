"""How long things take."""

from __future__ import annotations

import pytest

from sandbox.timing import PROFILES, Timing


def test_a_delay_is_the_profiles_times_its_own_factor_and_that_of_all() -> None:
    assert Timing("aws").delay("drain") == 20.0
    timing = Timing("aws", {"drain": 0.5, "all": 0.1})
    assert timing.delay("drain") == pytest.approx(1.0)
    assert timing.delay("task_stop") == pytest.approx(3.0)


def test_every_profile_knows_every_delay() -> None:
    assert PROFILES["quick"].keys() == PROFILES["aws"].keys()


@pytest.mark.parametrize(
    ("profile", "factors", "message"),
    [("slow", {}, "no timing profile 'slow'; there are quick, aws"), ("quick", {"lunch": 2.0}, "no delay 'lunch'")],
)
def test_what_does_not_exist_is_an_error(profile: str, factors: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Timing(profile, factors)
