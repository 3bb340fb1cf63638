# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requested dataset: climate models and years, and which of them are missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ..core.errors import InvalidInput
from ..core.text import together
from ..record.imports import Import

ALL = "all"
YEARS = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")

DATASET_SPEC: dict[str, Any] = {
    "models": {"type": "list", "elements": "str", "default": [ALL]},
    "years": {"type": "list", "elements": "str", "default": [ALL]},
    "all_models": {"type": "list", "elements": "str", "default": []},
    "all_years": {"type": "list", "elements": "str", "default": []},
}


@dataclass(frozen=True)
class Dataset:
    """The models and the years of which every combination is one job.

    Attributes:
        models: names, in the order given.
        years: ascending.
    """

    models: list[str]
    years: list[int]

    @property
    def jobs(self) -> int:
        """How many jobs that makes."""
        return len(self.models) * len(self.years)

    def missing(self, present: Mapping[str, Iterable[int]]) -> dict[str, list[int]]:
        """List by model the years that are not present; models that lack none are left out."""
        gaps = {model: sorted(set(self.years) - set(present.get(model, ()))) for model in self.models}
        return {model: years for model, years in gaps.items() if years}

    def present(self, found: Mapping[str, Iterable[int]]) -> int:
        """Count the combinations that are among those found."""
        return self.jobs - sum(map(len, self.missing(found).values()))


def read_dataset(params: Mapping[str, Any]) -> Dataset:
    """Read the options of DATASET_SPEC.

    Raises:
        InvalidInput: a year is not one, or ``all`` is requested and its meaning is not given.
    """
    models = _names(_resolve(params, "models"), "models")
    years = _years(_resolve(params, "years"), "years")
    return Dataset(models, sorted(set(years)))


def of_import(each: Import) -> Dataset:
    """Read what an import requests.

    Raises:
        InvalidInput: as :func:`read_dataset`.
    """
    return read_dataset({option: getattr(each, option) for option in DATASET_SPEC})


def check_distinct(imports: Sequence[Import]) -> None:
    """Refuse imports that have jobs in common: each would be queued, and run, twice.

    Raises:
        InvalidInput: two of them have; or one is wrong by itself.
    """
    for first, second in combinations(imports, 2):
        if (first.dataset, first.scenario) != (second.dataset, second.scenario):
            continue
        one, other = of_import(first), of_import(second)
        models, years = [each for each in one.models if each in other.models], {*one.years} & {*other.years}
        if models and years:
            raise InvalidInput(
                f"ingest_imports has {together(first.dataset, first.scenario, models[0])} {compress(years)} twice, in"
                f" {first.name} and in {second.name}: its jobs would be queued twice. Name each in one of them."
            )


def spelled(arguments: Sequence[str], params: Mapping[str, Any]) -> list[str]:
    """Write the models and years among a command's arguments as every version of the application takes them.

    ``All`` becomes ``all``, and a range its years (the application would take it for one odd year); blanks beside
    commas go, and what is named twice is queued once.

    Args:
        arguments: of the command.
        params: the options of DATASET_SPEC that it was made of.
    """
    words: dict[str, str] = {}
    for name in ("models", "years"):
        items = [item.strip() for item in params[name]]
        every = _is_all(items)
        spelling = items if name == "models" else map(str, _years(items, name)) if not every else items
        words[",".join(items)] = ALL if every else ",".join(dict.fromkeys(spelling))
    return [words.get(_joined(argument), argument) for argument in arguments]


def of_year(arguments: Sequence[str], params: Mapping[str, Any], year: int) -> list[str] | None:
    """Write a command's arguments for one year of named models.

    Args:
        arguments: of the command, as :func:`spelled` gives them or as they were before.
        params: the options of DATASET_SPEC that it was made of.
        year: to queue instead of all of the dataset's.

    Returns:
        None where there is nothing to be divided, or no telling which argument is the years: all models, or one year.
    """
    if _is_all(params["models"]) or len(read_dataset(params).years) < 2:
        return None
    years = ",".join(item.strip() for item in params["years"])
    spellings = {years, *spelled([years], params)}
    found = [at for at, argument in enumerate(arguments) if _joined(argument) in spellings]
    if len(found) != 1:
        return None
    return spelled([*arguments[: found[0]], str(year), *arguments[found[0] + 1 :]], params)


def _is_all(items: Iterable[str]) -> bool:
    return [item.strip().lower() for item in items] == [ALL]


def _joined(argument: str) -> str:
    return ",".join(each.strip() for each in argument.split(","))


def compress(years: Iterable[int]) -> str:
    """Write years as ranges: ``2031, 2044-2046``."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _resolve(params: Mapping[str, Any], name: str) -> list[str]:
    items = [item.strip() for item in params[name]]
    if not _is_all(items):
        return items
    meaning = [item.strip() for item in params[f"all_{name}"]]
    if not meaning:
        raise InvalidInput(f"{name} is all, and all_{name} is empty: list in all_{name} what all means.")
    return meaning


def _names(items: list[str], option: str) -> list[str]:
    if not items or "" in items or ALL in items:
        raise InvalidInput(f"{option} is {','.join(items)!r}; give all, or names separated by commas.")
    return list(dict.fromkeys(items))


def _years(items: list[str], option: str) -> list[int]:
    years: list[int] = []
    for item in items:
        match = YEARS.fullmatch(item)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise InvalidInput(f"{option} has {item!r}; give all, years, or ranges such as 2006-2099.")
        years.extend(range(first, last + 1))
    if not years:
        raise InvalidInput(f"{option} is empty; give all, years, or ranges such as 2006-2099.")
    return years
