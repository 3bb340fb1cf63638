# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tiles at the top of the report: the numbers one looks for first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core import text
from ..failed_jobs.kept.facts import number
from . import cost as report_cost
from .html import Html, tag

Facts = Mapping[str, Any]


def tiles(facts: Facts) -> Html:
    """Make them."""
    return tag(
        "dl", *[_tile(*each) for each in (_length(facts), _cost(facts), _steps(facts), _jobs(facts))], class_="tiles"
    )


def _tile(name: str, value: str, more: str) -> Html:
    return tag("div", tag("dt", name), tag("dd", value), tag("dd", more) if more else None)


def _length(facts: Facts) -> tuple[str, str, str]:
    run = facts["run"]
    length = text.duration(text.seconds(run["opened_at"], run["closed_at"] or facts["generated_at"]))
    estimate = facts["cost"]["estimate"]
    hours = f"estimated {text.duration(estimate['hours'] * 3600)}" if estimate and estimate["hours"] is not None else ""
    return "Duration", length, hours if run["closed_at"] else f"so far{'; ' + hours if hours else ''}"


def _cost(facts: Facts) -> tuple[str, str, str]:
    cost = facts["cost"]
    if not cost["estimate"]:
        return "Cost", report_cost.total(cost), "no estimate was made"
    standing = report_cost.against(cost, facts["run"]["state"] == "complete")
    estimate = f"estimated {report_cost.estimated(cost)}"
    return "Cost", report_cost.total(cost), f"{estimate}: {standing}" if standing else estimate


def _steps(facts: Facts) -> tuple[str, str, str]:
    steps = facts["steps"]
    done = sum(step["state"] == "done" for step in steps)
    failed = sum(attempt["state"] == "failed" for step in steps for attempt in step["attempts"])
    more = [text.count(failed, "failed try", "failed tries") if failed else "no failed try"]
    left_out = sum(step["state"] == "left out" for step in steps)
    if left_out:
        more.append(f"{left_out} left out")
    return "Steps done", f"{done} of {len(steps)}", "; ".join(more)


def _jobs(facts: Facts) -> tuple[str, str, str]:
    total = sum(drain["total"] or 0 for drain in facts["drains"])
    left = sum(_left(drain) for drain in facts["drains"])
    failed = number(job for job in facts["failed_jobs"] if not job["imported"])
    more = f"{text.count(failed, 'job')} failed" if failed else "none is known to have failed"
    right = number(facts["failed_jobs"]) - failed
    more += f"; {right} imported when retried" if right else ""
    if not facts["drains"]:
        return "Jobs left", "none created yet", more
    return "Jobs left", f"{left:,} of {total:,}", more


def _left(drain: Mapping[str, Any]) -> int:
    known = [left for left in drain["left"] if left is not None]
    return known[-1] if known else drain["total"] or 0
