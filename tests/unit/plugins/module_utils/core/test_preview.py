from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.perform import perform
from tests.fakes.aws import FakeAws


def test_a_later_task_knows_what_an_earlier_one_predicted(tmp_path: Path) -> None:
    Preview(tmp_path / "preview.json").predict("service/a", {"status": "ACTIVE"})
    Preview(tmp_path / "preview.json").predict("service/b", None)
    later = Preview(tmp_path / "preview.json")
    assert later.get("service/a") == {"status": "ACTIVE"}
    assert "service/b" in later and later.get("service/b", "unknown") is None
    assert "service/c" not in later and later.get("service/c", "unknown") == "unknown"
    assert list(later.below("service")) == [("a", {"status": "ACTIVE"}), ("b", None)]


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
