# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sections of the guide as steps of a run: their order, and what people call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

SECOND_HALF = "historical_"
REFERENCE = {
    "prepare": "Prepare a new task revision",
    "migrate": "Run migrations",
    "scenarios": "Load scenarios",
    "climate_models": "Load climate models",
    "cities": "Load cities",
}
IMPORT = {"create_jobs": "Create a processing job"}
FLEET = {
    "capacity": "Add spot instances",
    "task_definition": "Add a temporary task definition",
    "database": "Resize the database",
    "service": "Create a processing service",
}
RUN_JOBS = {"drain": "Run the jobs", "verify": "Verify the import"}
HISTORY = {SECOND_HALF + name: f"History: {title[0].lower()}{title[1:]}" for name, title in (IMPORT | RUN_JOBS).items()}
AVERAGES = {"generate_historic": "Generate historical data"}
TEARDOWN = {"teardown": "Remove what the run created"}
AFTERWARDS = {"summary": "Show what the database holds"}
TITLES: Mapping[str, str] = REFERENCE | IMPORT | FLEET | RUN_JOBS | HISTORY | AVERAGES | TEARDOWN | AFTERWARDS


def title(step: str) -> str:
    """Name a step: ``retry_1_drain`` is the first retry's, ``retry_1`` the choice of its jobs."""
    if step in TITLES or not step.startswith("retry_"):
        return TITLES.get(step, step)
    _retry, number, *name = step.split("_", 2)
    base = name[0].rstrip("0123456789_") if name else "choose the failed jobs"
    return f"Retry {number}: {TITLES.get(base, base).lower()}"


def steps(goals: Iterable[str], begun: Iterable[str]) -> list[str]:
    """List the steps of a run in their order: those its goals need, and whatever has begun beside them."""
    wanted = set(goals)
    needed = {"prepare", *FLEET, *TEARDOWN, *AFTERWARDS}
    if "verify" in wanted:
        needed |= {*REFERENCE, *IMPORT, *RUN_JOBS}
    if wanted & {*HISTORY, *AVERAGES}:
        needed |= {*HISTORY, *AVERAGES}
    others = sorted(set(begun) - set(TITLES))
    return [step for step in TITLES if step in needed or step in begun] + others
