# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what the application holds from the lines of a log, among lines that are none of the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..core.errors import InvalidInput
from ..record.job_key import DEFAULT, Value, expand, read_value
from .answer import CITIES, DATASET, END, MODEL, NO_DATASET, SCENARIO, SOURCES, Answer, Held

YEAR = re.compile(r"\d{4}")


class Reader(Protocol):
    """Reads an answer from the lines of a log, among lines that are none of it.

    Attributes:
        answer: what arrived until now.
    """

    answer: Answer

    def on_line(self, line: str) -> bool:
        """Take a line; say whether it is part of the answer."""

    @property
    def whole(self) -> bool | None:
        """Whether all of the answer has arrived; None: there is no telling."""


class LinesReader:
    """Reads lines that begin with a word of ours.

    Args:
        marker: begins the line ``<marker> MODEL YEAR YEAR ...`` of a command of the operator's own.
        scenario: which one such a line is about; empty: the command is ours, and says so itself.
        key: the fields by which jobs are known.
        end, cities: begin the last line, and those about cities.
    """

    def __init__(
        self,
        marker: str = "",
        scenario: str = "",
        key: Sequence[str] = DEFAULT,
        end: str = END,
        cities: str = CITIES,
    ) -> None:
        self.answer = Answer(scenario)
        self._marker, self._end, self._cities_end = marker, -1, 0
        self._key, self._end_word, self._cities_word = tuple(key), end, cities

    def on_line(self, line: str) -> bool:
        """Take a line; say whether it is part of the answer.

        Raises:
            InvalidInput: there is something else where a year or a number should be.
        """
        word, *rest = line.split() or [""]
        if not rest:
            return False
        if word == self._marker:
            before = len(self._key) - 1
            group = " ".join(rest[:before]) or self._key[0]
            self.answer.named.setdefault(group, set()).update(self._years(line, rest[before:]))
        elif word in (SCENARIO, MODEL, DATASET):
            self._names(word)[rest[0]] = line.split(maxsplit=2)[2].strip() if rest[1:] else ""
        elif word == SOURCES:
            self.answer.sources.setdefault(_key(rest[0]), set()).update(self._years(line, rest[1:]))
        elif word == self._cities_word:
            self._cities(line, rest)
        elif word == self._end_word and rest[0].isdecimal():
            self._end, self._cities_end = int(rest[0]), int(rest[1]) if rest[1:] and rest[1].isdecimal() else 0
        else:
            return False
        return True

    @property
    def whole(self) -> bool | None:
        """Whether as many data sources arrived as the last line says; None: a command of the operator's has none."""
        if self._end < 0:
            return None if self.answer.scenario else False
        years = [*self.answer.sources.values(), *self.answer.named.values()]
        lines = sum(map(len, self.answer.held.values()))
        return (sum(map(len, years)), lines) == (self._end, self._cities_end) and not self.answer.unresolved

    def _names(self, word: str) -> dict[str, str]:
        return {SCENARIO: self.answer.scenarios, MODEL: self.answer.models, DATASET: self.answer.datasets}[word]

    def _cities(self, line: str, words: list[str]) -> None:
        """Take ``200``, or how many cities have data of a data source, ``MODEL YEAR 150 Name; Name``."""
        if len(words) == 1 and words[0].isdecimal():
            self.answer.cities = int(words[0]) or None
            return
        many = len(self._key) if self.answer.scenario else 2  # words before the number
        if not (len(words) > many and self._is_value(words[many - 1]) and words[many].isdecimal()):
            word, fields = self._cities_word, " ".join(self._key).upper()
            raise InvalidInput(
                f"The verification command printed {line!r}. Such a line is {word} CITIES, or {word} {fields}"
                " CITIES_WITH_DATA NAME; NAME ..."
            )
        names = line.split(maxsplit=many + 2)[many + 2 :]
        without = tuple(name.strip() for name in names[0].split(";")) if names else ()
        group = " ".join(words[: many - 1]) or self._key[0]
        key = (group,) if self.answer.scenario else _key(words[0])
        self.answer.held.setdefault(key, {})[read_value(words[many - 1])] = Held(int(words[many]), without)

    def _is_value(self, word: str) -> bool:
        """Say whether a word may be a value of the last field, or a range: a year has four digits."""
        return self._key != DEFAULT or all(YEAR.fullmatch(each) for each in word.split("-"))

    def _years(self, line: str, words: list[str]) -> set[Value]:
        wrong = [year for year in words if not self._is_value(year)]
        if wrong:
            form = f"{self._marker} MODEL YEAR YEAR ..." if self._marker else f"{SOURCES} SCENARIO.MODEL YEAR YEAR ..."
            raise InvalidInput(
                f"The verification command printed {wrong[0]!r} where a year should be: {line!r}. A line is {form}"
            )
        return {value for word in words for value in expand(word)}


