"""What no account and no application could take is refused as it is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.preflight.forms import NAMES, form_error, plain_error

STR, LIST = {"type": "str"}, {"type": "list", "elements": "str"}


@pytest.mark.parametrize(
    ("name", "value", "spec", "says"),
    [
        ("ingest_job_minutes", float("nan"), {"type": "int"}, "must be a number"),
        ("ingest_cluster", 1.10, STR, "write it in quotes"),
        ("ingest_instance_types", [1.1], LIST, "write it in quotes"),
        ("ingest_models", [["a"]], LIST, "must be a list of words"),
        ("ingest_models", [True], LIST, "must be a list of words"),
        ("ingest_spot_max_price", 0.25, STR, None),
        ("ingest_cluster", 2017, STR, None),
        ("ingest_models", "a,b", LIST, None),
        ("ingest_models", None, LIST, None),
    ],
)
def test_what_a_conversion_would_change_is_refused(name: str, value: Any, spec: Any, says: str | None) -> None:
    found = plain_error(name, value, spec)
    assert (found is None) if says is None else says in str(found)


@pytest.mark.parametrize(
    ("name", "value", "kind", "says"),
    [
        ("ingest_cluster", "staging ", "str", "a blank at its end"),
        ("ingest_cluster", " staging", "str", "a blank at its beginning"),
        ("ingest_cluster", "sta\nging", "str", "one line without tabs"),
        ("ingest_cluster", "sta\u200bging", "str", "does not show (U+200B)"),
        ("ingest_cluster", "st\u0430ging", "str", "at most 255 letters"),  # a Cyrillic a
        ("ingest_migrate_command", "mig\x1brate", "raw", "does not show (U+001B)"),
        ("ingest_instance_types", ["m4.2xlarge", "large"], "list", "'large' is wrong"),
        ("ingest_instance_types", ["m4.large", "m4.large"], "list", "m4.large is listed twice"),
        ("ingest_models", ["a", " b"], "list", None),
        ("ingest_cluster", "arn:aws:ecs:us-east-1:123456789012:cluster/staging", "str", None),
        ("ingest_shell_command", "print(1)\nprint(2)", "raw", None),
        ("ingest_unreachable_hint", "Start it: ", "str", None),
        ("ingest_new_run_after", "", "str", None),
    ],
)
def test_the_form_of_a_text(name: str, value: Any, kind: str, says: str | None) -> None:
    found = form_error(name, value, kind)
    assert (found is None) if says is None else says in str(found)


@pytest.mark.parametrize("name", NAMES)
def test_a_quote_is_part_of_no_name(name: str) -> None:
    assert form_error(name, 'a"b', "str")
