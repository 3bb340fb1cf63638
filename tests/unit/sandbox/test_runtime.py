"""The switches of a sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.runtime import Settings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"denied": "ecs:RunTask"}, "a list of service:Operation"),
        ({"denied": ["RunTask"]}, "a list of service:Operation"),
        ({"denied": [1]}, "a list of service:Operation"),
        ({"credentials": "stolen"}, "null, expired or unknown"),
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**wrong)


def test_an_operator_may_do_everything_at_first() -> None:
    settings = Settings()
    assert (settings.denied, settings.credentials, settings.spot_capacity) == ([], None, None)
    assert settings.launch_configurations
