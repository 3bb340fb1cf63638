# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the application says it holds, and the commands that make it say so.

``shell --command`` prints lines of our own; every version of Django has ``dumpdata``; and a command of the operator's
own prints ``INGEST_COMPLETED MODEL YEAR YEAR ...``. The readers of their logs are in ``readers.py``.

A data source that was completed once stays so, also when cities were added since and a job for them failed. So what
counts is the data, where the command says of it: ``INGEST_CITIES 200`` says how many cities there are, and that every
one has data of each completed data source, but for ``INGEST_CITIES MODEL YEAR 150 Name; Name``: 150 have data of that
one, and those that have none begin with these names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..core.errors import InvalidInput
from ..core.text import count, together
from ..record.job_key import Value

SCENARIO, MODEL, DATASET, SOURCES, CITIES, END = (
    f"INGEST_{word}" for word in ("SCENARIO", "MODEL", "DATASET", "SOURCES", "CITIES", "END")
)
NO_DATASET = ""  # the id where data sources have no data set (the version of 2017)

Completed = Mapping[str, set[Value]]  # years by model
Key = tuple[str, ...]  # ids of scenario, model and data set, or a model's name
NAMED, LISTED = 10, 20  # cities without data that are named, and of how many data sources

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
from django.db.models import Count, F
total, lines, cells = models.City.objects.count(), 0, hasattr(models, "ClimateDataCityCell")
rows = getattr(models, "ClimateDataCityCell" if cells else "ClimateData", None)
if rows is not None and total:
    print("{CITIES}", total)
    source = "map_cell__climatedatayear__data_source" if cells else "data_source"
    own = {{source + "__dataset": F("dataset")}} if cells else {{}}
    having = dict(rows.objects.filter(**own).order_by().values_list(source).annotate(Count("city", distinct=True)))
    for row in models.ClimateDataSource.objects.order_by("year").values_list("id", "year", "import_completed", *ids):
        found, names = having.get(row[0], 0), []
        if found == (total if row[2] else 0):
            continue
        lines += 1
        if found < total and lines <= {LISTED}:
            own = dict({{source: row[0]}}, **({{"dataset": row[5]}} if cells else {{}}))
            without = models.City.objects.exclude(id__in=rows.objects.filter(**own).values("city"))
            for each in without.order_by("id")[:{NAMED}]:
                names.append(str(each).replace(";", ","))
        print("{CITIES}", ".".join(map(str, row[3:])), row[1], found, "; ".join(names))
print("{END}", number, lines)
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


@dataclass(frozen=True)
class Held:
    """How many cities have data of a data source.

    Attributes:
        number: of cities that have.
        without: names of some that have none.
    """

    number: int
    without: tuple[str, ...] = ()

    def sentence(self, cities: int) -> str:
        """Say how many of so many cities have no data, and name some."""
        lacking = cities - self.number
        more = lacking - len(self.without)
        names = "; ".join([*self.without, *([f"and {more} more"] if self.without and more > 0 else [])])
        verb = "has" if lacking == 1 else "have"
        return f"{lacking} of {count(cities, 'city', 'cities')} {verb} no data{names and f': {names}'}"


@dataclass
class Answer:
    """What the application holds.

    Attributes:
        scenarios, models, datasets: names by id.
        sources: years of completed data sources by ids of scenario, model and data set.
        named: years by model, where a command says them of one scenario without ids.
        scenario: which one that is; empty: the answer is about everything the application has.
        cities: how many there are; None: which of them have data is not known.
        held: how many have data, by ids of scenario, model and data set, or by the model's name, and by year; of a
            completed data source that is not in it all have, and of another one none.
    """

    scenario: str = ""
    scenarios: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    sources: dict[tuple[str, str, str], set[Value]] = field(default_factory=dict)
    named: dict[str, set[Value]] = field(default_factory=dict)
    cities: int | None = None
    held: dict[Key, dict[Value, Held]] = field(default_factory=dict)

    @property
    def ids(self) -> Ids:
        """Names by id."""
        return Ids(dict(self.scenarios), dict(self.models))

    @property
    def unresolved(self) -> bool:
        """Whether a data source is of a scenario or model whose name did not arrive."""
        keys = [*self.sources, *(key for key in self.held if len(key) > 1)]
        return any(key[0] not in self.scenarios or key[1] not in self.models for key in keys)

    def of_every_dataset(self, dataset: str) -> dict[str, dict[str, dict[str, set[Value]]]]:
        """Give what :meth:`completed` gives of each data set that is known.

        Args:
            dataset: the name of one that must be among them; empty: there is only one, or none.

        Raises:
            InvalidInput: there are several and none is named, or none of that name.
        """
        found = {dataset: self.completed(dataset)}
        others = self.datasets.values() if dataset and not self.scenario else ()
        return found | {name: self.completed(name) for name in others}

    def completed(self, dataset: str, of_cities: bool = True) -> dict[str, dict[str, set[Value]]]:
        """Give the years of completed data sources by scenario and model, of every scenario that is known.

        Where it is known which cities have data, a data source is complete if all have; else if its last import ended.

        Args:
            dataset: the name of the data set that counts; empty: there is only one, or none.
            of_cities: whether cities are imported; else other places, of which nothing but the end is known.

        Raises:
            InvalidInput: there are several, or none of that name.
        """
        held = self.held if of_cities else {}
        if self.scenario:
            own = {model: self._whole((model,), years, held) for model, years in self.named.items()}
            return {self.scenario: own}
        counted = self._dataset_id(dataset)
        found: dict[str, dict[str, set[Value]]] = {name: {} for name in self.scenarios.values()}
        keys: list[Key] = [*self.sources, *(key for key in held if key not in self.sources)]
        for key in keys:
            scenario, model, own_dataset = (*key, NO_DATASET)[:3]
            if own_dataset == counted:
                years = self._whole(key, self.sources.get((scenario, model, own_dataset), set()), held)
                found[self.scenarios[scenario]].setdefault(self.models[model], set()).update(years)
        return found

    def held_of(self, dataset: str, scenario: str) -> dict[str, dict[Value, Held]]:
        """Give by model and year how many cities have data of a scenario, where that is neither all nor none."""
        if self.scenario:
            return {key[0]: years for key, years in self.held.items()}
        if not self.held:
            return {}
        counted = self._dataset_id(dataset)
        return {
            self.models[key[1]]: years
            for key, years in self.held.items()
            if self.scenarios[key[0]] == scenario and key[2] == counted
        }

    def _whole(
        self, key: tuple[str, ...], years: set[Value], held: Mapping[tuple[str, ...], Mapping[Value, Held]]
    ) -> set[Value]:
        """Give the years of a model that all cities have."""
        known = held.get(key, {})
        return {year for year in years if year not in known} | {
            year for year, each in known.items() if each.number == self.cities
        }

    def counts(self) -> dict[str, int]:
        """Count the completed data sources by scenario, and by data set where there are several."""
        several = len({key[2] for key in self.sources}) > 1
        found: dict[str, int] = {}
        for key, years in self.sources.items():
            label = together(self._dataset_name(key[2]) if several else "", self.scenarios[key[0]])
            found[label] = found.get(label, 0) + len(self._whole(key, years, self.held))
        return dict(sorted(found.items()))

    def _dataset_id(self, name: str) -> str:
        present = sorted({key[2] for key in (*self.sources, *self.held) if len(key) > 2})
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
