"""Jobs are queued once, on an empty queue, and counted."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.command.find_task import Unknown
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import (
    Incomplete,
    NotFound,
    Refused,
    TaskFailed,
)
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN, STARTED
from ansible_collections.climate.ingest.plugins.module_utils.job_queue.create_jobs import OPERATION
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import carry_out
from tests.fakes.aws import FakeAws, Refusal
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import ARN, DEFINITION, GONE, TASK, task, tasks
from tests.fakes.task import PARAMS as COMMAND

PARAMS: dict[str, Any] = {
    **COMMAND,
    "command": "create_jobs,RCP85,all,all",
    "environment": "staging",
    "step": "create_jobs",
    "unless_done": [],
    "requires": {},
    "repeatable": False,
    "queue": "cc-api-staging",
    "already": 0,
    "queued_with": {},
    "drained_by": None,
    "purge": False,
    "settle": 0,
    "models": ["CCSM4"],
    "years": ["2050", "2051"],
    "all_models": [],
    "all_years": [],
}
RUN = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop", {}, ["verify"])


class Account(FakeSsm):
    """A queue that create_jobs fills when its task is started.

    Attributes:
        queued: messages in the queue.
        sends: how many a task sends.
    """

    def __init__(self, aws: FakeAws) -> None:
        super().__init__(aws)
        self.queued, self.sends = 0, 2
        aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION})
        aws.on("ListTaskDefinitions", {"taskDefinitionArns": [ARN]})
        aws.on("GetQueueUrl", {"QueueUrl": "https://sqs/cc-api-staging"})
        aws.on("GetQueueAttributes", lambda params: self._counts())
        aws.on("PurgeQueue", lambda params: setattr(self, "queued", 0) or {})
        aws.on("RunTask", lambda params: self._run())
        aws.on("DescribeTasks", tasks(task("STOPPED", 0)))
        aws.on("DescribeClusters", {"clusters": [{"status": "ACTIVE"}]})
        aws.on("GetLogEvents", GONE)
        lock.acquire(self.context(), "staging")
        record.write_run(self.context(), "staging", RUN)

    def _run(self) -> dict[str, Any]:
        self.queued += self.sends
        return {"tasks": [task("PENDING")], "failures": []}

    def _counts(self) -> dict[str, Any]:
        names = ("Messages", "MessagesNotVisible", "MessagesDelayed")
        counts = dict.fromkeys((f"ApproximateNumberOf{name}" for name in names), "0")
        return {"Attributes": counts | {"ApproximateNumberOfMessages": str(self.queued)}}

    def create(self, check_mode: bool = False, **changes: Any) -> Result:
        return carry_out(self.context(check_mode=check_mode), {**PARAMS, **changes}, OPERATION)

    @property
    def state(self) -> str:
        return str(self.parameters["/climate.ingest/staging/steps/create_jobs"]["state"])


@pytest.fixture
def account(aws: FakeAws) -> Account:
    return Account(aws)


def test_jobs_are_queued_and_counted(account: Account) -> None:
    result = account.create()
    assert (result.values["requested"], result.values["counts"]["visible"]) == (2, 2)
    assert account.state == "done"


def test_jobs_are_queued_once(account: Account) -> None:
    account.create()
    account.create()
    assert account.queued == 2


def test_what_is_queued_already_is_not_added_to(account: Account) -> None:
    account.queued = 1
    with pytest.raises(Refused, match="is not empty"):
        account.create()
    assert account.aws.count("RunTask") == 0


def test_a_crash_after_the_command_had_ended_is_resumed_by_counting(account: Account) -> None:
    left = record.Step("staging-1", STARTED, "2026-03-01T10:00:00+00:00", task=TASK)
    record.write_step(account.context(), "staging", "create_jobs", left)
    account.queued = 2
    account.create()
    assert account.aws.count("RunTask") == 0
    assert account.state == "done"


def test_half_a_queue_is_said_and_purged_on_request(account: Account) -> None:
    account.sends = 1
    with pytest.raises(Incomplete, match="ingest_purge_queue=true"):
        account.create()
    assert account.state == "failed"
    account.sends = 2
    with pytest.raises(Refused, match="is not empty"):
        account.create()
    account.create(purge=True)
    assert account.queued == 2
    assert account.aws.sent("RunTask")[0]["clientToken"] != account.aws.sent("RunTask")[1]["clientToken"]


def test_a_command_that_fails_is_tried_again_on_an_empty_queue_only(account: Account) -> None:
    account.aws.on("DescribeTasks", tasks(task("STOPPED", 1)))
    with pytest.raises(TaskFailed):
        account.create()
    with pytest.raises(Refused, match="is not empty"):
        account.create()


def test_where_there_is_no_way_to_tell_a_purge_begins_anew(account: Account) -> None:
    left = record.Step("staging-1", STARTED, "2026-03-01T08:00:00+00:00", task=TASK)
    record.write_step(account.context(), "staging", "create_jobs", left)
    account.queued = 1
    account.aws.on("DescribeTasks", tasks())
    with pytest.raises(Unknown):
        account.create()
    account.aws.on("DescribeTasks", tasks(), tasks(task("STOPPED", 0)))
    account.create(purge=True)
    assert (account.queued, account.state) == (2, "done")


def test_a_purge_is_shown(account: Account) -> None:
    account.queued = 5
    result = account.create(purge=True, check_mode=True)
    assert (result.values["purged"], account.queued) == (5, 5)
    assert account.aws.count("RunTask") == 0


def test_an_unknown_queue_is_named(account: Account) -> None:
    account.aws.on("GetQueueUrl", Refusal("QueueDoesNotExist"))
    with pytest.raises(NotFound, match="no queue 'cc-api-staging'"):
        account.create()


def test_a_second_command_adds_to_the_first(account: Account) -> None:
    account.create(step="retry_1_create_jobs_1")
    result = account.create(step="retry_1_create_jobs_2", already=2)
    assert (account.queued, result.values["requested"]) == (4, 2)
    account.create(step="retry_1_create_jobs_2", already=2)
    assert account.queued == 4


def test_a_preview_of_several_commands_counts_on(account: Account) -> None:
    context = account.context(check_mode=True)
    for number in (1, 2):
        params = {**PARAMS, "step": f"retry_1_create_jobs_{number}", "already": 2 * (number - 1)}
        carry_out(context, params, OPERATION)
    assert context.preview.get("queue/cc-api-staging") == 4


def test_a_purge_does_not_decide_about_a_second_command(account: Account) -> None:
    left = record.Step("staging-1", STARTED, "2026-03-01T08:00:00+00:00", task=TASK)
    record.write_step(account.context(), "staging", "retry_1_create_jobs_2", left)
    account.queued = 2
    account.aws.on("DescribeTasks", tasks())
    with pytest.raises(Unknown, match="ingest_assume_done=retry_1_create_jobs_2"):
        account.create(step="retry_1_create_jobs_2", already=2, purge=True)
    assert account.queued == 2
