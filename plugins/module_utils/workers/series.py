# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The time series of a drain, kept in the account: as fine as fits one parameter, however long the drain takes.

``/climate.ingest/<environment>/drains/<step>``, columns of equal length. Where they would grow too long, the time
between two samples that are kept doubles.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from ..core.aws import AWS_ERRORS
from ..core.context import Context
from ..record import store

COLUMNS = ("left", "in_flight", "running", "pending", "desired", "failed")
MOST_SAMPLES = 120
SAVE_EVERY, FIRST_SAVE = 60.0, 15.0  # seconds
MINUTE = 60.0


@dataclass(frozen=True)
class Sample:
    """A drain at one moment: jobs left and in flight, workers, jobs the application gave up."""

    left: int
    in_flight: int
    running: int = 0
    pending: int = 0
    desired: int = 0
    failed: int = 0


class Series:
    """The samples of the drain that is a step of the open run; outside a run nothing is kept.

    Args:
        context: with the step's ``StepWriter``; a series this run already has of it is continued.
        total: jobs there were at first, if that is known.
    """

    def __init__(self, context: Context, total: int) -> None:
        self._context, self._step = context, context.step
        now = context.now()
        self._document: dict[str, Any] = {
            "total": total,
            "began": now.isoformat(timespec="seconds"),
            "width": 1.0,
            "done": 0,
            "worker_minutes": 0.0,
            "t": [],
            **{name: [] for name in COLUMNS},
        }
        self._name = _name_of(self._step.environment, self._step.name) if self._step else ""
        if self._step is not None:
            self._document["run"] = self._step.run.id
            found = store.read(context, [self._name]).get(self._name)
            if found and found["run"] == self._step.run.id:
                self._document = found
        self._began = datetime.fromisoformat(self._document["began"])
        self._last: tuple[float, Sample] | None = None
        self._saved_at = context.clock() - SAVE_EVERY + FIRST_SAVE

    @property
    def began(self) -> str:
        """When the drain began, perhaps with another controller."""
        return str(self._document["began"])

    def add(self, sample: Sample) -> None:
        """Take a sample; save once a minute."""
        document = self._document
        offset = round((self._context.now() - self._began).total_seconds(), 1)
        if self._last is not None:
            since, before = self._last
            document["done"] += max(0, before.left - sample.left)
            document["worker_minutes"] = round(
                document["worker_minutes"] + before.running * (offset - since) / MINUTE, 3
            )
        self._last = offset, sample
        document["total"] = max(document["total"], sample.left)
        times = document["t"]
        # a bucket keeps its last sample; the very first one stays as it is
        replaces = len(times) > 1 and times[-1] // document["width"] == offset // document["width"]
        for name, value in {"t": offset, **asdict(sample)}.items():
            document[name][-1:] = [value] if replaces else [*document[name][-1:], value]
        while len(times) > MOST_SAMPLES or store.size(document) > store.LARGEST:
            self._thin()
        if self._context.clock() - self._saved_at >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write the series; one that cannot be written must not end the drain."""
        if self._step is None or not self._document["t"]:
            return
        self._saved_at = self._context.clock()
        with suppress(*AWS_ERRORS):
            store.write(self._context.briefly(), self._name, self._document)

    def _thin(self) -> None:
        """Double the width of the buckets."""
        document = self._document
        document["width"] *= 2
        times, width = document["t"], document["width"]
        last = {time // width: index for index, time in enumerate(times)}
        kept = sorted({0, *last.values()})
        for name in ("t", *COLUMNS):
            document[name][:] = [document[name][index] for index in kept]


def read_all(context: Context, environment: str, run: str) -> dict[str, dict[str, Any]]:
    """Read the drains of a run by step: ``total``, ``times`` (ISO 8601), the columns and ``per_minute``."""
    found = store.read_below(context, store.name_of(environment, "drains"))
    return {step: _readable(document) for step, document in found.items() if document["run"] == run}


def _name_of(environment: str, step: str) -> str:
    return store.name_of(environment, "drains", step)


def _readable(document: Mapping[str, Any]) -> dict[str, Any]:
    began = datetime.fromisoformat(document["began"])
    times = [(began + timedelta(seconds=offset)).isoformat(timespec="seconds") for offset in document["t"]]
    columns = {name: document[name] for name in COLUMNS}
    return {
        "total": document["total"],
        "times": times,
        **columns,
        "per_minute": _rates(document["t"], document["left"]),
    }


def _rates(times: list[float], left: list[int]) -> list[float]:
    """Give the jobs done a minute before each sample."""
    rates = [0.0]
    for index in range(1, len(times)):
        seconds = times[index] - times[index - 1]
        rates.append(round(max(0, left[index - 1] - left[index]) / seconds * MINUTE, 1) if seconds > 0 else 0.0)
    return rates[: len(times)]
