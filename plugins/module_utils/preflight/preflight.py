# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that would make a run fail or do harm, looked for before anything is changed and reported at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ..core.aws import AWS_ERRORS
from ..core.context import Context
from ..core.errors import IngestError, InvalidInput
from ..core.operation import Operation
from ..core.result import Result
from ..record import lock, record, sections
from ..record.store import check_environment
from . import account, commands, database, fleet, inputs, permissions
from .check_context import CheckContext
from .findings import Findings, refusal
from .identity import identify
from .inputs import ANY_CLUSTER, ANY_DATABASE, ANY_FAMILY, ANY_QUEUE

try:
    from botocore.session import Session
except ImportError:  # the faces report the missing library
    Session = None


@dataclass(frozen=True)
class Check:
    """A check of the account, which runs beside the others.

    Attributes:
        run: makes it.
        services: whose clients it uses.
        parts: of a run that need it.
        options: variables that must be right for it.
        cluster: whether it needs the cluster.
    """

    run: Callable[[CheckContext], Findings]
    services: tuple[str, ...]
    parts: tuple[str, ...]
    options: tuple[str, ...]
    cluster: bool = False


CAPACITY = ("capacity",)
CHECKS = (
    Check(account.check_definition, ("ecs", "logs"), ANY_FAMILY, ("family", "container")),
    Check(account.check_log_group, ("logs",), ("prepare", "task_definition"), ("log_group",)),
    Check(
        fleet.check_source,
        ("ecs", "ec2", "autoscaling"),
        CAPACITY,
        ("cluster", "launch_source", "environment"),
        cluster=True,
    ),
    Check(fleet.check_types, ("ec2",), CAPACITY, ("instance_types",)),
    Check(fleet.check_names, ("ec2", "autoscaling"), CAPACITY, ("environment",)),
    Check(account.check_service, ("ecs",), ("service",), ("environment", "cluster"), cluster=True),
    Check(database.check_database, ("rds",), ANY_DATABASE, ("database",)),
    Check(account.check_queue, ("sqs",), ANY_QUEUE, ("queue",)),
    Check(account.check_cities, ("s3",), ("cities",), ("cities_object",)),
    Check(permissions.simulate, ("iam",), (*ANY_FAMILY, *CAPACITY, "database"), ("environment",)),
)


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Check variables and account; the parameters are the module's.

    Raises:
        Refused: another controller has the environment, which is said alone; or there are problems, all of which the
            message names.
    """
    findings = Findings()
    chosen = sections.parts(params["playbook"], params["sections"], params["skip"])
    identity = _reach(context, params, findings)
    known = _know(context, params, findings) if identity else record.Record(None)
    chosen = sections.left(params["playbook"], chosen, known)
    values = inputs.check(params, chosen, findings)
    commands.check(params, chosen, findings, values)
    complete = _is_complete(known, params)
    if identity and not complete:
        ctx = CheckContext(context, chosen, values, params, known, identity, str(identity["region"]))
        _check_account(ctx, findings)
    findings.refuse()
    result = Result(warnings=findings.warnings)
    result.values = {
        **identity,
        "complete": complete,
        "run": known.run.id if known.run else None,
        "facts": findings.facts,
        "preflight_warnings": findings.warnings,
    }
    return result


def _reach(context: Context, params: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """Learn who asks; empty when AWS does not answer, which is then noted."""
    try:
        return identify(context, params)
    except IngestError as error:
        findings.problems.append(_no_such_region(params.get("region")) or error.message)
        return {}


def _no_such_region(region: str | None) -> str | None:
    """Say that there is no such region. Reading AWS's list takes a while: ask when something else has failed."""
    if not region or Session is None:
        return None
    session = Session()
    known = [name for each in session.get_available_partitions() for name in session.get_available_regions("ec2", each)]
    if region in known:
        return None
    close = " or ".join(get_close_matches(region, known, 2))
    return f"ingest_region is {region!r}; AWS has no such region{f': did you mean {close}?' if close else '.'}"


