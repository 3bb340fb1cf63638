# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The requested dataset: the values of each field of the job key, and which jobs of it are missing.

Of the Climate API's jobs, the group is the climate model, and the last field is the year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from ..core.errors import InvalidInput
from ..core.text import count, together
from ..record.imports import IMPORT_SPEC, Import
from ..record.job_key import ALL, DEFAULT, KEY_SPEC, Value, compress, groups, order, read_key, read_values

YEARS = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")

DATASET_SPEC: dict[str, Any] = {
    "models": {"type": "list", "elements": "str", "default": [ALL]},
    "years": {"type": "list", "elements": "str", "default": [ALL]},
    "all_models": {"type": "list", "elements": "str", "default": []},
    "all_years": {"type": "list", "elements": "str", "default": []},
    "values": IMPORT_SPEC["values"],
    "all_values": IMPORT_SPEC["all_values"],
    "job_key": KEY_SPEC,
}
SHORT_FORM = ("models", "years", "all_models", "all_years")  # of the Climate API's fields


@dataclass(frozen=True)
class Dataset:
    """The groups and the values of the last field of which every combination is one job.

    Attributes:
        groups: the groups' names, in the order given; of the default key the climate models.
        values: the values of the last field, ascending.
        shape: how many values of which field make it.
    """

    groups: list[str]
    values: Sequence[Value]
    shape: str = ""

    @cached_property
    def _both(self) -> tuple[frozenset[str], frozenset[Value]]:
        return frozenset(self.groups), frozenset(self.values)

    def has(self, group: str, value: Value | None) -> bool:
        """Say whether a job is of it."""
        return group in self._both[0] and value in self._both[1]

    def has_last(self, value: Value | None) -> bool:
        """Say whether some of its jobs have a value of the last field."""
        return value in self._both[1]

    @property
    def jobs(self) -> int:
        """How many jobs that makes."""
        return len(self.groups) * len(self.values)

    def missing(self, present: Mapping[str, Iterable[Value]]) -> dict[str, list[Value]]:
        """List by group the values of the last field that are not present; groups that lack none are left out."""
        gaps = {group: sorted(self._both[1] - {*present.get(group, ())}, key=order) for group in self.groups}
        return {group: values for group, values in gaps.items() if values}

    def present(self, found: Mapping[str, Iterable[Value]]) -> int:
        """Count the combinations that are among those found."""
        return self.jobs - sum(map(len, self.missing(found).values()))


def read_dataset(params: Mapping[str, Any]) -> Dataset:
    """Read the options of DATASET_SPEC.

    Raises:
        InvalidInput: a year is not one, or ``all`` is requested and its meaning is not given.
    """
    key = read_key(params.get("job_key") or DEFAULT)
    if key != DEFAULT:
        return _read_values(params, key)
    models = _names(_resolve(params, "models"), "models")
    years = sorted(set(_years(_resolve(params, "years"), "years")))
    return Dataset(models, years, _shape(models, years))


def of_one_year(dataset: Dataset, year: Value) -> Dataset:
    """Give what a dataset of the Climate API has of one year."""
    return Dataset(dataset.groups, [year], _shape(dataset.groups, [year]))


def _shape(models: Sequence[str], years: Sequence[Value]) -> str:
    return f"{count(len(models), 'model')} x {count(len(years), 'year')}"


def _read_values(params: Mapping[str, Any], key: tuple[str, ...]) -> Dataset:
    """Read the values of the fields of another key."""
    found: list[list[Value]] = []
    for name in key:
        items, option = params["values"].get(name, [ALL]), f"values.{name}"
        items = items if isinstance(items, (list, tuple)) else [items]
        if _is_all(map(str, items)):
            meaning = params["all_values"].get(name, [])
            items, option = meaning if isinstance(meaning, (list, tuple)) else [meaning], f"all_values.{name}"
            if not items:
                raise InvalidInput(f"values.{name} is all, and {option} is empty: list in {option} what all means.")
        found.append(list(dict.fromkeys(read_values(items, option))))
    shape = " x ".join(f"{len(values)} of {name}" for name, values in zip(key, found, strict=True))
    return Dataset(groups(key, found[:-1]), sorted(found[-1], key=order), shape)


def of_import(each: Import) -> Dataset:
    """Read what an import requests.

    Raises:
        InvalidInput: as :func:`read_dataset`.
    """
    return read_dataset(
        {option: getattr(each, option) for option in DATASET_SPEC if option != "job_key"} | {"job_key": each.key}
    )


def check_distinct(imports: Sequence[Import]) -> None:
    """Refuse imports that have jobs in common: each would be queued, and run, twice.

    Raises:
        InvalidInput: two of them have; or one is wrong by itself.
    """
    for first, second in combinations(imports, 2):
        if (first.dataset, first.called) != (second.dataset, second.called):
            continue
        one, other = of_import(first), of_import(second)
        common, values = sorted({*one.groups} & {*other.groups}, key=one.groups.index), {*one.values} & {*other.values}
        if common and values:
            raise InvalidInput(
                f"ingest_imports has {together(first.dataset, first.called, common[0])} {compress(values)} twice, in"
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
    for name in ("models", "years") if _is_climate(params) else ():
        items = [item.strip() for item in params[name]]
        every = _is_all(items)
        spelling = items if name == "models" else map(str, _years(items, name)) if not every else items
        words[",".join(items)] = ALL if every else ",".join(dict.fromkeys(spelling))
    return [words.get(_joined(argument), argument) for argument in arguments]


def of_year(arguments: Sequence[str], params: Mapping[str, Any], year: Value) -> list[str] | None:
    """Write a command's arguments for one year of named models.

    Args:
        arguments: of the command, as :func:`spelled` gives them or as they were before.
        params: the options of DATASET_SPEC that it was made of.
        year: to queue instead of all of the dataset's.

    Returns:
        None where there is nothing to be divided, or no telling which argument is the years: all models, or one year.
    """
    if not _is_climate(params) or _is_all(params["models"]) or len(read_dataset(params).values) < 2:
        return None
    years = ",".join(item.strip() for item in params["years"])
    spellings = {years, *spelled([years], params)}
    found = [at for at, argument in enumerate(arguments) if _joined(argument) in spellings]
    if len(found) != 1:
        return None
    return spelled([*arguments[: found[0]], str(year), *arguments[found[0] + 1 :]], params)


def _is_climate(params: Mapping[str, Any]) -> bool:
    """Say whether jobs are known as the Climate API's are: only its spelling and its defects are known here."""
    return tuple(params.get("job_key") or DEFAULT) == DEFAULT


def _is_all(items: Iterable[str]) -> bool:
    return [item.strip().lower() for item in items] == [ALL]


def _joined(argument: str) -> str:
    return ",".join(each.strip() for each in argument.split(","))


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
