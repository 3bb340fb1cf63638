# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of a run, checked before anything is called: names, numbers, switches, and how they go together."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..fleet import spot_prices
from ..record.catalogue import CATALOGUE, Half
from ..record.sections import either
from ..record.store import check_environment
from .findings import Findings, variable

Values = dict[str, Any]  # by option; what is wrong or not needed is missing

ANY_COMMAND, ANY_CLUSTER = CATALOGUE.using("command"), CATALOGUE.using("cluster")
ANY_FAMILY, ANY_DATABASE = CATALOGUE.using("family"), CATALOGUE.using("database")
ANY_QUEUE = CATALOGUE.using("queue")
TRUE, FALSE = {"true", "yes", "on", "y", "t", "1"}, {"false", "no", "off", "n", "f", "0"}
ON_FAILURE = ("remove", "keep")
LOG_GROUP = re.compile(r"[A-Za-z0-9._/#-]{0,512}")  # CreateLogGroup
SERVICE_NAME = re.compile(r"[A-Za-z0-9_-]+")  # ECS; the workers' service is named after the environment


@dataclass(frozen=True)
class Whole:
    """A variable that is a whole number.

    Attributes:
        default: the role's.
        least, most: what is allowed.
        parts: of a run that use it.
        unit: for the message.
    """

    default: int
    least: int
    most: int | None
    parts: tuple[str, ...]
    unit: str = ""

    @property
    def allowed(self) -> str:
        """Say what is allowed."""
        of = f" of {self.unit}" if self.unit else ""
        return f"whole numbers{of} from {self.least}{f' to {self.most}' if self.most else ''}"


SMALLEST_MEMORY = 6  # MiB: Docker's own limit (ECS API reference, ContainerDefinition)
WHOLES = {
    "memory_reservation": Whole(2048, SMALLEST_MEMORY, None, ("prepare",), "MiB"),
    "worker_task_memory": Whole(8192, SMALLEST_MEMORY, None, ("task_definition",), "MiB"),
    "worker_memory": Whole(8192, SMALLEST_MEMORY, None, ("task_definition",), "MiB"),
    "worker_count": Whole(200, 1, 5000, ("service",)),  # ECS quota: tasks of a service
    "worker_timeout": Whole(900, 1, None, ("service",), "seconds"),
    "instance_count": Whole(20, 1, 5000, ("capacity",)),  # ECS quota: instances of a cluster
    "instance_disk_gb": Whole(100, 1, 16384, ("capacity",), "GB"),  # EBS, gp2 and gp3
    "capacity_minimum": Whole(1, 0, 5000, ("capacity",)),
    "capacity_timeout": Whole(900, 0, None, ("capacity",), "seconds"),
    "database_storage_gb": Whole(240, 1, 65536, ("database",), "GB"),
    "database_timeout": Whole(7200, 1, None, ("database",), "seconds"),
    "command_timeout": Whole(0, 0, None, ANY_COMMAND, "seconds"),
    "command_capacity_timeout": Whole(900, 0, None, ANY_COMMAND, "seconds"),
    "queue_settle_seconds": Whole(120, 0, None, ("create_jobs",), "seconds"),
    "expected_jobs": Whole(0, 0, None, ("drain",)),
    "drain_stable_seconds": Whole(60, 1, None, ("drain",), "seconds"),
    "drain_stall_timeout": Whole(1800, 1, None, ("drain",), "seconds"),
    "allow_failed_jobs": Whole(0, 0, None, ("verify",), "jobs"),
    "queue_hours": Whole(72, 1, 336, ANY_QUEUE, "hours"),  # SQS keeps 14 days at most
    "job_minutes": Whole(60, 1, 720, ("drain",), "minutes"),  # SQS hides a message for 12 hours at most
}


@dataclass(frozen=True)
class Text:
    """A variable that is a text: its default, the parts of a run that use it, what it names."""

    default: str
    parts: tuple[str, ...]
    what: str


TEXTS = {
    "cluster": Text("ecsStagingCluster", ANY_CLUSTER, "the name of an ECS cluster"),
    "family": Text("StagingManagement", ANY_FAMILY, "the family of a task definition"),
    "container": Text("management", ANY_FAMILY, "the name of a container of the family"),
    "queue": Text("cc-api-staging", ANY_QUEUE, "the name of an SQS queue"),
    "database": Text("dbstaging", ANY_DATABASE, "the identifier of an RDS instance"),
    "database_class": Text("db.m4.xlarge", ("database",), "an instance class such as db.m4.xlarge"),
    "scenario": Text("RCP85", (), "the name of a scenario"),
    "historical_scenario": Text("historical", (), "the name of a scenario"),
}
FLAGS = {
    "purge_queue": (False, ("create_jobs",)),
    "capacity_wait": (True, ("capacity",)),
    "database_wait": (True, ("database",)),
}
ALLOWED_FLAGS = "allowed are true and false."


