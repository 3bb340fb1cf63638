"""Values that must not show."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.secrets import (
    MASK,
    Mask,
    container_definition,
    variables_of,
)


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


def test_an_escape_hides_no_secret() -> None:
    mask = Mask({"A_TOKEN": "hunter2", "B_TOKEN": "two\r\nlines", "C_TOKEN": "\x00\x00\x00"})
    assert mask("hun\x1b[0mter\u200b2, two\r\nlines") == f"{MASK}, {MASK}"


def test_a_container_is_found_by_its_name() -> None:
    definition = {"containerDefinitions": [{"name": "statsd"}, {"name": "management", "cpu": 1}]}
    assert container_definition(definition, "management") == {"name": "management", "cpu": 1}
    assert container_definition(definition, "web") == {}
    assert container_definition({}, "web") == {}


@pytest.mark.parametrize("definition", [{}, {"environment": None}, {"environment": []}])
def test_a_container_may_have_no_variables(definition: dict[str, Any]) -> None:
    assert variables_of(definition) == {}


def test_variables_are_read_by_name() -> None:
    assert variables_of({"environment": [{"name": "A", "value": "1"}, {"name": "B"}]}) == {"A": "1", "B": ""}
