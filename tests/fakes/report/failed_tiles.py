"""Failed jobs of another application, as the facts of a run have them."""

from __future__ import annotations

from tests.fakes.report.facts import Facts, at


def failed_tiles() -> list[Facts]:
    """Give failed jobs that are known by another field than the Climate API's."""
    alike = {"dataset": None, "import": "tiles", "exception": "OSError: no such tile", "log_stream": None}
    alike |= {"at": at(66.4), "until": at(67.4), "retried": 0, "imported": False}
    return [
        {**alike, "values": {"tile": "1-19997, 20000"}, "jobs": 19_998},
        {**alike, "values": {"tile": None}, "jobs": 1},
        {**alike, "values": {"tile": "19998-19999"}, "jobs": 2, "retried": 1, "imported": True},
    ]