def check(params: Mapping[str, Any], chosen: Collection[str], findings: Findings) -> Values:
    """Check names, numbers and switches of the parts that run; give those that are right."""
    values: Values = {}
    for option, whole in WHOLES.items():
        if _used(whole.parts, chosen):
            _keep(values, option, _whole(option, params.get(option), whole, findings))
    for option, text in TEXTS.items():
        if _used(_parts_of(option, text), chosen):
            _keep(values, option, _text(option, params.get(option), text, findings))
    for option, (_default, parts) in FLAGS.items():
        if _used(parts, chosen):
            _keep(values, option, _flag(option, params.get(option), findings))
    _check_environment(params, chosen, findings, values)
    _check_choices(params, chosen, findings, values)
    _check_log_group(params, chosen, findings, values)
    _check_together(values, findings)
    return values


def whole_number(value: Any) -> int | None:
    """Read a whole number; Jinja may have made a text of it. A switch is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", value) else None


def listed(value: Any) -> list[str] | None:
    """Read a list as Ansible does: one value, or several separated by commas, will do; None when it is none."""
    if isinstance(value, (bool, dict)) or value is None:
        return None
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    if any(isinstance(each, (bool, dict, list, tuple)) or each is None for each in items):
        return None
    return [str(each).strip() for each in items]


def _used(parts: Collection[str], chosen: Collection[str]) -> bool:
    return any(either(part, chosen) for part in parts)


def _parts_of(option: str, text: Text) -> tuple[str, ...]:
    """Give the parts that use a text; a half's scenario is used by that half only."""
    half = Half.HISTORICAL if option.startswith(Half.HISTORICAL.value) else Half.PROJECTIONS
    return text.parts or (half.step("create_jobs"), half.step("verify"))


def _keep(values: Values, option: str, value: Any) -> None:
    if value is not None:
        values[option] = value


def _whole(option: str, value: Any, whole: Whole, findings: Findings) -> int | None:
    number = whole_number(value)
    if number is None or number < whole.least or (whole.most is not None and number > whole.most):
        findings.wrong(option, value, f"allowed are {whole.allowed}.")
        return None
    return number


def _text(option: str, value: Any, text: Text, findings: Findings) -> str | None:
    if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
        return str(value).strip()
    findings.wrong(option, value, f"it must be {text.what}.")
    return None


def _flag(option: str, value: Any, findings: Findings) -> bool | None:
    word = str(value).strip().lower()
    if word in TRUE | FALSE:
        return word in TRUE
    findings.wrong(option, value, ALLOWED_FLAGS)
    return None


def _check_environment(params: Mapping[str, Any], chosen: Collection[str], findings: Findings, values: Values) -> None:
    name = params.get("environment")
    text = name if isinstance(name, str) else str(name)
    before = len(findings.problems)
    findings.attempt("environment", name, lambda: check_environment(text))
    if either("service", chosen) and len(findings.problems) == before and not SERVICE_NAME.fullmatch(text):
        findings.wrong(
            "environment", name, "the workers' service is named after it: use letters, digits, hyphens, underscores."
        )
    if len(findings.problems) == before:
        values["environment"] = text


def _check_choices(params: Mapping[str, Any], chosen: Collection[str], findings: Findings, values: Values) -> None:
    if params.get("on_failure") not in ON_FAILURE:
        findings.wrong("on_failure", params.get("on_failure"), f"allowed are {' and '.join(ON_FAILURE)}.")
    if not either("capacity", chosen):
        return
    bid = params.get("spot_max_price")
    desired = "" if bid is None else str(bid)
    findings.attempt("spot_max_price", bid, lambda: spot_prices.parse_bid(desired), {"max_price": "spot_max_price"})
    types = listed(params.get("instance_types"))
    if not types or "" in types:
        findings.wrong("instance_types", params.get("instance_types"), "give a list of instance types: [m4.2xlarge].")
    else:
        values["instance_types"] = list(dict.fromkeys(types))
    source = params.get("launch_source")
    if source and not isinstance(source, str):
        findings.wrong("launch_source", source, "name a launch configuration or launch template, or leave it empty.")
    else:
        values["launch_source"] = source or None


def _check_log_group(params: Mapping[str, Any], chosen: Collection[str], findings: Findings, values: Values) -> None:
    group = params.get("log_group") or ""
    if not _used(("prepare", "task_definition"), chosen):
        return
    if not isinstance(group, str) or not LOG_GROUP.fullmatch(group):
        findings.wrong(
            "log_group", group, "name a CloudWatch log group (letters, digits, . - _ / #), or leave it empty."
        )
    elif group:
        values["log_group"] = group


def _check_together(values: Values, findings: Findings) -> None:
    """Check the variables that limit each other."""
    for option, limit, unit in (
        ("capacity_minimum", "instance_count", ""),
        ("worker_memory", "worker_task_memory", " MiB"),
    ):
        if option in values and limit in values and values[option] > values[limit]:
            findings.wrong(
                option, values[option], f"it must not be more than {variable(limit)}, which is {values[limit]}{unit}."
            )
