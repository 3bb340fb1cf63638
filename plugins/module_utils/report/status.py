# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The open or last run of an environment on one screen; reads only, whoever runs it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..core.context import Context
from ..core.errors import IngestError
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import DONE, FAILED, OPEN, STARTED
from ..core.text import amounts, at, columns, count, duration, money, padded, row, seconds, together
from ..database import shown
from ..failed_jobs.kept.facts import called, number, title
from ..fleet import outlook
from ..record.record import MARKED
from ..workers.rate import Rate
from . import page as report_page
from .facts import INTERRUPTED, LEFT_OUT, Facts, gather, imported_text
from .gantt import makings

STATES = {STARTED: "running"}
NAME_WIDTHS = 22, 36  # columns, at least and at most; what a longer name is beside stands in the next line
MOST_FAILED_JOBS = 10
LIKE = 60  # characters that tell one reason from another
MOST_RANGES = 10


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Show the screen; the parameters are the module's."""
    facts = gather(context, params)
    lines = screen(facts) if facts else [f"{params['environment']}: no run yet"]
    for line in lines if params["show"] else ():
        context.progress.line(line)
    result = Result(values={"status": lines, "facts": facts or {}})
    if facts and params.get("report_folder") and not context.check_mode:
        _report(context, params["report_folder"], facts, result)
    return result


def _report(context: Context, folder: str, facts: Facts, result: Result) -> None:
    """Write the report; a run does not fail because it cannot be written."""
    try:
        page, _json = report_page.write(folder, facts)
    except IngestError as error:
        result.warnings.append(error.message)
    else:
        context.progress.line(f"report: {page}")
        result.values["report"] = page
        del result.values["facts"]  # they are in the file, and would flood what -v shows


def screen(facts: Facts) -> list[str]:
    """Write the screen: a head line, then labelled rows of at most 80 columns, and a command to copy, in one line."""
    opened = f"{at(facts['run']['opened_at'])} by {facts['run']['opened_by']}"
    rows = [
        ("opened", opened),
        *_controller(facts),
        *_resumed(facts),
        *_steps(facts),
        *_queue(facts),
        *_drain(facts),
        *_workers(facts),
        *_unattended(facts),
        *_database(facts),
        *_imported(facts),
        *_services(facts),
        *_snapshot(facts),
        *_failures(facts),
        *_cost(facts),
        *_next(facts),
        *(("unreadable", f"{name}: {why}") for name, why in facts["unreadable"].items()),
    ]
    return [_head(facts), *(line for label, text in rows for line in row(label, text)), *_resume(facts)]


def _head(facts: Facts) -> str:
    run = facts["run"]
    began = datetime.fromisoformat(run["opened_at"])
    ended = datetime.fromisoformat(run["closed_at"] or facts["generated_at"])
    took = duration((ended - began).total_seconds())
    state = f"complete, took {took}" if run["closed_at"] else f"open for {took}"
    return f"Run {run['id']} is {state}"


def _controller(facts: Facts) -> Iterator[tuple[str, str]]:
    controller = facts["controller"]
    if controller:
        yield "controller", f"{controller['holder']}, since {at(controller['since'])}"
    elif facts["run"]["state"] == OPEN and "controller" not in facts["unreadable"]:
        yield "controller", "none: no controller is running it"


def _resumed(facts: Facts) -> Iterator[tuple[str, str]]:
    """Say how often the run was interrupted and resumed, and tell of the last time."""
    known = facts["interruptions"]
    if known["count"]:
        last = known["newest"][-1]
        often = f"{known['count']:,} times, last " if known["count"] > 1 else ""
        when = f" {'in' if last['within'] else 'after'} {last['step']}" if last["step"] else ""
        after = duration(seconds(last["began"], last["resumed"]))
        yield "resumed", f"{often}{at(last['resumed'])}, {after} after it was interrupted{when}: {last['why']}"


def _steps(facts: Facts) -> Iterator[tuple[str, str]]:
    least, most = NAME_WIDTHS
    widths = [columns(step["name"]) for step in facts["steps"]]
    width = max([least, *(each for each in widths if each <= most)])
    told = (facts["run"]["failure"] or {}).get("message", "") if facts["run"]["state"] == OPEN else ""
    states = max([8, *(len(step["state"]) for step in facts["steps"])])
    yield "steps", f"{padded('name', width)}  {'state':<{states}} began (UTC)"
    for step, own in zip(facts["steps"], widths, strict=True):
        if own > width:
            yield "", step["name"]
        name = step["name"] if own <= width else ""
        yield "", f"{padded(name, width)}  {_step(step, facts['generated_at'], told, states)}"


def _step(step: Facts, now: str, told: str, width: int) -> str:
    """Write a step; why it failed only where the row of the run's failure does not tell it.

    Args:
        width: of its state, in columns.
    """
    head = f"{STATES.get(step['state'], step['state']):<{width}}"
    if not step["attempts"] or step["state"] == LEFT_OUT:
        return head
    attempts = makings(step["attempts"])
    last = attempts[-1]
    began = f"{head} {at(last['began']).removesuffix(' UTC')}  "
    if last["note"].startswith(MARKED):
        return began + str(last["note"])
    why = last["note"] if step["state"] == FAILED and last["note"][:LIKE] not in told else ""
    if step["state"] == INTERRUPTED:  # its command may have gone on, and ended, without a controller
        return began.rstrip() + _again(attempts)
    took = duration(seconds(last["began"], last["ended"] or now))
    return f"{began}{took}{_again(attempts)}{why and f'  {why}'}"


