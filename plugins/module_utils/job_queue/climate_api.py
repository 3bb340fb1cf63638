# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
r"""What the Climate API's workers print: the defaults of ``ingest_log_marker`` and ``ingest_log_words``.

``run_jobs`` prints ``Processing SQS message for model NAME scenario NAME year YEAR`` when it takes a job. Every try
that fails leaves a marked line beside its traceback, ``IMPORT_FAILURE TIME Failed to process data for [dataset NAME]
model NAME scenario NAME year YEAR``: it is tried again, and may come right. Only the marked line that ends in ``giving
up.`` is final: ``IMPORT_FAILURE TIME Message ID ... for [dataset NAME] model id 1 scenario id 2 year 2031 failed more
than 10 times, giving up.`` It has ids of the application's database where the others have names.
"""

from __future__ import annotations

import re

MARKER = "IMPORT_FAILURE"
WORDS = {
    "taken": r"Processing \w+ message for model (?P<model>.+) scenario (?P<scenario>.+) year (?P<year>\d{4})\b",
    "failed": (
        r"Failed to process data for(?: dataset (?P<dataset>.+?))?"
        r" model (?P<model>.+) scenario (?P<scenario>.+) year (?P<year>\d{4})\b"
    ),
    "given_up": (
        r"(?:\bdataset (?P<dataset>.+?) )?"
        r"model id (?P<model_id>\S+) scenario id (?P<scenario_id>\S+) year (?P<year>\d{4})\b"
    ),
    "final": "giving up.",
}
IDS = {"model": "model_id", "scenario": "scenario_id"}  # groups of a final line in the place of names
UNNAMED = re.compile(r"(model|scenario) id ")
TRIES = 11  # of a job before run_jobs gives it up


def by_id(kind: str, number: str) -> str:
    """Call a model or scenario of which only the id is known; empty: not even that."""
    return f"{kind} id {number}" if number else ""
