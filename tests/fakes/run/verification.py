"""A verification of 18 years of two models, as ECS and CloudWatch Logs tell of it."""

from __future__ import annotations

from tests.fakes.aws import FakeAws
from tests.fakes.task import PARAMS, page

VERIFY = {
    **PARAMS,
    "command": ["shell", "-c", "import app\nprint(app.report())"],
    "scenario": "RCP85",
    "marker": "INGEST_COMPLETED",
    "allow_failed_jobs": 0,
    "only_list": False,
    "models": ["all"],
    "years": ["all"],
    "all_models": ["ACCESS1-0", "HadCM3"],
    "all_years": ["2030-2047"],
}
YEARS = " ".join(str(year) for year in range(2030, 2048))


def printed(ecs: FakeAws, *lines: str) -> None:
    ecs.on("GetLogEvents", page("1", *lines), page("1"))
