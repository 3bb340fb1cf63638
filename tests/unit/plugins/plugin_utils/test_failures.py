from __future__ import annotations

from ansible_collections.climate.ingest.plugins.plugin_utils import failures

AFTER = {"msg": "Run staging-1 failed:\n  no such fixture\nRemoved: nothing.", "reason": "no such fixture"}


def test_after_a_clean_up_the_reason_is_not_told_again() -> None:
    values = {**AFTER, "outcome": "Run staging-1 failed in task 'Load scenarios'.\nRemoved: nothing."}
    assert failures.sentence(values, "no such fixture\n") == values["outcome"]
    assert failures.sentence(values, "something else") == AFTER["msg"], "it was not shown before"


def test_all_problems_of_a_preflight_are_shown() -> None:
    assert (
        failures.sentence({"msg": "Two problems.", "problems": ["one", "two"]}, "") == "Two problems.\n  - one\n  - two"
    )