class DumpReader:
    """Reads what ``dumpdata --indent 1`` prints: ``[``, the lines of an object a row, ``]``.

    Each field is a line of its own, so that a line of something else, even in the midst of an object, is told from it.
    """

    _FIELD = re.compile(r' {1,2}"(?P<name>\w+)": (?P<value>.+?),?')
    _OTHERS = re.compile(r' \},?|  \],?| {3,}(?:-?\d+|".*"),?')  # ends of fields, and elements of one that is a list

    def __init__(self) -> None:
        self.answer = Answer()
        self._opened = self._closed = self._broken = False
        self._row: dict[str, str] | None = None

    def on_line(self, line: str) -> bool:
        """Take a line; say whether it is part of the dump."""
        line = line.rstrip()
        if not self._opened or self._closed:
            self._opened = self._opened or line == "["
            return line == "[" and not self._closed
        if line == "{":
            self._broken |= self._row is not None
            self._row = {}
        elif line in ("}", "},"):
            self._broken |= not self._take(self._row or {})
            self._row = None
        elif line == "]":
            self._closed = True
            self._broken |= self._row is not None
        else:
            return self._row is not None and self._note(self._row, line)
        return True

    @property
    def whole(self) -> bool:
        """Whether the dump has its end, and each of its objects what it must have."""
        return self._closed and not self._broken and not self.answer.unresolved

    def _note(self, row: dict[str, str], line: str) -> bool:
        """Note a field of a row: ``model`` is the row's own, and ``.model`` the field of that name."""
        found = self._FIELD.fullmatch(line)
        if found:
            row[("." if line.startswith("  ") else "") + found["name"]] = found["value"]
        return bool(found or self._OTHERS.fullmatch(line))

    def _take(self, row: Mapping[str, str]) -> bool:
        """Take a row; say whether it has all its fields."""
        names = {"scenario": self.answer.scenarios, "climatemodel": self.answer.models}
        names["climatedataset"] = self.answer.datasets
        try:
            kind, key = _text(row["model"]).rpartition(".")[2], _text(row["pk"])
            if kind in names:
                names[kind][key] = _text(row[".name"])
            elif _value(row[".import_completed"]):
                dataset = _value(row.get(".dataset", "null"))
                source = (
                    _text(row[".scenario"]),
                    _text(row[".model"]),
                    NO_DATASET if dataset is None else str(dataset),
                )
                self.answer.sources.setdefault(source, set()).add(int(_value(row[".year"])))
        except (KeyError, ValueError):
            return False
        return True


def _key(text: str) -> tuple[str, str, str]:
    """Read the ids of scenario, model and data set."""
    scenario, model, dataset = [*text.removesuffix(".None").split("."), NO_DATASET, NO_DATASET][:3]
    return scenario, model, dataset


def _value(text: str) -> Any:
    return json.loads(text)


def _text(text: str) -> str:
    return str(_value(text))
