from __future__ import annotations

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.secrets import MASK, Mask


@pytest.mark.parametrize(
    "name",
    [
        "RDS_PASSWORD",
        "DJANGO_SECRET_KEY",
        "ROLLBAR_SERVER_SIDE_ACCESS_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "api_key",
        "AWS_ACCESS_KEY_ID",
        "DB_PASS",
        "DATABASE_URL",
        "SENTRY_DSN",
    ],
)
def test_values_of_names_that_speak_of_secrets_are_masked(name: str) -> None:
    assert Mask({name: "hunter2"})("a hunter2 b hunter2") == f"a {MASK} b {MASK}"


@pytest.mark.parametrize("name", ["DJANGO_LOG_LEVEL", "KEYSPACE", "PASSENGER_COUNT", "RDS_HOST", "COMPASS_URL"])
def test_other_values_show(name: str) -> None:
    assert Mask({name: "hunter2"})("a hunter2 b") == "a hunter2 b"


def test_the_longer_secret_goes_first_and_very_short_ones_stay() -> None:
    mask = Mask({"A_TOKEN": "abc", "B_TOKEN": "abcdef", "C_TOKEN": "x", "D_TOKEN": ""})
    assert mask("abcdef abc x") == f"{MASK} {MASK} x"
