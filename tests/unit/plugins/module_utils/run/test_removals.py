"""What a teardown has removed so far, and what is left."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import Interrupted, Refused
from ansible_collections.climate.ingest.plugins.module_utils.run.removals import Removals
from tests.fakes.aws import FakeAws


def failing(error: Exception) -> None:
    raise error


def test_a_failure_is_noted_and_a_later_success_clears_it(aws: FakeAws) -> None:
    removals = Removals(aws.context())
    assert not removals.attempt("service s", lambda: failing(Refused("busy")))
    assert removals.result().values["left"] == ["service s: busy"]
    assert removals.attempt("service s", lambda: None)
    assert removals.result().values["left"] == []


def test_a_refusal_of_aws_is_explained(aws: FakeAws) -> None:
    removals = Removals(aws.context())
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DeleteService")
    removals.attempt("service s", lambda: failing(denied))
    assert removals.left == {"service s": "AWS refused DeleteService: AccessDenied: no"}


def test_a_stop_is_no_failure_of_a_part(aws: FakeAws) -> None:
    with pytest.raises(Interrupted):
        Removals(aws.context()).attempt("service s", lambda: failing(Interrupted("stop")))


def test_what_is_removed_is_shown_once(aws: FakeAws) -> None:
    removals = Removals(aws.context())
    for _twice in range(2):
        removals.add(["service s"], {"service s": {"count": 2}})
    result = removals.result()
    assert (result.changed, result.note) == (True, "removed: service s")
    assert result.all_changes() == [("removed", "service s")]
    assert aws.progress.lines == ["removed service s"]


def test_a_database_is_restored_and_a_preview_says_what_would_be(aws: FakeAws) -> None:
    removals = Removals(aws.context(check_mode=True))
    removals.add(["database d: large back to small"], {"d": "large"}, {"d": "small"})
    assert aws.progress.lines == ["would restore database d: large back to small"]
    result = removals.result()
    assert result.all_changes() == [("changed", "database d: large back to small")]
    assert (result.before, result.after) == ({"d": "large"}, {"d": "small"})


def test_nothing_left_behind(aws: FakeAws) -> None:
    result = Removals(aws.context()).result()
    assert (result.changed, result.values["message"]) == (False, "nothing was left behind")
