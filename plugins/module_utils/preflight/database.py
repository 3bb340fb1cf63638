# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the database can be used, and changed as asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ..core.errors import Refused
from ..core.text import at
from ..database import checks, parameter_group, snapshot, state, statuses, storage
from ..database.classes import orderable
from ..database.original import Original
from ..database.parameter_group import GROUP
from .check_context import CheckContext
from .findings import Findings
from .reads import try_call

COOLDOWN = timedelta(hours=6)
STORAGE_EVENT = "modification to allocated storage"  # RDS-EVENT-0017, -0217 and their like
WRITES = ("migrate", "scenarios", "climate_models", "cities", "create_jobs", "drain", "generate_historic")
GROUP_VARIABLE = "ingest_database_parameter_group"
WORDS = {"allocated_storage": "ingest_database_storage_gb"}


def check_database(ctx: CheckContext) -> Findings:
    """Make sure that the instance is there and can be used; where it is to be resized, that RDS will do just that."""
    findings = Findings()
    name = ctx.values["ingest_database"]
    found = findings.attempt("ingest_database", name, lambda: state.describe(ctx.context, name))
    if found is None:
        return findings
    findings.facts["database"] = {
        "instance": name,
        "class": found["DBInstanceClass"],
        "storage_gb": None if storage.is_aurora(found) else found["AllocatedStorage"],
        "storage_type": found.get("StorageType", ""),
        "engine": f"{found['Engine']} {found['EngineVersion']}",
        "status": found["DBInstanceStatus"],
    }
    if not (ctx.needs("database") and ctx.values.get(GROUP_VARIABLE)):
        findings.warnings += checks.reboot_warnings(found)
    _check_usable(found, findings)
    if ctx.values.get("ingest_snapshot"):
        _check_snapshot(ctx, found, findings)
    if ctx.needs("database"):
        _check_change(ctx, found, findings)
    return findings


def _check_usable(found: Mapping[str, Any], findings: Findings) -> None:
    """Refuse a state in which commands would fail; a change by a run of ours is waited for."""
    name, status = found["DBInstanceIdentifier"], found["DBInstanceStatus"]
    source = found.get("ReadReplicaSourceDBInstanceIdentifier")
    if source and found["Engine"] == "postgres":
        findings.wrong(
            "ingest_database", name, f"it is a read replica of {source}, and nothing can be written to it: name that."
        )
    if statuses.is_usable(status):
        return
    if not statuses.is_known(status):
        findings.warnings.append(state.unknown_text(found))
    elif Original.of(found) and not statuses.is_stuck(status):
        findings.warnings.append(f"{name} is {status}: a run of ours has changed it, and it is waited for.")
    else:
        findings.wrong(
            "ingest_database", name, f"it is {status} and cannot be used: wait until it is available, or repair it."
        )


def _check_snapshot(ctx: CheckContext, found: Mapping[str, Any], findings: Findings) -> None:
    """Make sure that a snapshot can be taken, and is before anything is written."""
    if ctx.needs(snapshot.STEP):
        findings.attempt("ingest_snapshot", True, lambda: snapshot.check_instance(found))
        name = ctx.names.snapshot(f"{ctx.values.get('ingest_environment')}-0")
        read = partial(ctx.context.client("rds").describe_db_snapshots, DBSnapshotIdentifier=name)
        try_call(findings, read, "to follow the snapshot")
    elif ctx.needs(*WRITES) and not ctx.known.is_done(snapshot.STEP):
        findings.warnings.append(
            "ingest_snapshot is true, and what runs now writes to the database without it: the snapshot is no part of"
            " it (tag snapshot), and this run has none yet."
        )


