# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the application says it holds, and the commands that make it say so.

``shell --command`` prints lines of our own; every version of Django has ``dumpdata``; and a command of the operator's
own prints ``INGEST_COMPLETED MODEL YEAR YEAR ...``. The readers of their logs are in ``readers.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..core.errors import InvalidInput
from ..core.text import together

SCENARIO, MODEL, DATASET, SOURCES, END = (
    f"INGEST_{word}" for word in ("SCENARIO", "MODEL", "DATASET", "SOURCES", "END")
)
NO_DATASET = ""  # the id where data sources have no data set (the version of 2017)

Completed = Mapping[str, set[int]]  # years by model

# Runs in every version that has --command (Django 1.10, on Python 2, too). Those run it inside a function, so a
# comprehension or a function in it would not see its names.
SHELL_COMMAND = [
    "shell",
    "--command",
    f"""\
from __future__ import print_function
from climate_data import models
for each in models.Scenario.objects.order_by("id"):
    print("{SCENARIO}", each.id, each.name)
for each in models.ClimateModel.objects.order_by("id"):
    print("{MODEL}", each.id, each.name)
ids = ["scenario_id", "model_id"]
if hasattr(models, "ClimateDataset"):
    ids.append("dataset_id")
    for each in models.ClimateDataset.objects.order_by("id"):
        print("{DATASET}", each.id, each.name)
years, number = {{}}, 0
for row in models.ClimateDataSource.objects.filter(import_completed=True).order_by("year").values_list("year", *ids):
    years.setdefault(row[1:], []).append(row[0])
    number += 1
for key in years:
    print("{SOURCES}", ".".join(map(str, key)), *years[key])
print("{END}", number)
""",
]
# With an indentation every line is short: no driver or service splits it, and a warning between two of them does no
# harm. With --traceback the exception is the database's own.
DUMPED = ["climate_data.Scenario", "climate_data.ClimateModel", "climate_data.ClimateDataSource"]
DUMPED_DATASET = "climate_data.ClimateDataset"


def dump_command(dataset: str) -> list[str]:
    """Give the command that dumps what is imported; where a data set is named, with the names of data sets."""
    return ["dumpdata", *DUMPED, *([DUMPED_DATASET] if dataset else []), "--indent", "1", "--traceback"]


@dataclass(frozen=True)
class Ids:
    """Names of scenarios and climate models by the ids of the application's database, which its log lines give."""

    scenarios: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Answer:
    """What the application holds.

    Attributes:
        scenarios, models, datasets: names by id.
        sources: years of completed data sources by ids of scenario, model and data set.
        named: years by model, where a command says them of one scenario without ids.
        scenario: which one that is; empty: the answer is about everything the application has.
    """

    scenario: str = ""
    scenarios: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    sources: dict[tuple[str, str, str], set[int]] = field(default_factory=dict)
    named: dict[str, set[int]] = field(default_factory=dict)

    @property
    def ids(self) -> Ids:
        """Names by id."""
        return Ids(dict(self.scenarios), dict(self.models))

    @property
    def unresolved(self) -> bool:
        """Whether a data source is of a scenario or model whose name did not arrive."""
        return any(key[0] not in self.scenarios or key[1] not in self.models for key in self.sources)

    def of_every_dataset(self, dataset: str) -> dict[str, dict[str, dict[str, set[int]]]]:
        """Give what :meth:`completed` gives of each data set that is known.

        Args:
            dataset: the name of one that must be among them; empty: there is only one, or none.

        Raises:
            InvalidInput: there are several and none is named, or none of that name.
        """
        found = {dataset: self.completed(dataset)}
        others = self.datasets.values() if dataset and not self.scenario else ()
        return found | {name: self.completed(name) for name in others}

    def completed(self, dataset: str) -> dict[str, dict[str, set[int]]]:
        """Give the years of completed data sources by scenario and model, of every scenario that is known.

        Args:
            dataset: the name of the data set that counts; empty: there is only one, or none.

        Raises:
            InvalidInput: there are several, or none of that name.
        """
        if self.scenario:
            return {self.scenario: self.named}
        counted = self._dataset_id(dataset)
        found: dict[str, dict[str, set[int]]] = {name: {} for name in self.scenarios.values()}
        for (scenario, model, own), years in self.sources.items():
            if own == counted:
                found[self.scenarios[scenario]].setdefault(self.models[model], set()).update(years)
        return found

    def counts(self) -> dict[str, int]:
        """Count the completed data sources by scenario, and by data set where there are several."""
        several = len({key[2] for key in self.sources}) > 1
        found: dict[str, int] = {}
        for (scenario, _model, dataset), years in self.sources.items():
            label = together(self._dataset_name(dataset) if several else "", self.scenarios[scenario])
            found[label] = found.get(label, 0) + len(years)
        return dict(sorted(found.items()))

    def _dataset_id(self, name: str) -> str:
        present = sorted({key[2] for key in self.sources})
        if not name and len(present) > 1:
            names = ", ".join(map(self._dataset_name, present))
            raise InvalidInput(
                f"The application has data sources of several data sets ({names}): name the one that is imported, in"
                " ingest_imports or in ingest_climate_dataset."
            )
        if not name:
            return present[0] if present else NO_DATASET
        found = [each for each, known in self.datasets.items() if known == name]
        if not found:
            known = ", ".join(self.datasets.values()) or "none"
            raise InvalidInput(
                f"The application has no data set {name!r}, which ingest_imports or ingest_climate_dataset names; its"
                f" data sets are: {known}."
            )
        return found[0]

    def _dataset_name(self, dataset: str) -> str:
        return self.datasets.get(dataset) or (f"id {dataset}" if dataset else "none")


def resolved(ids: Ids, scenario: str, model: str) -> Iterator[str]:
    """Give the names of a scenario and a model that are known by ids, ``model id 3``; what is unknown stays so."""
    for kind, name, names in (("scenario", scenario, ids.scenarios), ("model", model, ids.models)):
        yield names.get(name.removeprefix(f"{kind} id "), name) if name.startswith(f"{kind} id ") else name
