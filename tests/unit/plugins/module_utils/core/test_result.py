"""What an operation did, as the plan and as Ansible take it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.perform import perform
from tests.fakes.aws import FakeAws


def noted(aws: FakeAws, check_mode: bool, *results: Result) -> list[tuple[str, str]]:
    preview = Preview()
    for result in results:
        operation = Operation(run=lambda context, params, result=result: result, argument_spec={})
        perform(operation, aws.context(check_mode, preview), {}, diff=False)
    return preview.notes


def test_the_plan_takes_what_check_mode_says_is_changed(aws: FakeAws) -> None:
    some: dict[str, Any] = {"a": 1}
    results = [
        Result(changed=True, after=some, resource="one"),
        Result(changed=True, before=some, after={"a": 2}, resource="two"),
        Result(changed=True, before=some, resource="three"),
        Result(changed=True, after=some, resource="four", verb="run"),
        Result(changed=False, after=some, resource="five"),
        Result(changed=True),
    ]
    assert noted(aws, True, *results) == [("created", "one"), ("changed", "two"), ("removed", "three"), ("run", "four")]
    assert noted(aws, False, *results) == []


@pytest.mark.parametrize(
    ("result", "changes"),
    [
        (Result(changed=True, after={"a": 1}, resource="group g"), [("created", "group g")]),
        (Result(changed=True, before={"a": 1}, resource="group g"), [("removed", "group g")]),
        (Result(changed=True, before={"a": 1}, after={"a": 2}, resource="group g"), [("changed", "group g")]),
        (Result(changed=True, after={"a": 1}, resource="migrate", verb="run"), [("run", "migrate")]),
        (Result(changed=True), []),
        (Result(resource="group g", after={"a": 1}), []),
        (
            Result(did=[("removed", "a"), ("changed", "b")], changed=True, resource="x"),
            [("removed", "a"), ("changed", "b")],
        ),
    ],
)
def test_changes_have_a_verb_and_a_resource(result: Result, changes: list[tuple[str, str]]) -> None:
    assert result.changes == changes


def test_the_diff_is_returned_on_request() -> None:
    result = Result(changed=True, before={"a": 1}, after={"a": 2}, values={"group": "g"}, warnings=["careful"])
    assert result.as_return() == {"changed": True, "group": "g"}
    assert result.as_return(diff=True) == {
        "changed": True,
        "group": "g",
        "diff": {"before": {"a": 1}, "after": {"a": 2}},
    }
