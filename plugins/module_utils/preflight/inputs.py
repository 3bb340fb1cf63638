# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of a run, checked against the argument specs of the roles before anything is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from types import NoneType
from typing import Any

from ..core.context import Validate
from ..core.errors import InvalidInput
from ..ecs.launch import LAUNCH_SPEC
from ..fleet import spot_prices
from ..fleet.images import chosen as images
from ..fleet.unattended import MOST_HOURS
from ..record import imports
from ..record.catalogue import CATALOGUE, TOGETHER
from ..record.commands import AFTER, BEFORE, RUNBOOK, read_or_runbook, with_commands
from ..record.imports import IMPORTS
from ..record.job_key import DEFAULT, VARIABLE
from ..record.store import check_environment
from .findings import Findings
from .forms import CLASS, CONTAINERS, form_error, plain_error

Values = dict[str, Any]  # by variable, of the type its spec gives it; what is wrong is missing
Specs = Mapping[str, Mapping[str, Any]]  # Ansible's argument spec of each variable

ANY_COMMAND, ANY_CLUSTER = CATALOGUE.using("command"), CATALOGUE.using("cluster")
ANY_FAMILY, ANY_DATABASE = CATALOGUE.using("family"), CATALOGUE.using("database")
ANY_QUEUE = CATALOGUE.using("queue")
SERVICE_NAME = re.compile(r"[A-Za-z0-9_-]+")  # CreateService
YEAR = 366 * 24 * 3600  # seconds; longer is a slip
LARGEST_CPU = 192 * 1024  # CPU units of a task on EC2 ("Task size", developer guide)
LARGEST_MEMORY = 32 * 1024 * 1024  # MiB: EC2's largest instances (u-*tb1)
MOST_JOBS = 10_000_000
SMALLEST_MEMORY = 6  # MiB: Docker's own limit (ECS API reference, ContainerDefinition)


@dataclass(frozen=True)
class Range:
    """The whole numbers a variable may have; an argument spec cannot say it."""

    least: int
    most: int
    unit: str = ""

    def __contains__(self, number: int) -> bool:
        """Say whether a number is in the range."""
        return self.least <= number <= self.most

    def __str__(self) -> str:
        """Describe the range."""
        return f"whole numbers{f' of {self.unit}' if self.unit else ''} from {self.least} to {self.most}"


