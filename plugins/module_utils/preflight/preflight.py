# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that would make a run fail or do harm, looked for before anything is changed and reported at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from difflib import get_close_matches
from typing import Any

from ..core.aws import AWS_ERRORS
from ..core.context import Context
from ..core.errors import IngestError
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import COMPLETE
from ..record import imports, lock, record, sections
from ..record.catalogue import ANY_COMMAND, TOGETHER
from ..record.commands import AFTER, BEFORE, read_or_runbook
from ..record.job_key import DEFAULT, VARIABLE
from . import account, commands, database, definitions, fleet, inputs, logs, permissions, reads
from .check_context import COMMANDS, CheckContext
from .findings import Findings, refusal, shown
from .identity import identify
from .inputs import ANY_CLUSTER, ANY_DATABASE, ANY_FAMILY, ANY_QUEUE
from .standing import checks as standing

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
        variables: those that must be right for it.
        cluster: whether it needs the cluster.
        named: the variable without which, where it is empty, there is nothing to check.
        instead: the variable with which, where it is not empty, there is nothing to check.
    """

    run: Callable[[CheckContext], Findings]
    services: tuple[str, ...]
    parts: tuple[str, ...]
    variables: tuple[str, ...]
    cluster: bool = False
    named: str = ""
    instead: str = ""

    def is_made(self, values: inputs.Values) -> bool:
        """Say whether the variables leave something to check."""
        return bool(not self.named or values.get(self.named)) and not values.get(self.instead)


CAPACITY, OWN = ("capacity",), ("ingest_environment", "ingest_cluster")
CHECKS = (
    Check(definitions.check_definitions, ("ecs", "iam", "logs"), ANY_FAMILY, astuple(COMMANDS)),
    Check(logs.check_group, ("logs",), ("prepare", "task_definition"), ("ingest_log_group",)),
    Check(
        fleet.check_source,
        ("ecs", "ec2", "autoscaling", "ssm"),
        CAPACITY,
        ("ingest_cluster", "ingest_launch_source", "ingest_image", "ingest_environment"),
        cluster=True,
        instead=standing.GROUP,
    ),
    Check(fleet.check_types, ("ec2",), CAPACITY, ("ingest_instance_types",), instead=standing.GROUP),
    Check(fleet.check_names, ("ec2", "autoscaling"), CAPACITY, ("ingest_environment",), instead=standing.GROUP),
    Check(account.check_service, ("ecs",), ("service",), OWN, cluster=True, instead=standing.SERVICE),
    Check(standing.check_group, ("autoscaling", "ec2", "ssm"), CAPACITY, OWN, cluster=True, named=standing.GROUP),
    Check(
        standing.check_service,
        ("application-autoscaling", "ecs", "ssm"),
        ("service",),
        OWN,
        cluster=True,
        named=standing.SERVICE,
    ),
    Check(database.check_database, ("rds",), ANY_DATABASE, ("ingest_database",)),
    Check(account.check_queue, ("sqs",), ANY_QUEUE, ("ingest_queue",)),
    Check(account.check_cities, ("s3",), ("cities",), ("cities_object",)),
    Check(reads.check_tasks, ("ecs",), (*ANY_CLUSTER, "database"), ("ingest_cluster",)),
    Check(reads.check_services, ("ecs",), ("service", "teardown", "database"), ("ingest_cluster",)),
    Check(reads.check_fleet, ("autoscaling", "ec2"), (*CAPACITY, "teardown"), ("ingest_environment",)),
    Check(permissions.simulate, ("iam",), (*ANY_FAMILY, *CAPACITY, *ANY_DATABASE), ("ingest_environment",)),
)


ACCOUNT = {f"ingest_{name}" for name in ("region", "endpoint_url", "profile", "access_key")}  # those that lead to it
SESSION_KEYS = (
    "The AWS credentials are session keys given as they are: they expire within hours, and a longer run fails then."
    " Use a profile or a role (ingest_profile, AWS_PROFILE), whose credentials are renewed while a run goes on."
)


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Check variables and account; the parameters are the module's.

    Raises:
        Refused: another controller has the environment, and nothing else was checked; or there are problems, all of
            them in ``problems``. A tag that no task has ends the check before anything is called, and so does a
            variable that may have been meant to name the account: no role has it, its value is wrong, or its template
            fails.
    """
    findings = Findings()
    specs, given = params["specs"], params["variables"]
    unknown = inputs.unknown(given, specs)
    values = inputs.check({name: given[name] for name in given if name in specs}, specs, context.validate, findings)
    selection = _selection(params, values)
    unknown += selection.unknown_tags(given.get("ingest_own_tags") or [])
    findings.problems = unknown + [f"{name}: {why}" for name, why in params["unresolved"].items()] + findings.problems
    if unknown or ACCOUNT & (params["unresolved"].keys() | given.keys() - values.keys()):
        findings.refuse()
    identity = _reach(context, params, values, findings)
    if context.session_keys:
        findings.warnings.append(SESSION_KEYS)
    known = _know(context, selection, values, findings) if identity else record.Record(None)
    chosen = selection.left(known)
    chosen |= {ANY_COMMAND} if chosen & selection.commands.own else set()
    if sections.either("service", chosen):
        inputs.check_service_name(values, findings)
    commands.check(values, chosen, findings)
    standing.check_without_effect(values, params["defaults"], findings)
    if params["playbook"] == imports.CITIES:
        commands.check_cities(values, selection.commands, findings)
    complete = _is_complete(known, selection, values)
    if identity and not complete:
        ctx = CheckContext(context, chosen, values, known, identity, str(identity["region"]))
        _check_account(ctx, params.get("region"), findings)
    findings.refuse()
    for note in findings.notes:
        context.progress.line(note)
    result = Result(warnings=findings.warnings)
    result.values = {
        **identity,
        "complete": complete,
        "run": known.run.id if known.run else None,
        "facts": findings.facts,
        "preflight_warnings": findings.warnings,
    }
    return result


