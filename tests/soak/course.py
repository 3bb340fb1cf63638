"""A soak under way: the same command again and again, until the run is complete."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.proxy import Proxy
from tests.integration.conftest import BIN
from tests.soak.acts import KILLS, Act, Moment
from tests.soak.controller import Controller
from tests.sweep.account import SweepAccount
from tests.sweep.points import ENDING
from tests.sweep.state import CLUSTER, DATABASE, QUEUE, RECORD, TAG_PREFIX

# seconds
OUTAGE = 120.0
BREATH = 2.0  # for calls to be answered again
LOOK = 0.2
UNATTENDED = 13 * 3600
VISIBILITY = 4 * 3600 + 60
STUCK = 45.0
AWAY = 90.0
CHECKS = 45  # calls of a controller before it changes anything
AGAIN = 3  # times that a run which failed is begun again, so that more is seen of it


@dataclass(frozen=True)
class Happened:
    """Something that happened.

    Attributes:
        seconds: since the soak began.
        what: in a few words.
        went_well: False for what speaks against the collection.
    """

    seconds: float
    what: str
    went_well: bool = True


@dataclass
class Soak:
    """A run that is to be completed.

    Attributes:
        account: a fresh sandbox.
        proxy: in front of it.
        moments: what is to happen, in this order.
        variables: of the playbook.
        log: file for what the controllers print.
        minutes: after which it is given up.
    """

    account: SweepAccount
    proxy: Proxy
    moments: list[Moment]
    variables: dict[str, Any]
    log: Path
    minutes: float
    happened: list[Happened] = field(default_factory=list)
    controllers: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._clients: dict[str, Any] = {}
        self._stuck_since: float | None = None
        self._seen: tuple[Moment, float] | None = None
        self._failures = 0
        self._cut_until = 0.0
        self._controller = self._start()

    def run(self) -> None:
        """Bring the run to its end, or to where nothing goes on any more."""
        while time.monotonic() - self._began < self.minutes * 60:
            time.sleep(LOOK)
            code = self._controller.poll()
            if code is not None:
                if not self._goes_on_after(code):
                    return
                continue
            self._free_messages()
            if self.moments and self._is_at_work() and self._is_time(self.moments[0]):
                self._act(self.moments.pop(0))
        self._tell(f"given up after {self.minutes:g} minutes", went_well=False)
        self._controller.kill()

    def _start(self) -> Controller:
        extra = {"sandbox_state_dir": str(self.account.state_dir), "ingest_endpoint_url": self.proxy.url}
        self._calls = len(self.proxy.exchanges())
        arguments = ["playbooks/populate.yml", "-e", json.dumps({**extra, **self.variables})]
        return Controller([str(BIN / "ansible-playbook"), *arguments], self.log)

    def _is_at_work(self) -> bool:
        """Say whether the controller is beyond its checks: one that is started without a network says so at once."""
        return time.monotonic() > self._cut_until and len(self.proxy.exchanges()) >= self._calls + CHECKS

    def _goes_on_after(self, code: int) -> bool:
        """Take note of a controller's end; begin again if it was not the run's."""
        self._ended(f"exit code {code}")
        if code == 0:
            return False
        said = ENDING.findall(self.log.read_text(errors="replace"))
        self._tell(f"the run ended with exit code {code}: {said[-1].strip()[:300] if said else ''}", went_well=False)
        self._failures += 1
        if self._failures >= AGAIN:
            return False
        self._controller = self._start()
        return True

    def _ended(self, how: str) -> None:
        self.controllers.append((time.monotonic() - self._controller.began, how))

    def _tell(self, what: str, went_well: bool = True) -> None:
        event = Happened(time.monotonic() - self._began, what, went_well)
        self.happened.append(event)
        print(f"{event.seconds:6.0f} s  {what}", flush=True)

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.account.client(service)
        return self._clients[service]

    def _is_time(self, moment: Moment) -> bool:
        """Say whether its step has begun, and so long ago."""
        if self._seen is None or self._seen[0] is not moment:
            found = self._client("ssm").get_parameters(Names=[f"{RECORD}/steps/{moment.step}"])["Parameters"]
            if not found:
                return False
            self._seen = (moment, time.monotonic())
        return time.monotonic() - self._seen[1] >= moment.seconds

    def _act(self, moment: Moment) -> None:
        if moment.act in KILLS:
            self._controller.kill()
            self._ended(moment.act)
        acts: dict[Act, Callable[[], str]] = {
            Act.HANG_UP: self._close_terminal,
            Act.CUT: self._cut,
            Act.RECLAIM: self._reclaim,
            Act.RESTART: self._restart,
            Act.LEAVE: self._leave,
        }
        try:
            more = acts[moment.act]() if moment.act in acts else ""
        except (Failed, OSError) as error:  # OSError: the sandbox refuses it
            self._tell(f"{moment.act} ({moment.step}): {error}", went_well=False)
        else:
            self._tell(f"{moment.act} ({moment.step})" + (f": {more}" if more else ""))
        if moment.act in KILLS:
            self._controller = self._start()

    def _close_terminal(self) -> str:
        self._controller.hang_up()
        calls = len(self.proxy.exchanges())
        _await(
            lambda: len(self.proxy.exchanges()) > calls + 5 or self._controller.poll() is not None, "no further call"
        )
        return "it goes on" if self._controller.poll() is None else "it ended"

    def _cut(self) -> str:
        self.proxy.cut(OUTAGE)
        self._cut_until = time.monotonic() + OUTAGE + BREATH
        return f"for {OUTAGE:.0f} s"

    def _reclaim(self) -> str:
        instances = self._instances()
        if not instances:
            raise Failed("there is no instance")
        self.account.control("interrupt", "POST", {"instance": instances[0]})
        return instances[0]

    def _restart(self) -> str:
        services = self._client("ecs").list_services(cluster=CLUSTER)["serviceArns"]
        if services:
            raise Failed(f"workers run: {services[0]}")
        self._client("rds").reboot_db_instance(DBInstanceIdentifier=DATABASE)
        return ""

    def _leave(self) -> str:
        before = len(self._instances())
        if not before:
            raise Failed("there is no instance")
        self.account.control("wait", "POST", {"seconds": UNATTENDED})
        _await(lambda: not self._instances(), "the fleet is still there")
        group = self._groups()[0]
        sizes = "/".join(str(group[name]) for name in ("MinSize", "MaxSize", "DesiredCapacity"))
        if sizes != "0/0/0":
            raise Failed(f"the group is {sizes}")
        return f"{before} instances ended, the group is {sizes}"

    def _groups(self) -> list[Any]:
        tagged = [{"Name": "tag-key", "Values": [f"{TAG_PREFIX}environment"]}]
        return list(self._client("autoscaling").describe_auto_scaling_groups(Filters=tagged)["AutoScalingGroups"])

    def _instances(self) -> list[str]:
        return [each["InstanceId"] for group in self._groups() for each in group["Instances"]]

    def _free_messages(self) -> None:
        """Let hours pass once nothing but messages of dead workers is left, which nobody else sees so long."""
        url = self._client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"]
        attributes = self._client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        waiting, taken = (int(attributes[f"ApproximateNumberOfMessages{which}"]) for which in ("", "NotVisible"))
        if waiting or not taken:
            self._stuck_since = None
        elif self._stuck_since is None:
            self._stuck_since = time.monotonic()
        elif time.monotonic() - self._stuck_since >= STUCK:
            self._stuck_since = None
            self.account.control("wait", "POST", {"seconds": VISIBILITY})
            self._tell(f"{VISIBILITY / 3600:.0f} hours pass, until {taken} messages of dead workers can be seen again")


class Failed(Exception):
    """Something did not go as it should; the message says what."""


def _await(condition: Callable[[], bool], otherwise: str) -> None:
    """Wait until something is so.

    Raises:
        Failed: it does not come to that.
    """
    deadline = time.monotonic() + AWAY
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{otherwise} after {AWAY:.0f} s")
        time.sleep(LOOK)
