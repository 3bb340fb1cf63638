"""An account in which create_jobs fills a queue, in the way of either version of the application; it can be killed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ansible_collections.climate.ingest.plugins.module_utils.core.memo import Memo
from ansible_collections.climate.ingest.plugins.module_utils.core.operation import Operation
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result
from ansible_collections.climate.ingest.plugins.module_utils.core.run import OPEN
from ansible_collections.climate.ingest.plugins.module_utils.record import lock, record
from ansible_collections.climate.ingest.plugins.module_utils.record.steps import carry_out
from tests.fakes.aws import FakeAws, Refusal, cut
from tests.fakes.ssm import FakeSsm
from tests.fakes.task import ARN, DEFINITION, GONE, PARAMS, task, tasks

RUN = record.Run("staging-1", 1, "k3y", OPEN, "2026-03-01T10:00:00+00:00", "alice@laptop", {}, ["verify"])
ALL_YEARS = range(2006, 2100)
CREATE: dict[str, Any] = {
    **PARAMS,
    "command": "create_jobs,A1B,all,all",
    "step": "create_jobs",
    "unless_done": [],
    "requires": {},
    "repeatable": False,
    "queue": "cc-api-staging",
    "already": 0,
    "queued_with": {},
    "drained_by": None,
    "purge": False,
    "settle": 120,
    "models": ["all"],
    "years": ["all"],
    "all_models": ["HadCM3", "CCSM4"],
    "all_years": ["2006-2099"],
}
CHANGES = ("RunTask", "PurgeQueue", "PutParameter")
LASTS = 12.0  # seconds a command takes
FORGETS = 3600.0  # seconds after which ECS no longer shows a stopped task
PURGES = 60.0  # seconds in which a queue takes no other purge (API reference, PurgeQueue)

Job = tuple[str, str]  # model, year


class Killed(BaseException):
    """The controller is dead."""


class JobApplication(FakeSsm):
    """An account with an open run of ``staging``.

    Attributes:
        of_2017: whether create_jobs queues only the first year of named models.
        queue: the jobs in it.
        in_flight: how many of them a worker has taken.
        kill_at: number of the changing call, from 1, at which the controller dies; 0: it lives.
        arrives: whether that call still arrives.
        loses: number of the changing call whose answer is lost.
        fails: years whose command ends with exit code 1, having queued nothing.
        made: the changing calls there were; of a document that was written, its ``state`` beside.
    """

    def __init__(self, aws: FakeAws, of_2017: bool = True) -> None:
        super().__init__(aws)
        self.of_2017 = of_2017
        self.queue: list[Job] = []
        self.in_flight = 0
        self.tasks: dict[str, dict[str, Any]] = {}  # by ARN
        self.commands: list[list[str]] = []
        self.kill_at = self.loses = 0
        self.made: list[str] = []
        self.arrives = True
        self.fails: set[str] = set()
        self.purged_at = float("-inf")
        aws.on("DescribeTaskDefinition", {"taskDefinition": DEFINITION})
        aws.on("ListTaskDefinitions", {"taskDefinitionArns": [ARN]})
        aws.on("GetQueueUrl", {"QueueUrl": "https://sqs/cc-api-staging"})
        aws.on("GetQueueAttributes", lambda params: self._counts())
        aws.on("DescribeTasks", self._describe_tasks)
        aws.on("ListTasks", self._list_tasks)
        aws.on("DescribeClusters", {"clusters": [{"status": "ACTIVE"}]})
        aws.on("GetLogEvents", GONE)
        lock.acquire(self.context(), "staging")
        record.write_run(self.context(), "staging", RUN)
        for name, does in (("RunTask", self._run_task), ("PurgeQueue", self._purge), ("PutParameter", self._put)):
            aws.on(name, self._changing(name, does))

    def carry_out(self, operation: Operation, params: dict[str, Any], check_mode: bool = False) -> Result:
        """Carry an operation out as a controller that was started for it."""
        context = self.context(check_mode=check_mode)
        return carry_out(replace(context, memo=Memo()), params, operation)

    def step(self, name: str = "create_jobs") -> dict[str, Any]:
        """Read what the record has of a step."""
        return dict(self.parameters[f"/climate.ingest/staging/steps/{name}"])

    def _changing(self, name: str, does: Any) -> Any:
        def answer(params: dict[str, Any]) -> Any:
            state = json.loads(params.get("Value", "{}")).get("state", "")
            self.made.append(f"{name} {state}".rstrip())
            dies, loses = len(self.made) == self.kill_at, len(self.made) == self.loses
            if dies and not self.arrives:
                raise Killed
            answered = does(params)
            if dies:
                raise Killed
            if loses:
                raise cut()
            return answered

        return answer

    def _run_task(self, params: dict[str, Any]) -> dict[str, Any]:
        known = next((each for each in self.tasks.values() if each["clientToken"] == params["clientToken"]), None)
        if known is None:
            arguments = params["overrides"]["containerOverrides"][0]["command"]
            arn = f"{ARN.replace('task-definition', 'task')}/{len(self.tasks)}"
            names = ("startedBy", "clientToken")
            known = {name: params[name] for name in names} | {
                "taskArn": arn,
                "command": arguments,
                "ends": self.aws.now + LASTS,
            }
            self.tasks[arn] = known
            self.commands.append(arguments)
        return {"tasks": [self._shown(known)], "failures": []}

    def _advance(self) -> None:
        """End the tasks whose time has come; what is sent while the queue is being purged is lost."""
        for each in self.tasks.values():
            command = each["command"]
            if each["ends"] > self.aws.now or "code" in each:
                continue
            each["code"] = int(command[-1] in self.fails)
            if not each["code"] and each["ends"] - self.purged_at >= PURGES:
                self.queue += self._jobs(command)

    def _jobs(self, arguments: list[str]) -> Iterable[Job]:
        models, years = arguments[-2:]
        all_years = [str(year) for year in ALL_YEARS] if years == "all" else years.split(",")
        every = models == "all"
        names: Iterable[str] = CREATE["all_models"] if every else models.split(",")
        names = iter(names) if self.of_2017 and not every else list(names)
        return [(model, year) for year in all_years for model in names]

    def _list_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        stopped = params.get("desiredStatus") == "STOPPED"
        found = [each for each in self._visible() if ("code" in each) == stopped]
        return {
            "taskArns": [
                each["taskArn"] for each in found if each["startedBy"] == params.get("startedBy", each["startedBy"])
            ]
        }

    def _describe_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        return tasks(*(self._shown(each) for each in self._visible() if each["taskArn"] in params["tasks"]))

    def _visible(self) -> list[dict[str, Any]]:
        self._advance()
        return [each for each in self.tasks.values() if self.aws.now - each["ends"] < FORGETS]

    @staticmethod
    def _shown(known: dict[str, Any]) -> dict[str, Any]:
        code = known.get("code")
        names = {name: known[name] for name in ("taskArn", "startedBy")}
        return {**task("RUNNING" if code is None else "STOPPED", code), **names}

    def _counts(self) -> dict[str, Any]:
        self._advance()
        numbers = {"": len(self.queue) - self.in_flight, "NotVisible": self.in_flight, "Delayed": 0}
        return {"Attributes": {f"ApproximateNumberOfMessages{name}": str(many) for name, many in numbers.items()}}

    def _purge(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.aws.now - self.purged_at < PURGES:
            raise Refusal("AWS.SimpleQueueService.PurgeQueueInProgress")
        self._advance()
        self.purged_at = self.aws.now
        self.queue.clear()
        return {}
