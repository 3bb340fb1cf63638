"""Playbooks behind the fault proxy: what each begins with, a run of it, and what came of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox import data
from tests.faults.proxy import OUTAGE, Exchange, Proxy
from tests.faults.rules import Rule, Script
from tests.sweep import points, state
from tests.sweep.account import Ended, SweepAccount
from tests.sweep.state import State

FAILED_YEAR = 2099
# what must not be made twice, by the call that makes it
MAKES = {
    "ecs.RunTask": "task",
    "ecs.RegisterTaskDefinition": "task definition",
    "ecs.CreateService": "service",
    "ec2.CreateLaunchTemplate": "launch template",
    "autoscaling.CreateAutoScalingGroup": "Auto Scaling group",
}
_TOKENS = ("clientToken", "ClientToken")
LONGEST_RUN = 1200.0  # seconds; each of 60 operations may be 5 s late


class Unprepared(Exception):
    """An account could not be brought to where a course begins; the message says how far it came."""


@dataclass(frozen=True)
class Course:
    """A playbook, and what it begins with.

    Attributes:
        playbook: its name.
        prepare: brings an account that was reset there; takes the names of the changing calls of populate.yml.
        has_data: whether the database and the jobs it leaves are always the same.
    """

    playbook: str
    prepare: Callable[[SweepAccount, Sequence[str]], None]
    has_data: bool = True


@dataclass(frozen=True)
class Trial:
    """A run of a course.

    Attributes:
        ended: the playbook.
        exchanges: what the proxy has taken.
        unmet: rules that no request has met.
        made: how many of each thing of MAKES were made.
        state: what it left; None where it failed.
    """

    ended: Ended
    exchanges: list[Exchange]
    unmet: list[Rule]
    made: Counter[str]
    state: State | None

    def reasons(self, reference: Trial, has_data: bool) -> list[str]:
        """Say what went wrong, compared with a run that met no fault."""
        if self.state is None or reference.state is None:
            return [points.end(self.ended)]
        wanted = reference.state if has_data else replace(reference.state, tables={}, jobs=self.state.jobs)
        found = state.differences(self.state, wanted)
        if not has_data:
            found = [each for each in found if not each.endswith("messages in the queue")]
        more = self.made - reference.made
        return found + [f"{count} more {MAKES[name]}{'s' * (count > 1)} made" for name, count in more.items()]


def attempt(
    account: SweepAccount,
    course: Course,
    rules: Iterable[Rule],
    calls: Sequence[str],
    longest: float = LONGEST_RUN,
    outage: float = OUTAGE,
    **variables: Any,
) -> Trial:
    """Reset an account, prepare it, and run the course behind a proxy that follows the rules.

    Args:
        account: a sandbox.
        course: which playbook.
        rules: of the proxy.
        calls: names of the changing calls of populate.yml, for the preparation.
        longest: seconds after which the playbook is killed.
        outage: seconds for which a network is cut.
        variables: of the playbook.

    Raises:
        Unprepared: the preparation failed.
    """
    account.control("reset", "POST")
    course.prepare(account, calls)
    since = account.control("calls")["last"]
    script = Script(rules)
    with Proxy(account.endpoint, script, outage=outage) as proxy:
        ended = account.populate(playbook=course.playbook, longest=longest, ingest_endpoint_url=proxy.url, **variables)
    made = _made(account.changes(since))
    left = state.read(account) if ended.code == 0 else None
    return Trial(ended, proxy.exchanges(), script.unmet(), made, left)


def _made(changes: Iterable[dict[str, Any]]) -> Counter[str]:
    """Count what was made: calls that succeeded, and those with the same client token once."""
    found: Counter[str] = Counter()
    tokens = set()
    for call in changes:
        name = points.name(call)
        if name not in MAKES or call["status"] >= 400:
            continue
        token = next((call["parameters"][key] for key in _TOKENS if key in (call["parameters"] or {})), None)
        if token is None or (name, token) not in tokens:
            found[name] += 1
        tokens.add((name, token))
    return found


def _nothing(account: SweepAccount, calls: Sequence[str]) -> None:
    """Begin with the account as it is."""


def _a_failed_job(account: SweepAccount, calls: Sequence[str]) -> None:
    """Begin with a run in which one job failed, and whose cause is mended."""
    s3, key = account.client("s3"), data.netcdf_key("A1B", FAILED_YEAR)
    kept = s3.get_object(Bucket=data.BUCKET, Key=key)["Body"].read()
    s3.delete_object(Bucket=data.BUCKET, Key=key)
    run = account.populate()
    if run.code != 2:
        raise Unprepared(f"a run with a failed job ended with exit code {run.code}\n{run.output}")
    s3.put_object(Bucket=data.BUCKET, Key=key, Body=kept)


def _a_dead_run(account: SweepAccount, calls: Sequence[str]) -> None:
    """Begin with what a run left that was killed when its workers had just been started."""
    run = account.populate({"call": calls.index("ecs.CreateService") + 1, "when": "after"})
    if run.code != -9:
        raise Unprepared(f"a run to be killed ended with exit code {run.code}\n{run.output}")


COURSES = {
    "populate": Course("populate", _nothing),
    "retry": Course("retry_failed", _a_failed_job),
    "teardown": Course("teardown", _a_dead_run, has_data=False),
}
