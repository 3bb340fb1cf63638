# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tables of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core import text as say
from ..database import shown
from ..failed_jobs.kept.facts import called, last_values
from ..fleet import outlook
from .facts import imported_text
from .gantt import times, took
from .html import Html, join, table, tag

Facts = Mapping[str, Any]
Columns = tuple[list[tuple[str, str]], list[list[object]]]  # headings, and a list for each row


def none(text: str) -> Html:
    """Say that there is nothing to show."""
    return tag("p", text, class_="note")


def state(name: str) -> Html:
    """Write the state of a step."""
    return tag("span", {"started": "running"}.get(name, name), class_=name)


def commands(facts: Facts) -> Html:
    """Show every management command: each attempt, and below the log of the last one."""
    headings = [
        ("Step", ""),
        ("Command", "words"),
        ("State", ""),
        ("Exit code", "number"),
        ("Duration", "number"),
        ("Began (UTC)", "time"),
    ]
    rows: list[list[object]] = []
    for step in facts["steps"]:
        if step["command"] is not None and step["attempts"]:
            for place, attempt in enumerate(step["attempts"], 1):
                rows.append(_attempt(step, attempt, place, facts["generated_at"]))
            rows.append([_log(step)])
    return table(headings, rows, "Management commands") if rows else none("No management command has run yet.")


def _attempt(step: Mapping[str, Any], attempt: Mapping[str, Any], place: int, now: str) -> list[object]:
    tries = step["attempts"]
    title = step["title"] + (f" ({place} of {times(tries)})" if len(tries) > 1 else "")
    code = "–" if attempt["ended"] is None else say.UNKNOWN if attempt["exit_code"] is None else attempt["exit_code"]
    length = say.duration(took(attempt, now)) + ("" if attempt["ended"] else " so far")
    command = join(tag("code", step["command"]), _notes(attempt, step["command"]))
    return [title, command, state(attempt["state"]), code, length, say.clock(attempt["began"])]


def _notes(attempt: Mapping[str, Any], command: str) -> Html | None:
    """Show what is noted of an attempt, unless that is the command itself."""
    note = attempt["note"]
    return tag("div", note, class_="note") if note and not f"command {command}".startswith(note) else None


def _log(step: Mapping[str, Any]) -> Html:
    log = step["log"]
    if log is None:
        return tag("span", "No log is known.", class_="note")
    place = f" in {log['region']}" if log.get("region") else ""
    source = tag("div", f"{log['group']} / {log['stream']}{place}", class_="note")
    lines = log["lines"]
    if not lines:
        return join(tag("span", "The log has no lines.", class_="note"), source)
    what = f"Log: the last {say.count(len(lines), 'line')}" if len(lines) > 1 else "Log: the last line"
    return tag("details", tag("summary", what), source, tag("pre", "\n".join(lines)))


def failed_jobs(facts: Facts) -> Html:
    """Show the jobs that failed for good: each in a row, or those of other fields that failed alike."""
    jobs = facts["failed_jobs"]
    if not jobs:
        return none("No job is known to have failed.")
    of = _by_fields(jobs) if "values" in jobs[0] else _by_year(jobs)
    headings = [*of[0], ("Exception", "words"), ("Failed at (UTC)", "time"), ("Retried", "")]
    rows = [[*own, _exception(job), _failed_at(job), _times(job)] for own, job in zip(of[1], jobs, strict=True)]
    if any(job["dataset"] for job in jobs):
        headings = [("Data set", ""), *headings]
        rows = [[job["dataset"], *row] for row, job in zip(rows, jobs, strict=True)]
    return table(headings, rows, "Failed jobs")


def _by_year(jobs: Sequence[Facts]) -> Columns:
    headings = [("Scenario", ""), ("Model", ""), ("Year", "number")]
    return headings, [[job["scenario"], job["model"], job["year"]] for job in jobs]


def _by_fields(jobs: Sequence[Facts]) -> Columns:
    titles = [name.replace("_", " ").capitalize() for name in jobs[0]["values"]]
    headings = [("Import", ""), *((title, "") for title in titles[:-1]), (titles[-1], "words"), ("Jobs", "number")]
    return headings, [
        [called(job), *list(job["values"].values())[:-1], last_values(job) or say.UNKNOWN, f"{job['jobs']:,}"]
        for job in jobs
    ]


def _failed_at(job: Facts) -> str:
    """Write when a job failed; of several the first and the last."""
    return " to ".join(dict.fromkeys(say.clock(job[name]) for name in ("at", "until") if name in job))


def _exception(job: Mapping[str, Any]) -> Html:
    stream = tag("div", job["log_stream"], class_="note") if job["log_stream"] else None
    return join(tag("code", job["exception"] or say.UNKNOWN), stream)


def _times(job: Mapping[str, Any]) -> str:
    if job["imported"]:
        return "yes, and imported"
    return say.count(job["retried"], "time") if job["retried"] else "no"


