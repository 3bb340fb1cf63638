"""What an operation works with, where nobody gives it more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context, Silent, utc_now
from tests.fakes.aws import FakeAws


def test_a_context_of_nothing_but_clients_changes_things_silently_and_outside_a_run() -> None:
    context = Context(connect=str.upper)
    assert context.connect("ecs") == "ECS"
    assert (context.check_mode, context.step, context.holder, context.command) == (False, None, None, "")
    assert isinstance(context.progress, Silent)
    context.checkpoint()


def test_a_client_of_another_region_is_made_there_and_fails_for_itself(aws: FakeAws) -> None:
    aws.on("DescribeLogGroups", {"logGroups": []})
    context = aws.context()
    for region in ("", "us-east-1", "eu-west-1"):
        context.client("logs", region).describe_log_groups()
    assert aws.regions == ["us-east-1", "us-east-1", "eu-west-1"]
    assert {context.memo.get("answered/logs"), context.memo.get("answered/logs in eu-west-1")} == {True}


def test_each_context_has_a_preview_of_its_own() -> None:
    one, other = Context(connect=str), Context(connect=str)
    one.preview.predict("service/a", None)
    assert "service/a" not in other.preview


def test_the_time_of_day_has_its_zone() -> None:
    assert utc_now().utcoffset() == datetime.now(UTC).utcoffset()


def test_the_silent_progress_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Silent()
    progress.status("running", 0.5)
    progress.line("a line")
    progress.detail("a detail")
    progress.expect(60, at_most=True)
    assert capsys.readouterr() == ("", "")
