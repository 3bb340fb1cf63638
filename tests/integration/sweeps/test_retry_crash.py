"""A retry of failed jobs that is killed again and again, each time at a later call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox import data
from tests.sweep.account import SweepAccount, sandbox_up

FAILED = 2099
# of the changing calls of a run: until the jobs are chosen, their command is started, and the fleet is raised
KILLED_AT = (3, 4, 5, 6, 8)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SweepAccount]:
    with sandbox_up(tmp_path_factory.mktemp("sandbox")) as up:
        yield up


def sent(account: SweepAccount) -> Counter[int]:
    """Count the messages that were ever sent, by year."""
    return Counter(int(json.loads(each["body"])["year"]) for each in account.control("messages")["messages"])


def test_a_killed_retry_is_resumed_and_queues_each_job_once(account: SweepAccount) -> None:
    s3, key = account.client("s3"), data.netcdf_key("A1B", FAILED)
    kept = s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read()
    s3.delete_object(Bucket=data.BUCKET, Key=key)
    assert account.populate().code == 2
    s3.put_object(Bucket=data.BUCKET, Key=key, Body=kept)
    for call in KILLED_AT:
        assert account.populate({"call": call, "when": "after"}, playbook="retry_failed").code == -9
    account.control("settings", "PUT", {"crash": None})
    last = account.populate(playbook="retry_failed")
    assert last.code == 0, last.output
    assert sent(account) == {2006: 1, FAILED: 2}
    assert "stays open: verify, historical_verify, generate_historic to be done" in last.output