RANGES = {
    "ingest_patience": Range(0, YEAR, "seconds"),
    "ingest_memory_reservation": Range(SMALLEST_MEMORY, LARGEST_MEMORY, "MiB"),
    "ingest_worker_task_memory": Range(SMALLEST_MEMORY, LARGEST_MEMORY, "MiB"),
    "ingest_worker_cpu": Range(0, LARGEST_CPU, "CPU units"),
    "ingest_worker_memory": Range(SMALLEST_MEMORY, LARGEST_MEMORY, "MiB"),
    "ingest_worker_count": Range(1, 5000),  # ECS quota: tasks of a service
    "ingest_canary_timeout": Range(1, YEAR, "seconds"),
    "ingest_capacity_canary": Range(0, 5000),
    "ingest_worker_timeout": Range(1, YEAR, "seconds"),
    "ingest_instance_count": Range(1, 5000),  # ECS quota: instances of a cluster
    "ingest_instance_disk_gb": Range(1, 16384, "GB"),  # EBS, gp2 and gp3
    "ingest_capacity_minimum": Range(0, 5000),
    "ingest_capacity_timeout": Range(0, YEAR, "seconds"),
    "ingest_database_storage_gb": Range(1, 65536, "GB"),
    "ingest_database_timeout": Range(1, YEAR, "seconds"),
    "ingest_services_wait_minutes": Range(0, 24 * 60, "minutes"),
    "ingest_snapshot_timeout": Range(1, YEAR, "seconds"),
    "ingest_command_timeout": Range(0, YEAR, "seconds"),
    "ingest_command_capacity_timeout": Range(0, YEAR, "seconds"),
    "ingest_queue_settle_seconds": Range(0, YEAR, "seconds"),
    "ingest_queued_already": Range(0, MOST_JOBS, "jobs"),
    "ingest_expected_jobs": Range(0, MOST_JOBS, "jobs"),
    "ingest_worker_jobs_at_once": Range(1, 10, "jobs"),
    "ingest_drain_stable_seconds": Range(1, YEAR, "seconds"),
    "ingest_drain_stall_timeout": Range(1, YEAR, "seconds"),
    "ingest_allow_failed_jobs": Range(0, MOST_JOBS, "jobs"),
    "ingest_unattended_hours": Range(0, MOST_HOURS, "hours"),
    "ingest_queue_hours": Range(1, 336, "hours"),  # SQS keeps a message for 14 days at most
    "ingest_job_minutes": Range(1, 720, "minutes"),  # SQS hides a message for 12 hours at most
}
NEVER_EMPTY = {
    "ingest_cluster": "the name of an ECS cluster",
    "ingest_family": "the family of a task definition",
    "ingest_container": "the name of a container of the family",
    "ingest_worker_family": "the family of a task definition",
    "ingest_worker_container": "the name of a container of the family",
    "ingest_queue": "the name or URL of an SQS queue",
    "ingest_database": "the identifier of an RDS instance",
    "ingest_database_class": "an instance class such as db.m4.xlarge",
    "ingest_scenario": "the name of a scenario",
    "ingest_historical_scenario": "the name of a scenario",
    "ingest_image": "source, recommended or the ID of an AMI",
    "ingest_instance_types": "a list of instance types: [m4.2xlarge]",
}
IMPORTED = [  # what imports are made of
    *(f"ingest_{half}{name}" for half in ("", "historical_") for name in ("scenario", "models", "years", "all_years")),
    "ingest_all_models",
]
RUNBOOK_COMMANDS = [CATALOGUE[name].variable for name in RUNBOOK]
MADE_OF = {  # others, unless the operator sets them
    IMPORTS: IMPORTED,
    "ingest_dataset": IMPORTED,
    "ingest_runbook_commands": RUNBOOK_COMMANDS,
    BEFORE: RUNBOOK_COMMANDS,
    "ingest_worker_family": ["ingest_family"],
    "ingest_worker_container": ["ingest_container"],
}
LIMITED_BY = {
    "ingest_capacity_minimum": ("ingest_instance_count", ""),
    "ingest_worker_memory": ("ingest_worker_task_memory", " MiB"),
}
# what the modules take; it would stand twice in the argument specs
STRUCTURES: dict[str, dict[str, Any]] = {
    name: {"options": LAUNCH_SPEC[option]["options"]}
    for name, option in {
        "ingest_capacity_provider_strategy": "capacity_provider_strategy",
        "ingest_network_configuration": "network_configuration",
        "ingest_worker_network_configuration": "network_configuration",
        "ingest_command_placement_constraints": "placement_constraints",
        "ingest_worker_placement_constraints": "placement_constraints",
        "ingest_worker_placement_strategy": "placement_strategy",
    }.items()
}


def unknown(names: Iterable[str], specs: Specs) -> list[str]:
    """Write a problem for each variable that no role has, with the nearest one that exists."""
    problems = []
    for name in names:
        if name not in specs:
            close = get_close_matches(name, specs, 1)
            problems.append(
                f"{name} is not a variable of this collection{f'; did you mean {close[0]}?' if close else '.'}"
            )
    return problems


def check(given: Mapping[str, Any], specs: Specs, validate: Validate, findings: Findings) -> Values:
    """Check each variable by its spec and its range, then those that limit each other.

    Args:
        given: the variables with their values.
        validate: Ansible's own validation by an argument spec.

    Returns:
        The variables that are right.
    """
    values: Values = {}
    for name, value in sorted(given.items(), key=lambda item: item[0] in MADE_OF):
        if any(each in given and each not in values for each in MADE_OF.get(name, ())):
            continue  # they are noted already
        spec = {**specs[name], **(STRUCTURES.get(name, {}) if value else {})}
        kind = str(spec.get("type", "str"))
        wrong = plain_error(name, value, spec)
        if wrong:
            findings.wrong(name, value, wrong)
            continue
        if kind == "dict" and not isinstance(value, (dict, str, NoneType)):
            _refuse(name, value, {"type": "dict"}, [], findings)
            continue
        converted, errors = validate({name: spec}, {name: value})
        right = converted.get(name)
        if errors or not _is_right(name, value, right, kind):
            _refuse(name, right if isinstance(right, int) else value, spec, errors, findings)
        elif problem := form_error(name, right, kind):
            findings.wrong(name, value, problem)
        else:
            values[name] = right
    _check_forms(values, findings)
    check_assumed(values, findings)
    for name, (limit, unit) in LIMITED_BY.items():
        if name in values and limit in values and values[name] > values[limit]:
            findings.wrong(name, values[name], f"it must not be more than {limit}, which is {values[limit]}{unit}.")
    return values


