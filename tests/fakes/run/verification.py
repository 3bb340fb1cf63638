"""A verification of 18 years of two models, as ECS and CloudWatch Logs tell of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.fakes.aws import FakeAws
from tests.fakes.task import PARAMS, page

VERIFY = {
    **PARAMS,
    "command": ["shell", "-c", "import app\nprint(app.report())"],
    "mode": "verify",
    "verify_with": "auto",
    "climate_dataset": "",
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


OURS = {**VERIFY, "command": None, "repeatable": True}  # asked by a command of the collection's own
MODELS = {"3": "ACCESS1-0", "7": "HadCM3"}
SCENARIOS = {"1": "historical", "2": "RCP85"}
Years = Mapping[str, Iterable[int]]  # by model id
NOTHING: Years = {}
NO_DATASETS: Mapping[str, str] = {}
# what argparse prints of an unknown option (Django 1.9.13), which quotes the command
USAGE = ["usage: manage.py shell [-h] [--plain]", "manage.py shell: error: unrecognized arguments: --command from x"]


def shell_lines(
    completed: Years, scenario: str = "2", dataset: str = "", datasets: Mapping[str, str] = NO_DATASETS
) -> list[str]:
    """Give what the command prints for shell --command."""
    lines = [f"INGEST_SCENARIO {each} {name}" for each, name in SCENARIOS.items()]
    lines += [f"INGEST_MODEL {each} {name}" for each, name in MODELS.items()]
    lines += [f"INGEST_DATASET {each} {name}" for each, name in datasets.items()]
    ids = {model: ".".join(filter(None, [scenario, model, dataset])) for model in completed}
    lines += [f"INGEST_SOURCES {ids[model]} {' '.join(map(str, years))}" for model, years in completed.items()]
    return [*lines, f"INGEST_END {sum(len([*years]) for years in completed.values())}"]


def dump_lines(completed: Years, unfinished: Years = NOTHING, scenario: str = "2", **more: Any) -> list[str]:
    """Give what dumpdata --indent 1 prints (as Django 1.9.13 and 1.11.29 did)."""
    rows = [("scenario", each, {"name": name, "label": None}) for each, name in SCENARIOS.items()]
    rows += [("climatemodel", each, {"name": name, "base_time": None}) for each, name in MODELS.items()]
    for done, some in ((True, completed), (False, unfinished)):
        for model, years in some.items():
            for year in years:
                ids = {"model": int(model), "scenario": int(scenario)}
                rows.append(
                    ("climatedatasource", str(len(rows)), {**ids, **more, "year": year, "import_completed": done})
                )
    objects = [{"model": f"climate_data.{kind}", "pk": int(key), "fields": fields} for kind, key, fields in rows]
    text = ",".join("\n" + json.dumps(each, indent=1) for each in objects)
    return f"[{text}\n]".splitlines()