def _again(attempts: Sequence[Facts]) -> str:
    """Say how often it was done, and how often it has failed before."""
    done = sum(each["state"] == DONE for each in attempts)
    failed = sum(each["state"] == FAILED for each in attempts[:-1])
    told = [f"{count(done, 'time')}"] if done > 1 else []
    told += [f"after {count(failed, 'failed try', 'failed tries')}"] if failed else []
    return "".join(f", {each}" for each in told)


def _queue(facts: Facts) -> Iterator[tuple[str, str]]:
    queue = facts["queue"]
    if queue:
        yield "queue", f"{queue['name']}: {queue['waiting']} waiting, {queue['in_flight']} in flight"


def _drain(facts: Facts) -> Iterator[tuple[str, str]]:
    """Say how far the drain under way is, and when it ends at the rate of its recent past."""
    running = {step["name"] for step in facts["steps"] if step["state"] == STARTED}
    for drain in facts["drains"]:
        if drain["step"] not in running or not drain["times"]:
            continue
        rate = Rate()
        for time, left in zip(drain["times"], drain["left"], strict=True):
            rate.add(datetime.fromisoformat(time).timestamp(), left)
        left, total = drain["left"][-1], drain["total"]
        facts_of_it = [f"{total - left}/{total} jobs done", f"{rate.per_second * 60:.0f}/min"]
        ends = rate.seconds_left()
        facts_of_it += [f"{duration(ends)} to go"] if ends is not None else []
        yield "drain", f"{', '.join(facts_of_it)} (as of {at(drain['times'][-1])})"


def _workers(facts: Facts) -> Iterator[tuple[str, str]]:
    workers, instances = facts["workers"], facts["instances"]
    if workers:
        yield "workers", f"{workers['running']}/{workers['desired']} running, {workers['pending']} pending"
    if instances:
        pending = f", {instances['pending']} pending" if instances["pending"] else ""
        yield "fleet", f"{instances['running']} spot instances running{pending}"


def _unattended(facts: Facts) -> Iterator[tuple[str, str]]:
    """Say until when the fleet lives without a controller, or that it has ended."""
    known = facts["unattended"]
    text = outlook.sentence(outlook.Outlook(**known), datetime.fromisoformat(facts["generated_at"])) if known else ""
    if text:
        yield "unattended", text


def _database(facts: Facts) -> Iterator[tuple[str, str]]:
    database = facts["database"]
    if database:
        yield "database", shown.text(database)


def _imported(facts: Facts) -> Iterator[tuple[str, str]]:
    """Say what the verifications found."""
    label = "imported"
    for found in facts["imported"]:
        yield label, f"{together(found['dataset'], called(found))}: {imported_text(found)}"
        label = ""


def _services(facts: Facts) -> Iterator[tuple[str, str]]:
    """Say which services of the cluster did not come back from the last change of the database."""
    for sentence in facts.get("services") or []:
        yield "services", sentence


def _snapshot(facts: Facts) -> Iterator[tuple[str, str]]:
    label = "snapshot"
    for sentence in facts.get("snapshot") or []:
        yield label, sentence
        label = ""


def _failures(facts: Facts) -> Iterator[tuple[str, str]]:
    failure = facts["run"]["failure"]
    if failure and facts["run"]["state"] == OPEN:
        first, *others = failure["message"].splitlines() or [""]
        yield "failed", f"{at(failure['at'])} in {failure['task']!r}: {first}"
        for line in others:
            yield "", line
    jobs = [job for job in facts["failed_jobs"] if not job["imported"]]
    label = "failed job"
    for job in jobs[:MOST_FAILED_JOBS]:
        yield label, f"{title(job, MOST_RANGES)}: {job['exception']}"
        label = ""
    if more := number(jobs[MOST_FAILED_JOBS:]):
        yield label, f"and {more} more, in the report"


def _cost(facts: Facts) -> Iterator[tuple[str, str]]:
    cost, run = facts["cost"], facts["run"]
    spent = money(cost["total"])
    so_far = " so far" if run["state"] == OPEN else ""
    estimate = cost["estimate"]
    computed = ""
    if estimate and estimate["usd_low"] is not None:
        computed = f"; estimated at {amounts(estimate['usd_low'], estimate['usd_high'])} USD"
    yield "cost", f"{spent}{so_far}{computed}"
    for unknown in cost["unknown"]:
        yield "", unknown


def _next(facts: Facts) -> Iterator[tuple[str, str]]:
    if facts["next"]:
        yield "next", ", ".join(facts["next"])
    elif facts["run"]["state"] == OPEN:
        yield "next", "close the run"


def _resume(facts: Facts) -> list[str]:
    """Give the command that goes on, where nobody does."""
    idle = facts["controller"] is None and "controller" not in facts["unreadable"]
    return [f"  resume     {facts['resume']}"] if idle and facts["run"]["state"] == OPEN else []


OPERATION = Operation(
    run=run,
    argument_spec={
        "environment": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True},
        "family": {"type": "str", "required": True},
        "container": {"type": "str", "required": True},
        "queue": {"type": "str", "required": True},
        "database": {"type": "str", "required": True},
        "show": {"type": "bool", "default": True},
        "report_folder": {"type": "path"},
    },
    cleans_up=True,
    services=("autoscaling", "ec2", "ecs", "rds", "sqs", "ssm"),
)