def _check_change(ctx: CheckContext, found: Mapping[str, Any], findings: Findings) -> None:
    wanted = _wanted(ctx, found, findings)
    _check_way_back(ctx, found, wanted, findings)
    if state.is_reached(found, wanted) or state.is_underway(found, wanted):
        return
    name = found["DBInstanceIdentifier"]
    findings.attempt("ingest_database", name, lambda: checks.check_member(found))
    findings.warnings += checks.replica_warnings(found, wanted)
    _check_pending(found, wanted, findings)
    if wanted.get(GROUP, found[GROUP]) != found[GROUP]:
        group = wanted[GROUP]
        findings.attempt(GROUP_VARIABLE, group, lambda: parameter_group.check(ctx.context, found, group))
    if wanted.get("DBInstanceClass", found["DBInstanceClass"]) != found["DBInstanceClass"]:
        desired = wanted["DBInstanceClass"]
        findings.attempt("ingest_database_class", desired, lambda: orderable.check_class(ctx.context, found, desired))
    if wanted.get("AllocatedStorage", 0) > found["AllocatedStorage"]:
        _check_growth(ctx, found, wanted["AllocatedStorage"], findings)


def _wanted(ctx: CheckContext, found: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """Give what the instance is to be; say where its storage cannot be what is requested."""
    wanted: dict[str, Any] = {}
    if ctx.has("ingest_database_class"):
        wanted["DBInstanceClass"] = ctx.values["ingest_database_class"]
    if ctx.values.get(GROUP_VARIABLE):
        wanted[GROUP] = ctx.values[GROUP_VARIABLE].lower()
        findings.attempt(GROUP_VARIABLE, wanted[GROUP], lambda: parameter_group.refuse_stuck(found, wanted))
    requested, present = ctx.values.get("ingest_database_storage_gb"), found["AllocatedStorage"]
    if requested is None:
        return wanted
    it = f"ingest_database_storage_gb is {requested}; {found['DBInstanceIdentifier']}"
    if storage.is_aurora(found):
        findings.warnings.append(f"{it} is an instance of Aurora, whose storage grows by itself and is left alone.")
        return wanted
    if requested < present:
        findings.warnings.append(f"{it} has {present} GB and keeps it: RDS cannot shrink storage.")
    return {**wanted, "AllocatedStorage": max(requested, present)}


def _check_pending(found: Mapping[str, Any], wanted: Mapping[str, Any], findings: Findings) -> None:
    """Refuse pending changes that would be applied as well, but for one that an earlier step of ours requested."""
    if not (Original.of(found) and set(checks.pending_changes(found)) <= set(state.OURS)):
        findings.attempt("ingest_database", found["DBInstanceIdentifier"], lambda: checks.check_pending(found, wanted))


def _check_way_back(ctx: CheckContext, found: Mapping[str, Any], wanted: Mapping[str, Any], findings: Findings) -> None:
    """Make sure that the class the instance had before the run, or the one named instead, can be ordered afterwards."""
    context, after = ctx.context, ctx.values.get("ingest_database_class_after") or ""
    if after:
        known = len(findings.problems)
        findings.attempt("ingest_database_class_after", after, lambda: orderable.check_class(context, found, after))
        if len(findings.problems) > known:
            return
    original = Original.of(found) or Original(found["DBInstanceClass"])
    if wanted.get("DBInstanceClass", original.target) == original.target:
        return
    back = findings.attempt(
        "ingest_database_class_after",
        after,
        lambda: orderable.check_way_back(context, found, original, after),
    )
    if back and back.after:
        findings.warnings.append(f"{found['DBInstanceIdentifier']} goes back to {back.after}, {back.explanation}.")


def _check_growth(ctx: CheckContext, found: Mapping[str, Any], requested: int, findings: Findings) -> None:
    rds, name = ctx.context.client("rds"), found["DBInstanceIdentifier"]

    def rested() -> None:
        minutes = int(COOLDOWN.total_seconds() // 60)
        query = {"SourceIdentifier": name, "SourceType": "db-instance", "Duration": minutes}
        events = rds.describe_events(**query)["Events"]
        changes = [each["Date"] for each in events if STORAGE_EVENT in each.get("Message", "").lower()]
        if changes:
            raise Refused(storage.cooldown_text(found, f"its storage was changed at {_when(max(changes))}"))

    def room() -> None:
        storage.check_growth(rds, found, requested)
        rested()

    findings.attempt("ingest_database_storage_gb", requested, room, WORDS)


def _when(time: datetime) -> str:
    return f"{at(time)}, so it can be changed from {at(time + COOLDOWN)} on"
