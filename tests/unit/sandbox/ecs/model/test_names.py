"""ARNs, ids and times as ECS writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sandbox.ecs.model.names import arn, new_id, now, without_none


def test_times_are_of_now_to_the_millisecond() -> None:
    moment = now()
    assert moment.microsecond % 1000 == 0
    assert timedelta() <= datetime.now(UTC) - moment < timedelta(seconds=5)


def test_an_arn_names_the_account_and_the_path() -> None:
    assert arn("task", "workers", "1") == "arn:aws:ecs:us-east-1:123456789012:task/workers/1"


def test_ids_are_32_hexadecimal_digits_and_differ() -> None:
    assert re.fullmatch("[0-9a-f]{32}", new_id()) and new_id() != new_id()


def test_what_is_none_is_left_out_and_what_is_empty_stays() -> None:
    assert without_none({"a": None, "b": "", "c": 0, "d": []}) == {"b": "", "c": 0, "d": []}
