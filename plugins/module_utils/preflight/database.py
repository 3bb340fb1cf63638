# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the database can be used, and changed as asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ..core.aws import tag_dict
from ..core.errors import Refused
from ..database import checks, state
from .check_context import CheckContext
from .findings import Findings

COOLDOWN = timedelta(hours=6)
STORAGE_EVENT = "modification to allocated storage"  # RDS-EVENT-0017, -0217 and their like
USABLE = (*state.SETTLED, "backing-up")
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
        "storage_gb": found["AllocatedStorage"],
        "storage_type": found.get("StorageType", ""),
        "engine": f"{found['Engine']} {found['EngineVersion']}",
        "status": found["DBInstanceStatus"],
    }
    findings.warnings += checks.reboot_warnings(found)
    _check_usable(found, findings)
    if ctx.needs("database"):
        _check_change(ctx, found, findings)
    return findings


def _check_usable(found: Mapping[str, Any], findings: Findings) -> None:
    """Refuse a state in which commands would fail; a change by a run of ours is waited for."""
    name, status = found["DBInstanceIdentifier"], found["DBInstanceStatus"]
    if status in USABLE or status.startswith("configuring-"):
        return
    ours = state.ORIGINAL_CLASS_TAG in tag_dict(found.get("TagList"))
    if ours and status not in state.STUCK and not status.startswith("incompatible-"):
        findings.warnings.append(f"{name} is {status}: a run of ours has changed it, and it is waited for.")
    else:
        findings.wrong(
            "ingest_database", name, f"it is {status} and cannot be used: wait until it is available, or repair it."
        )


def _check_change(ctx: CheckContext, found: Mapping[str, Any], findings: Findings) -> None:
    wanted: dict[str, Any] = {}
    if ctx.has("ingest_database_class"):
        wanted["DBInstanceClass"] = ctx.values["ingest_database_class"]
    requested, present = ctx.values.get("ingest_database_storage_gb"), found["AllocatedStorage"]
    if requested is not None:
        wanted["AllocatedStorage"] = max(requested, present)
    if requested is not None and requested < present:
        findings.warnings.append(
            f"ingest_database_storage_gb is {requested}; {found['DBInstanceIdentifier']} has {present} GB and keeps it:"
            " RDS cannot shrink storage."
        )
    if state.is_reached(found, wanted) or state.is_underway(found, wanted):
        return
    _check_pending(found, wanted, findings)
    if wanted.get("DBInstanceClass", found["DBInstanceClass"]) != found["DBInstanceClass"]:
        _check_class(ctx, found, findings)
    if requested is not None and requested > present:
        _check_growth(ctx, found, requested, findings)


def _check_pending(found: Mapping[str, Any], wanted: Mapping[str, Any], findings: Findings) -> None:
    """Refuse pending changes that would be applied as well, but for one that an earlier step of ours requested."""
    ours = state.ORIGINAL_CLASS_TAG in tag_dict(found.get("TagList"))
    if not (ours and set(checks.pending_changes(found)) <= set(state.OURS)):
        findings.attempt("ingest_database", found["DBInstanceIdentifier"], lambda: checks.check_pending(found, wanted))


def _check_class(ctx: CheckContext, found: Mapping[str, Any], findings: Findings) -> None:
    context, wanted, present = ctx.context, ctx.values["ingest_database_class"], found["DBInstanceClass"]
    findings.attempt("ingest_database_class", wanted, lambda: checks.check_class(context, found, wanted))
    if state.ORIGINAL_CLASS_TAG in tag_dict(found.get("TagList")):
        return  # it has been left already
    if findings.attempt("ingest_database", present, lambda: checks.is_orderable(context, found, present)) is False:
        findings.warnings.append(
            f"{present} can no longer be ordered: the instance could not go back to it afterwards."
        )


def _check_growth(ctx: CheckContext, found: Mapping[str, Any], requested: int, findings: Findings) -> None:
    rds, name = ctx.context.client("rds"), found["DBInstanceIdentifier"]

    def rested() -> None:
        minutes = int(COOLDOWN.total_seconds() // 60)
        query = {"SourceIdentifier": name, "SourceType": "db-instance", "Duration": minutes}
        events = rds.describe_events(**query)["Events"]
        changes = [each["Date"] for each in events if STORAGE_EVENT in each.get("Message", "").lower()]
        if changes:
            raise Refused(checks.cooldown_text(found, f"its storage was changed at {_when(max(changes))}"))

    def room() -> None:
        checks.check_growth(rds, found, requested)
        rested()

    findings.attempt("ingest_database_storage_gb", requested, room, WORDS)


def _when(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC, so it can be changed from {time + COOLDOWN:%H:%M} on"
