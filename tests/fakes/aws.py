"""AWS as a test writes it: real boto3 clients (botocore checks the parameters), scripted answers, a fake clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from threading import local
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.exceptions import ConnectionClosedError

from ansible_collections.climate.ingest.plugins.module_utils.core.context import Context
from ansible_collections.climate.ingest.plugins.module_utils.core.preview import Preview
from ansible_collections.climate.ingest.plugins.module_utils.core.result import Result

REGION = "us-east-1"
Answer = dict[str, Any] | Callable[[dict[str, Any]], Any] | Exception


def essence(result: Result) -> tuple[bool, dict[str, Any], dict[str, Any]]:
    """What check mode has to foresee of a result."""
    return result.changed, result.before, result.after


class Refusal(Exception):
    """An error answer of AWS: code, message and HTTP status."""

    def __init__(self, code: str, message: str = "refused by the test", status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.text = message
        self.status = status


class Lost(Exception):
    """A call whose answer does not arrive.

    Args:
        error: what botocore raises instead.
        answer: what the call does all the same, as a function of its parameters; None: it never arrived.
    """

    def __init__(self, error: Exception, answer: Callable[[dict[str, Any]], Any] | None = None) -> None:
        super().__init__(str(error))
        self.error, self.answer = error, answer


def cut() -> Exception:
    """What botocore raises when the connection ends before the answer."""
    return ConnectionClosedError(endpoint_url="https://aws")


def lose_answer(client: Any, operation: str) -> None:
    """Lose the answer to a client's next call of an operation, which is carried out."""

    def lose(**event: Any) -> None:
        client.meta.events.unregister(event["event_name"], lose)
        client.meta.events.unregister(f"after-call.*.{operation}", lose)
        raise cut()

    client.meta.events.register(f"after-call.*.{operation}", lose)


class Recorder:
    """A progress that keeps what it was told."""

    def __init__(self) -> None:
        self.statuses: list[tuple[str, float | None]] = []
        self.lines: list[str] = []
        self.details: list[str] = []
        self.expected: list[tuple[float, bool]] = []

    def status(self, text: str, fraction: float | None = None) -> None:
        self.statuses.append((text, fraction))

    def line(self, text: str) -> None:
        self.lines.append(text)

    def detail(self, text: str) -> None:
        self.details.append(text)

    def expect(self, seconds: float, at_most: bool = False) -> None:
        self.expected.append((seconds, at_most))


def log_groups(*missing: str, **more: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Answer DescribeLogGroups: every group is there, but those that are missing."""

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        name = params["logGroupNamePrefix"]
        found = {"logGroupName": name, "arn": f"arn:aws:logs:us-east-1:123456789012:log-group:{name}:*"}
        return {"logGroups": [] if name in missing else [{**found, "retentionInDays": 30, **more}]}

    return answer


class FakeAws:
    """Answers each call with what the test wrote for its operation; time passes only by sleeping.

    ``on("DescribeTasks", first, second)`` answers one call after another, the last one for ever. An answer is a dict, a
    function of the call's parameters, or a :class:`Refusal`. A call nobody wrote an answer for fails the test; only log
    groups are there without, and nothing is borrowed.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.progress = Recorder()
        self._answers: dict[str, list[Answer]] = {
            "DescribeLogGroups": [log_groups()],
            "GetParametersByPath": [{"Parameters": []}],
        }
        self.regions: list[str] = []  # of the calls
        self._clients: dict[tuple[str, str], Any] = {}

    def forget(self) -> None:
        """Forget answers and calls; the clients, which take long to make, stay."""
        self.now = 0.0
        self.calls.clear()
        self.regions.clear()
        self.progress = Recorder()
        self._answers = {"DescribeLogGroups": [log_groups()], "GetParametersByPath": [{"Parameters": []}]}

    def on(self, operation: str, *answers: Answer) -> None:
        self._answers[operation] = list(answers)

    def count(self, operation: str) -> int:
        return Counter(name for name, _ in self.calls)[operation]

    def sent(self, operation: str) -> list[dict[str, Any]]:
        return [params for name, params in self.calls if name == operation]

    def changes(self) -> list[str]:
        reads = ("Describe", "List", "Get", "Filter")
        return [name for name, _ in self.calls if not name.startswith(reads)]

    def context(self, check_mode: bool = False, preview: Preview | None = None) -> Context:
        """Give a context; one ``preview`` for several steps in check mode is what a play has."""
        kept = preview or Preview()
        return Context(self.client, check_mode, lambda: self.now, self._sleep, self.progress, preview=kept)

    def client(self, service: str, region: str = REGION) -> Any:
        if (service, region) not in self._clients:
            self._clients[service, region] = self._make(service, region)
        return self._clients[service, region]

    def _sleep(self, seconds: float) -> None:
        assert seconds > 0, "a wait that does not wait is a busy loop"
        self.now += seconds

    def _make(self, service: str, region: str) -> Any:
        client = boto3.client(service, region_name=region, aws_access_key_id="testing", aws_secret_access_key="testing")
        params = local()
        client.meta.events.register_first("provide-client-params", self._remember(params))
        client.meta.events.register_first("before-call", self._answer(params, region))
        return client

    @staticmethod
    def _remember(latest: local) -> Callable[..., None]:
        def remember(params: dict[str, Any], **event: Any) -> None:
            latest.params = dict(params)

        return remember

    def _answer(self, latest: local, region: str) -> Callable[..., tuple[Any, Mapping[str, Any]]]:
        def answer(model: Any, **event: Any) -> tuple[Any, Mapping[str, Any]]:
            name, params = model.name, latest.params
            self.calls.append((name, params))
            self.regions.append(region)
            assert self._answers.get(name), f"the test has no answer for {name}({params})"
            chosen = self._answers[name].pop(0) if len(self._answers[name]) > 1 else self._answers[name][0]
            if callable(chosen) and not isinstance(chosen, Exception):
                try:
                    chosen = chosen(params)
                except Refusal as refusal:
                    chosen = refusal
            if isinstance(chosen, Lost):
                if chosen.answer:
                    chosen.answer(params)
                raise chosen.error
            if isinstance(chosen, Refusal):
                metadata = {"HTTPStatusCode": chosen.status}
                error = {"Error": {"Code": chosen.code, "Message": chosen.text}, "ResponseMetadata": metadata}
                return SimpleNamespace(status_code=chosen.status), error
            assert isinstance(chosen, dict)
            return SimpleNamespace(status_code=200), chosen

        return answer
