# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a job's data is in the database: what the application has now against what it had before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...core.context import Context
from ...failed_jobs import holdings
from ...failed_jobs.ask import ask
from ...record.job_key import Value

Source = tuple[str, str, str, Value]  # data set, scenario, model, year


class Proof:
    """Asks the application for data sources that were not complete before.

    Args:
        context: with the step, whose run recorded what there was before jobs were created.
        params: of the operation: ``scenarios``, ``datasets``, and what :func:`ask` takes.

    Attributes:
        asked: how often it was asked.
    """

    def __init__(self, context: Context, params: Mapping[str, Any]) -> None:
        self._context, self._params = context, params
        self._before: set[Source] | None = self._recorded()
        self.asked = 0

    @property
    def conclusive(self) -> bool:
        """Whether no new data means that no job is done: each job would leave some that was not there."""
        covers = not self._params.get("command") or len(self._params["scenarios"]) == 1
        return covers and self._before is not None and not self._before

    def begin(self) -> None:
        """Ask what is there already: jobs were done before this look, by workers of another time."""
        self._before = self._ask()

    def look(self) -> bool:
        """Say whether there is data of the scenarios that was not there before; False where that cannot be told.

        Raises:
            Unreadable: the application could not be asked, or its answer not be read.
        """
        now = self._ask()
        return self._before is not None and bool(now - self._before)

    def _recorded(self) -> set[Source] | None:
        """Give what the run recorded before it created jobs; None: nothing."""
        known = holdings.read(self._context)
        found: set[Source] = set()
        for dataset, scenario in self._imports():
            models = known.of(dataset, scenario)
            if models is None:
                return None
            found |= _sources(dataset, scenario, models)
        return found

    def _imports(self) -> list[tuple[str, str]]:
        """Give data set and scenario of each import whose jobs are queued."""
        scenarios = self._params["scenarios"]
        datasets = self._params["datasets"] or [""] * len(scenarios)
        return [(own or self._params["climate_dataset"], name) for own, name in zip(datasets, scenarios, strict=True)]

    def _ask(self) -> set[Source]:
        """Ask with a command of its own, which is no attempt of the step: it only reads, and may be repeated."""
        self.asked += 1
        imports = self._imports()
        known = holdings.read(self._context).form
        params = {**self._params, "scenario": imports[0][1], "repeatable": True, "timeout": None}
        if known and params["verify_with"] == "auto":
            params["verify_with"] = known
        answer = ask(replace(self._context, step=None), params).answer
        found: set[Source] = set()
        for dataset, scenario in imports:
            found |= _sources(dataset, scenario, answer.completed(dataset).get(scenario, {}))
        return found


def _sources(dataset: str, scenario: str, models: Mapping[str, set[Value]]) -> set[Source]:
    return {(dataset, scenario, model, year) for model, years in models.items() for year in years}