def interruptions(facts: Facts) -> Html | None:
    """Show when nobody carried out the run, as far as it has been resumed since; None where it was not interrupted."""
    known = facts["interruptions"]
    if not known["count"]:
        return None
    titles = {step["name"]: step["title"] for step in facts["steps"]}
    headings = [("From (UTC)", "time"), ("Until (UTC)", "time"), ("For", "number"), ("Step", ""), ("Why", "words")]
    rows: list[list[object]] = []
    for one in known["newest"]:
        length = say.duration(say.seconds(one["began"], one["resumed"]))
        title = titles.get(one["step"], one["step"])
        step = (title if one["within"] else f"after: {title}") if title else say.UNKNOWN
        rows.append([say.clock(one["began"]), say.clock(one["resumed"]), length, step, one["why"]])
    more = known["count"] - len(rows)
    earlier = tag("p", f"{say.count(more, 'earlier interruption')} not shown.", class_="note") if more else None
    return join(tag("h3", "Interrupted"), table(headings, rows, "Interrupted"), earlier)


def changes(facts: Facts) -> Html:
    """Show what was created, changed and removed, in order."""
    rows: list[list[object]] = [[say.clock(one["at"]), one["verb"], one["what"]] for one in facts["changes"]]
    headings = [("At (UTC)", "time"), ("Change", ""), ("What", "words")]
    return table(headings, rows, "What was created, changed and removed") if rows else none("Nothing has been changed.")


def versions(facts: Facts) -> Html:
    """Show the versions of what took part."""
    rows: list[list[object]] = [
        [name, tag("code", version or say.UNKNOWN)] for name, version in facts["versions"].items()
    ]
    return table([("Of", ""), ("Version", "words")], rows, "Versions") if rows else none("No versions are known.")


def ahead(facts: Facts) -> Html:
    """Show what happens next, and the account as it is meanwhile."""
    titles = {step["name"]: step["title"] for step in facts["steps"]}
    steps = [tag("li", titles[name]) for name in facts["next"]]
    controller = facts["controller"]
    if controller:
        who = f"{controller['holder']} has been running it since {say.at(controller['since'])}."
    elif "controller" in facts["unreadable"]:
        who = f"Whether a controller is running it could not be read: {facts['unreadable']['controller']}"
    else:
        who = "No controller is running it. This continues where it stopped, with the variables of the run:"
    present = _present(facts)
    lives = _unattended(facts)
    return tag(
        "div",
        tag("p", who),
        None if controller or "controller" in facts["unreadable"] else tag("pre", facts["resume"]),
        tag("p", lives) if lives else None,
        join(tag("h3", "Steps to come"), tag("ol", *steps)) if steps else tag("p", "No step is to come."),
        join(tag("h3", f"As of {say.at(facts['generated_at'])}"), _facts(present)),
        class_="box",
    )


def _unattended(facts: Facts) -> str:
    """Say until when the fleet lives without a controller, or that it has ended."""
    known = facts["unattended"]
    return outlook.sentence(outlook.Outlook(**known), say.moment(facts["generated_at"])) if known else ""


def _present(facts: Facts) -> list[tuple[str, str]]:
    queue, workers, database, instances = (facts[name] for name in ("queue", "workers", "database", "instances"))
    parts = {
        "Job queue": queue and f"{queue['name']}: {_counts(queue, 'waiting', 'in_flight', 'delayed')}",
        "Workers": workers and f"{workers['service']}: {_counts(workers, 'running', 'pending', 'desired')}",
        "Spot instances": instances and _counts(instances, "running", "pending"),
        "Database": database and shown.text(database),
    }
    unread = [facts["unreadable"].get(name) for name in ("queue", "workers", "fleet", "database")]
    present = [
        (name, state or (f"could not be read: {why}" if why else "none"))
        for (name, state), why in zip(parts.items(), unread, strict=True)
    ]
    kept = {"Services": facts.get("services"), "Snapshot": facts.get("snapshot")}
    return [*present, *((name, " ".join(sentences)) for name, sentences in kept.items() if sentences)]


def _counts(values: Mapping[str, int], *names: str) -> str:
    return ", ".join(f"{values[name]:,} {name.replace('_', ' ')}" for name in names)


def requested(facts: Facts) -> Html:
    """Show what the run is to import, and what of it the verifications found."""
    pairs = [(tag("code", name), tag("code", value)) for name, value in facts["run"]["requested"].items()]
    pairs += [
        (tag("span", say.together(found["dataset"], called(found))), tag("span", imported_text(found)))
        for found in facts["imported"]
    ]
    return tag("div", _facts(pairs), class_="box") if pairs else none("What the run was to import is unknown.")


def _facts(pairs: list[tuple[Any, Any]]) -> Html:
    return tag("dl", *[join(tag("dt", name), tag("dd", value)) for name, value in pairs], class_="facts")