def _reach(context: Context, params: Mapping[str, Any], values: inputs.Values, findings: Findings) -> dict[str, Any]:
    """Learn who asks; empty when AWS does not answer, which is then noted."""
    try:
        return identify(context, params.get("expected_account"), values.get("ingest_unreachable_hint"))
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
    return f"ingest_region is {shown(region)}; AWS has no such region{f': did you mean {close}?' if close else '.'}"


def _selection(params: Mapping[str, Any], values: inputs.Values) -> sections.Selection:
    """Say what of the playbook is wanted; where the list of imports is wrong, which is noted, of the guide's."""
    found = imports.read_or_guide(values.get(imports.IMPORTS), values.get(VARIABLE) or DEFAULT)
    together = values.get(imports.DRAIN) == TOGETHER
    own = read_or_runbook(values.get(BEFORE), values.get(AFTER), [each.name for each in found])
    cities = values.get(imports.CITIES_COMMAND, "")
    return sections.Selection(params["playbook"], params["tags"], params["skip_tags"], found, together, own, cities)


def _know(context: Context, selection: sections.Selection, values: inputs.Values, findings: Findings) -> record.Record:
    """Make sure that no other controller has the environment, and read what is known of its run."""
    environment = values.get("ingest_environment")
    if environment is None:  # wrong, and noted with the other variables
        return record.Record(None)
    try:
        lock.check_free(context, environment, values.get("ingest_take_over"))
        known = record.read(context, environment, selection.checked_steps())
    except AWS_ERRORS as error:
        findings.problems.append(refusal(error))
        return record.Record(None)
    run, after = known.run, values.get("ingest_new_run_after")
    if run:
        findings.attempt("ingest_new_run_after", after, lambda: record.check_follows(run, environment, after))
        if run.is_open and after != run.id and selection.requested:
            findings.attempt("ingest_new_run_after", after, lambda: imports.check_kind(run, selection.playbook))
    return known


def _is_complete(known: record.Record, selection: sections.Selection, values: inputs.Values) -> bool:
    """Say whether the last run imported just what is requested, and no new run is wanted."""
    last, requested = known.run, selection.requested
    if last is None or last.state != COMPLETE or not requested:
        return False
    return last.covers(requested) and values.get("ingest_new_run_after") != last.id


def _check_account(ctx: CheckContext, region: str | None, findings: Findings) -> None:
    """Make all checks that the parts need, side by side: each is a chain of calls that wait for the network."""
    there = ctx.needs(*ANY_CLUSTER) and ctx.has("ingest_cluster") and account.check_cluster(ctx, findings)
    if ctx.needs(*ANY_CLUSTER) and ctx.has("ingest_cluster") and not there:
        unknown = _no_such_region(region)
        if unknown:  # nothing can be there
            findings.problems[-1] = unknown
            return
    wanted = [
        check
        for check in CHECKS
        if check.is_made(ctx.values)
        and ctx.needs(*check.parts)
        and ctx.has(*check.variables)
        and (there or not check.cluster)
    ]
    # boto3 makes clients one at a time; made, they may be used by several threads
    for service in {service for check in wanted for service in check.services}:
        ctx.context.client(service)
    with ThreadPoolExecutor(max_workers=len(CHECKS)) as pool:
        for each in pool.map(lambda check: check.run(ctx), wanted):
            findings.add(each)
    fleet.check_fit(ctx, findings)
    logs.check_fleet(ctx, findings)


OPERATION = Operation(
    run=run,
    argument_spec={
        "variables": {"type": "dict", "default": {}},
        "unresolved": {"type": "dict", "default": {}},
        "specs": {"type": "dict", "default": {}},
        "defaults": {"type": "dict", "default": {}},
        "playbook": {"type": "str", "choices": list(sections.PLAYBOOKS), "default": "populate"},
        "tags": {"type": "list", "elements": "str", "default": []},
        "skip_tags": {"type": "list", "elements": "str", "default": []},
        "expected_account": {"type": "str"},
    },
    services=("autoscaling", "ec2", "ecs", "logs", "rds", "sqs", "ssm", "sts"),
)