def _know(context: Context, params: Mapping[str, Any], findings: Findings) -> record.Record:
    """Make sure that no other controller has the environment, and read what is known of its run."""
    environment = params["environment"]
    try:
        check_environment(environment if isinstance(environment, str) else str(environment))
    except InvalidInput:  # noted with the other variables
        return record.Record(None)
    try:
        lock.check_free(context, str(environment), params.get("take_over"))
        return record.read(context, str(environment), sections.steps())
    except AWS_ERRORS as error:
        findings.problems.append(refusal(error))
        return record.Record(None)


def _is_complete(known: record.Record, params: Mapping[str, Any]) -> bool:
    """Say whether the last run did just what is asked for, and nobody wants it done again."""
    last, requested = known.run, params.get("requested")
    if last is None or last.state != record.COMPLETE or not requested:
        return False
    return last.covers(requested) and params["new_run_after"] != last.id


def _check_account(ctx: CheckContext, findings: Findings) -> None:
    """Make all checks that the parts need, side by side: each is a chain of calls that wait for the network."""
    there = ctx.needs(*ANY_CLUSTER) and ctx.has("cluster") and account.check_cluster(ctx, findings)
    if ctx.needs(*ANY_CLUSTER) and ctx.has("cluster") and not there:
        unknown = _no_such_region(ctx.params.get("region"))
        if unknown:  # nothing can be there
            findings.problems[-1] = unknown
            return
    wanted = [
        check
        for check in CHECKS
        if ctx.needs(*check.parts) and ctx.has(*check.options) and (there or not check.cluster)
    ]
    # boto3 makes clients one at a time; made, they may be used by several threads
    for service in {service for check in wanted for service in check.services}:
        ctx.context.client(service)
    with ThreadPoolExecutor(max_workers=len(CHECKS)) as pool:
        for each in pool.map(lambda check: check.run(ctx), wanted):
            findings.add(each)
    fleet.check_fit(ctx, findings)


def _argument_spec() -> dict[str, Any]:
    """Write the options: a variable each, of any type, as a wrong one is reported with all others."""
    defaults: dict[str, Any] = {name: whole.default for name, whole in inputs.WHOLES.items()}
    defaults |= {name: text.default for name, text in inputs.TEXTS.items()}
    defaults |= {name: default for name, (default, _parts) in inputs.FLAGS.items()}
    defaults |= OTHERS
    spec: dict[str, Any] = {
        name: {"type": "raw"} | ({} if default is None else {"default": default}) for name, default in defaults.items()
    }
    return spec | {
        "playbook": {"type": "str", "choices": list(sections.PLAYBOOKS), "default": "populate"},
        "sections": {"type": "list", "elements": "str", "default": []},
        "skip": {"type": "list", "elements": "str", "default": []},
        "take_over": {"type": "str"},
        "new_run_after": {"type": "str"},
        "requested": {"type": "dict"},
        "expected_account": {"type": "str"},
        "unreachable_hint": {"type": "str"},
    }


OTHERS: dict[str, Any] = {
    "environment": "staging",
    "on_failure": "remove",
    "models": "all",
    "years": "all",
    "all_models": None,
    "all_years": None,
    "historical_models": "all",
    "historical_years": "all",
    "historical_all_years": None,
    "launch_type": "EC2",
    "capacity_provider_strategy": [],
    "network_configuration": {},
    "command_placement_constraints": [],
    "worker_placement_strategy": [{"type": "spread", "field": "attribute:ecs.instance-type"}],
    "worker_placement_constraints": [],
    "worker_environment": {"DJANGO_LOG_LEVEL": "DEBUG"},
    "instance_types": ["m4.2xlarge"],
    "spot_max_price": "",
    "launch_source": "",
    "log_group": "",
    "migrate_command": "migrate",
    "scenarios_command": "loaddata,scenarios",
    "climate_models_command": "loaddata,climate-models",
    "cities_command": "import_cities,azavea-climate-sandbox,geonames_cities_top200_us.geojson",
    "create_jobs_command": None,
    "worker_command": ["run_jobs"],
    "verify_command": None,
    "generate_historic_command": "generate_historic",
    "summary_command": None,
    "command": None,
}

OPERATION = Operation(
    run=run,
    argument_spec=_argument_spec(),
    services=("autoscaling", "ec2", "ecs", "logs", "rds", "sqs", "ssm", "sts"),
)
