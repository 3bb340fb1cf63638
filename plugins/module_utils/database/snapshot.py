# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes a snapshot of an RDS instance, once in a run: the way back if all else goes wrong. It is kept."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from ..core.aws import ClientError, error_code, error_text, tag_dict, tag_list
from ..core.context import Context
from ..core.errors import Foreign, InvalidInput, Refused
from ..core.names import Names
from ..core.operation import Operation
from ..core.result import Result
from ..core.run import NO_RUN
from ..core.text import at, moment
from ..core.waiting import poll
from ..ecs.definitions.revisions import ENVIRONMENT_TAG, RUN_TAG
from ..record.record import Record
from ..record.steps import STEP_SPEC
from .modification import AVAILABLE
from .state import describe, settle

STEP = "snapshot"
FACT = "snapshot"  # in the record: name, instance, restore
READY = "available"
ENDS = frozenset(("failed", "incompatible-parameters", "incompatible-restore"))  # statuses that do not lead there


def run(context: Context, params: Mapping[str, Any]) -> Result:
    """Take the snapshot of the run, unless it has been taken, and wait for it; the parameters are the module's.

    Raises:
        InvalidInput: without a run, the snapshot needs a name.
        NotFound: there is no such instance.
        Foreign: another snapshot has its name.
        Refused: the snapshot failed, there are too many, or the instance can have none.
        DeadlineExceeded: it took too long.
    """
    name, tags = _name(context, params), _tags(context, params)
    database = describe(context, params["instance"])
    check_instance(database)
    deadline = context.clock() + params["timeout"]
    found = _read(context, name)
    missing = found is None
    if missing and not context.check_mode:
        found = _take(context, database, name, tags, params["timeout"])
    if found is not None:
        _check_ours(context, found, database, tags)
    if not context.check_mode:
        _await(context, name, max(deadline - context.clock(), 0))
    return _result(name, database, tags, missing, context.check_mode)


def check_instance(database: Mapping[str, Any]) -> None:
    """Make sure that a snapshot of the instance can be taken: those of a cluster are the cluster's.

    Raises:
        Refused: it cannot; the message says what to do instead.
    """
    cluster = database.get("DBClusterIdentifier")
    if cluster:
        raise Refused(
            f"{database['DBInstanceIdentifier']} belongs to the DB cluster {cluster}, and RDS takes snapshots of the"
            " whole cluster only: take one yourself (aws rds create-db-cluster-snapshot --db-cluster-identifier"
            f" {cluster} --db-cluster-snapshot-identifier NAME), and set ingest_snapshot to false."
        )


def sentences(fact: Mapping[str, Any]) -> list[str]:
    """Say that the snapshot is kept, and how to restore and how to delete it.

    Args:
        fact: what the record has under FACT.
    """
    return [
        f"Snapshot {fact['name']} of {fact['instance']}, from before the run, is kept, and bills for its storage.",
        f"Restore it as an instance of its own: {fact['restore']}",
        f"Delete it: {_delete(fact['name'])}",
    ]


def kept(known: Record) -> list[str]:
    """Give the sentences of the snapshot that a run has taken; none without one."""
    step = known.steps.get(STEP)
    return sentences(step.facts[FACT]) if step and FACT in step.facts else []


def _delete(name: str) -> str:
    return f"aws rds delete-db-snapshot --db-snapshot-identifier {name}"


def _name(context: Context, params: Mapping[str, Any]) -> str:
    if params.get("name"):
        return str(params["name"]).lower()  # as RDS keeps it
    if context.run_id == NO_RUN or not params.get("environment"):
        raise InvalidInput("name is missing: without a run there is none to name the snapshot after.")
    return Names(params["environment"]).snapshot(context.run_id)


def _tags(context: Context, params: Mapping[str, Any]) -> dict[str, str]:
    tags = {ENVIRONMENT_TAG: params.get("environment"), RUN_TAG: context.run_id}
    return {name: text for name, text in tags.items() if text}


def _read(context: Context, name: str) -> dict[str, Any] | None:
    try:
        found = context.client("rds").describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
    except ClientError as error:
        if error_code(error).startswith("DBSnapshotNotFound"):
            return None
        raise
    return found[0] if found else None


def _take(
    context: Context, database: dict[str, Any], name: str, tags: Mapping[str, str], timeout: float
) -> dict[str, Any]:
    """Request it; in a status in which RDS takes none, wait for the next."""
    deadline = context.clock() + timeout
    refused = ""
    while True:
        database = settle(context, database, max(deadline - context.clock(), 0), refused)
        found = _request(context, database, name, tags)
        if found is not None:
            return found
        refused = database["DBInstanceStatus"]


