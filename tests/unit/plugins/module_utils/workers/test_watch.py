from __future__ import annotations

import re

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    DeadlineExceeded,
    Refused,
)
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.drain import DrainAccount


def test_the_live_line_says_it_all(aws: FakeAws, account: DrainAccount):
    account.run(total=100)
    line, fraction = next(each for each in aws.progress.statuses if int(each[0].split("/")[0]) >= 50)
    done = int(line.split("/")[0])
    facts = rf"{done}/100 jobs done, [45]m \d\ds to go, 10/10 workers, 10/min, 0 in flight, {100 - done} left"
    assert re.fullmatch(facts, line)
    assert fraction == pytest.approx(done / 100)


def test_an_hour_of_draining_takes_few_calls(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (max(0, 600 - int(now / 6)), 0, 0)
    account.run()
    polls = aws.count("GetQueueAttributes")
    assert polls <= 3600 / 15 + 30
    assert aws.count("DescribeServices") <= polls
    assert aws.count("ListTasks") <= polls / 4 + 1
    assert aws.count("FilterLogEvents") <= polls / 4 + 2
    assert aws.count("DescribeTaskDefinition") == 1 and aws.count("GetQueueUrl") == 1


def test_a_short_drain_ends_soon_after_its_quiet_period(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (0, 1, 0) if now < 3 else (0, 0, 0)
    account.run(stable_seconds=2)
    assert aws.now < 8


def test_the_quiet_period_shows(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (0, 0, 0)
    account.run()
    assert aws.progress.statuses[0][0].startswith("0/0 jobs done, empty for 0s of 60s, 10/10 workers")


def test_counts_that_come_back_begin_the_quiet_period_anew(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (0, 0, 0) if now < 30 or now > 90 else (5, 0, 0)
    account.run()
    assert aws.now >= 150


@pytest.mark.parametrize("counts", [(0, 1, 0), (0, 0, 1)])
def test_in_flight_and_delayed_count_as_not_drained(aws: FakeAws, account: DrainAccount, counts: tuple[int, int, int]):
    account.counts = lambda now: counts if now < 100 else (0, 0, 0)
    account.run()
    assert aws.now >= 160


def test_a_queue_that_does_not_move_is_given_up_with_what_is_known(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (0, 3, 0)
    account.running = lambda now: 1
    account.service["events"] = [{"id": "1", "message": "(service x) has reached a steady state."}]
    with pytest.raises(DeadlineExceeded, match="not moved for 30m ..s: 3 jobs are left. 2 of the jobs.*steady state"):
        account.run()
    assert aws.now < 1900


def test_a_job_that_is_taken_and_returned_is_no_progress(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (1, 0, 0) if int(now) % 2 else (0, 1, 0)
    with pytest.raises(DeadlineExceeded, match="not moved"):
        account.run()


def test_jobs_added_meanwhile_are_progress(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (10, 0, 0) if now < 1500 else (20, 0, 0) if now < 3000 else (0, 0, 0)
    assert account.run().values["jobs"] == 20


def test_no_worker_for_ten_minutes_is_noticed(aws: FakeAws, account: DrainAccount):
    account.running = lambda now: 0
    account.counts = lambda now: (5, 0, 0)
    account.service["events"] = [{"id": "1", "message": "(service x) was unable to place a task."}]
    with pytest.raises(DeadlineExceeded, match="No worker of .* has run for 10m ..s. ECS says:.*unable to place"):
        account.run()
    assert aws.now < 660


def test_logs_that_cannot_be_read_are_said(aws: FakeAws, account: DrainAccount):
    account.container["logConfiguration"] = {"logDriver": "syslog"}
    assert "logs through syslog, which cannot be read: only the verification finds" in account.run().warnings[0]
    assert aws.count("FilterLogEvents") == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "DRAINING"}, "does not exist, and 5 jobs are left"),
        ({"status": "INACTIVE"}, "does not exist, and 5 jobs are left"),
        ({"desiredCount": 0}, "desired count of service .* is 0, and 5 jobs are left"),
    ],
)
def test_a_service_that_cannot_drain_the_queue_is_refused(
    aws: FakeAws, account: DrainAccount, change: dict, message: str
):
    account.counts = lambda now: (5, 0, 0)
    account.service |= change
    with pytest.raises(Refused, match=message):
        account.run()
    assert aws.now == 0


def test_an_empty_queue_needs_no_service(aws: FakeAws, account: DrainAccount):
    account.counts = lambda now: (0, 0, 0)
    account.service = None
    assert account.run().values["jobs"] == 0


def test_a_throttled_poll_is_tried_again(aws: FakeAws, account: DrainAccount):
    aws.on("GetQueueAttributes", account.attributes, Refusal("ThrottlingException"), account.attributes)
    assert account.run().values["jobs"] == 100


def test_another_refusal_ends_the_wait(aws: FakeAws, account: DrainAccount):
    aws.on("GetQueueAttributes", account.attributes, Refusal("AccessDenied"))
    with pytest.raises(Exception, match="AccessDenied"):
        account.run()
