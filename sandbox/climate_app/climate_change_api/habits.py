"""What the versions of the Climate API do differently, each an environment variable (``1`` or ``0``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

VERSION = "CLIMATE_API_VERSION"


@dataclass(frozen=True)
class Habits:
    """The habits of the application; the variable of each is its name in capitals.

    Attributes:
        shell_command: ``manage.py shell`` takes ``--command``, as since Django 1.10.
        model_names_used_up: ``create_jobs`` looks named models up while it queues the first year, and finds none after.
        unmarked_downloads: a try that fails before its file is read leaves no marked line.
        datasets: data sources belong to a data set, which ``create_jobs`` takes first.
        clashing_model_ids: the migrations load the climate models, by other ids than the fixture: ``loaddata`` fails.
        new_cities_only: a job leaves out the cities that have data of its data source.
    """

    shell_command: bool = True
    model_names_used_up: bool = False
    unmarked_downloads: bool = False
    datasets: bool = False
    clashing_model_ids: bool = False
    new_cities_only: bool = False


VERSIONS = {
    "": Habits(),
    "2017": Habits(shell_command=False, model_names_used_up=True, unmarked_downloads=True),
    "2019": Habits(datasets=True, clashing_model_ids=True, new_cities_only=True),
}


def read(environment: Mapping[str, str]) -> Habits:
    """Read the habits of a container: those of its version, but for what its own variables say.

    Raises:
        ValueError: a variable has a value that it cannot have.
    """
    version = environment.get(VERSION, "")
    if version not in VERSIONS:
        raise ValueError(f"{VERSION} is {version!r}; there are 2017 and 2019")
    chosen = VERSIONS[version]
    return Habits(**{field.name: _flag(environment, field.name, chosen) for field in fields(Habits)})


def _flag(environment: Mapping[str, str], name: str, chosen: Habits) -> bool:
    value = environment.get(name.upper(), "")
    if value not in ("", "0", "1"):
        raise ValueError(f"{name.upper()} is {value!r}; it takes 1 or 0")
    return value == "1" if value else bool(getattr(chosen, name))