def check_assumed(values: Values, findings: Findings) -> None:
    """Refuse steps in ``ingest_assume_done`` that do not exist."""
    name = "ingest_assume_done"
    found = imports.read_or_guide(values.get(IMPORTS), values.get(VARIABLE) or DEFAULT)
    own = read_or_runbook(values.get(BEFORE), values.get(AFTER), [each.name for each in found])
    table = with_commands(imports.catalogue(found, values.get(imports.DRAIN) == TOGETHER), own)
    unknown = table.unknown_once(values.get(name) or [])
    if unknown:
        close = get_close_matches(unknown[0], table.once, 1)
        hint = f"did you mean {close[0]}?" if close else f"steps are {', '.join(table.once)}."
        findings.wrong(name, values.pop(name), f"no step is called {', '.join(map(repr, unknown))}: {hint}")


def check_service_name(values: Values, findings: Findings) -> None:
    """Refuse an environment's name that the workers' service cannot have."""
    name = values.get("ingest_environment")
    if name is not None and not SERVICE_NAME.fullmatch(name):
        del values["ingest_environment"]
        findings.wrong(
            "ingest_environment",
            name,
            "the workers' service is named after it: use letters, digits, hyphens and underscores.",
        )


def _is_right(name: str, value: Any, right: Any, kind: str) -> bool:
    """Refuse what Ansible's conversion would let pass: nothing for a number, true for 1, a list for its text."""
    if kind == "raw":
        return True
    if value is None:
        return kind not in ("int", "bool") and name not in NEVER_EMPTY
    if isinstance(value, bool) and kind != "bool":
        return False
    if kind == "str" and isinstance(value, CONTAINERS):
        return False
    if name in NEVER_EMPTY:
        return _is_filled(right)
    return name not in RANGES or right in RANGES[name]


def _is_filled(value: Any) -> bool:
    return bool(value) and all(each.strip() for each in (value if isinstance(value, list) else [value]))


def _refuse(name: str, value: Any, spec: Mapping[str, Any], errors: list[str], findings: Findings) -> None:
    """Note what is allowed. A free dictionary is not shown: an environment may hold passwords."""
    if errors and spec.get("options"):
        findings.wrong(name, value, f"{'; '.join(errors).rstrip('.')}.")
    elif spec.get("type") == "dict":
        findings.problems.append(
            f"{name} must be a dictionary of names and values, such as {{DJANGO_LOG_LEVEL: DEBUG}}."
        )
    else:
        findings.wrong(name, value, _allowed(name, spec))


def _allowed(name: str, spec: Mapping[str, Any]) -> str:
    if spec.get("choices"):
        words = [str(each) or "empty" for each in spec["choices"]]
        return f"allowed are {', '.join(words[:-1])} and {words[-1]}."
    if name in NEVER_EMPTY:
        return f"it must be {NEVER_EMPTY[name]}."
    kind = spec.get("type", "str")
    if kind == "list":
        entries = "dictionaries" if spec.get("elements") == "dict" else "words, or words separated by commas"
        return f"it must be a list of {entries}."
    return {
        "int": f"allowed are {RANGES.get(name, 'whole numbers')}.",
        "bool": "allowed are true and false.",
    }.get(kind, "it must be a text.")


def _check_forms(values: Values, findings: Findings) -> None:
    """Check the texts that have a form of their own, and take out those that are wrong."""
    for name, parse in FORMS.items():
        if name in values:
            text, before = values[name] or "", len(findings.problems)
            findings.attempt(name, text, partial(parse, text), {"max_price": name})
            if len(findings.problems) > before:
                del values[name]


def _check_class_after(name: str) -> None:
    if name and not re.fullmatch(CLASS.pattern, name):
        raise InvalidInput("name an instance class such as db.t3.medium, or leave it empty.")


FORMS: dict[str, Callable[[str], Any]] = {
    "ingest_environment": check_environment,
    "ingest_spot_max_price": spot_prices.parse_bid,
    "ingest_image": images.parse,
    "ingest_database_class_after": _check_class_after,
}