def _request(
    context: Context, database: Mapping[str, Any], name: str, tags: Mapping[str, str]
) -> dict[str, Any] | None:
    """Request it; None where the status of the instance is to blame, and something else than available."""
    instance = database["DBInstanceIdentifier"]

    def requested() -> dict[str, Any] | None:
        found = _read(context, name)
        return {"DBSnapshot": found} if found else None

    rds = context.client("rds").unless(requested)
    try:
        answer: dict[str, Any] = rds.create_db_snapshot(
            DBSnapshotIdentifier=name, DBInstanceIdentifier=instance, Tags=tag_list({**tags})
        )["DBSnapshot"]
    except ClientError as error:
        code, text = error_code(error), error_text(error)
        if code.startswith("DBSnapshotAlreadyExists"):
            return _read(context, name)
        if code.startswith("SnapshotQuotaExceeded"):
            raise Refused(
                f"The account has as many snapshots as it may ({text}): delete some, have the quota raised, or set"
                " ingest_snapshot to false."
            ) from error
        if not code.startswith("InvalidDBInstanceState"):
            raise
        if database["DBInstanceStatus"] == AVAILABLE:
            raise Refused(
                f"No snapshot of {instance} can be taken now: {text} Run again when it is available."
            ) from error
        return None
    return answer


def _check_ours(
    context: Context, found: Mapping[str, Any], database: Mapping[str, Any], tags: Mapping[str, str]
) -> None:
    """Make sure that a snapshot is of this instance and run: a record that was deleted began to count anew."""
    name, instance = found["DBSnapshotIdentifier"], database["DBInstanceIdentifier"]
    known = tag_dict(found.get("TagList"))
    taken = found.get("SnapshotCreateTime")
    opened = moment(context.step.run.opened_at) if context.step else None
    ours = found["DBInstanceIdentifier"] == instance and tags.items() <= known.items()
    if not ours or (taken and opened and taken < opened):
        when = f", taken at {at(taken)}" if taken else ""
        raise Foreign(
            f"There is another snapshot {name} of {found['DBInstanceIdentifier']}{when}: it is not this run's. Delete"
            f" it ({_delete(name)}), or set ingest_snapshot to false."
        )


def _await(context: Context, name: str, timeout: float) -> dict[str, Any]:
    def ready() -> dict[str, Any] | None:
        found = _read(context, name)
        if found is None:
            raise Refused(f"Snapshot {name} is gone: somebody deleted it while it was being created. Run again.")
        status, percent = found["Status"], found.get("PercentProgress", 0)
        context.progress.status(f"snapshot {name}: {status}, {percent} %", percent / 100)
        if status in ENDS:
            raise Refused(
                f"Snapshot {name} of {found['DBInstanceIdentifier']} is {status}. The events of the instance in RDS say"
                f" why. Delete it ({_delete(name)}) and run again, or set ingest_snapshot to false."
            )
        return found if status == READY else None

    return poll(context, ready, what=f"snapshot {name}", timeout=timeout)


def _result(name: str, database: Mapping[str, Any], tags: Mapping[str, str], taken: bool, predicted: bool) -> Result:
    instance = database["DBInstanceIdentifier"]
    part = {"DBSnapshotIdentifier": name, "DBInstanceIdentifier": instance, "Tags": {**tags}}
    fact = {"name": name, "instance": instance, "restore": _restore(name, database)}
    result = Result(taken, {} if taken else part, part, resource=f"snapshot {name}", facts={FACT: fact})
    result.values = {
        "snapshot": name,
        "instance": instance,
        "restore": fact["restore"],
        "message": f"snapshot {name} of {instance} {'would be taken' if predicted and taken else 'is available'}",
    }
    result.done = result.values["message"]
    if predicted:
        result.values["predicted"] = True
    return result


def _restore(name: str, database: Mapping[str, Any]) -> str:
    """Write the command that restores it: where nothing is named, RDS takes the defaults of the region."""
    groups = [each["VpcSecurityGroupId"] for each in database.get("VpcSecurityGroups") or []]
    options: dict[str, list[str]] = {
        "db-snapshot-identifier": [name],
        "db-instance-identifier": [f"{database['DBInstanceIdentifier']}-restored"],
        "db-subnet-group-name": [(database.get("DBSubnetGroup") or {}).get("DBSubnetGroupName", "")],
        "db-parameter-group-name": [database["DBParameterGroupName"]],
        "vpc-security-group-ids": groups,
    }
    words = ["aws", "rds", "restore-db-instance-from-db-snapshot"]
    for option, values in options.items():
        given = [value for value in values if value]
        words += [f"--{option}", *given] if given else []
    return shlex.join(words)


OPERATION = Operation(
    run=run,
    argument_spec={
        **STEP_SPEC,
        "instance": {"type": "str", "required": True},
        "name": {"type": "str"},
        "timeout": {"type": "int", "default": 14400},
    },
    recorded=True,
    once=True,
    guarded=True,
    services=("rds",),
)
