# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which classes an instance can have: RDS retires old generations engine by engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...core.context import Context
from ...core.errors import Refused
from ...core.text import alternatives
from ..original import Original
from .nearest import nearest


def check_class(context: Context, database: Mapping[str, Any], wanted: str) -> None:
    """Make sure the class can be ordered for this engine, version, licence and storage type.

    Raises:
        Refused: it cannot; the message names the nearest that can.
    """
    kinds = sorted({each.get("StorageType", "") for each in _options(context, database, DBInstanceClass=wanted)})
    if database["StorageType"] in kinds:
        return
    what = f"{wanted} cannot be ordered for {database['Engine']} {database['EngineVersion']}"
    if kinds:
        what += f" with {database['StorageType']} storage, only with {', '.join(kinds)}"
    raise Refused(f"{what}. Take {_proposal(context, database, wanted)}.")


def is_orderable(context: Context, database: Mapping[str, Any], wanted: str) -> bool:
    """Say whether the class can (still) be ordered for this engine, version, licence and storage type."""
    options = _options(context, database, DBInstanceClass=wanted)
    return any(each.get("StorageType") == database["StorageType"] for each in options)


def check_way_back(context: Context, database: Mapping[str, Any], original: Original, class_after: str) -> Original:
    """Make sure there is a class to go back to.

    Args:
        original: what is remembered, or would be.
        class_after: the class to go back to where the original one cannot be ordered; empty: none is named.

    Returns:
        What is to be remembered.

    Raises:
        Refused: there is none.
    """
    if original.after and class_after in ("", original.after):
        return original
    if not original.after and is_orderable(context, database, original.name):
        return original
    if not class_after:
        raise Refused(
            f"{database['DBInstanceIdentifier']} cannot go back to {original.name}, which can no longer be ordered for"
            f" {database['Engine']} {database['EngineVersion']}. Set ingest_database_class_after to the class it gets"
            f" instead: {_proposal(context, database, original.name)}."
        )
    check_class(context, database, class_after)
    return replace(original, after=class_after)


def _proposal(context: Context, database: Mapping[str, Any], wanted: str) -> str:
    """Name what can be ordered in place of a class, the nearest first."""
    options = _options(context, database)
    offered = sorted({each["DBInstanceClass"] for each in options if each["StorageType"] == database["StorageType"]})
    near = nearest(wanted, offered)
    if not near:
        return f"one that RDS offers: {alternatives(offered) or 'none in this region'}"
    others = alternatives([each.name for each in near[1:]])
    return f"{near[0].name}, the nearest to it ({near[0].memory:g} GiB){', or ' if others else ''}{others}"


def _options(context: Context, database: Mapping[str, Any], **query: str) -> list[dict[str, Any]]:
    query |= {"Engine": database["Engine"], "EngineVersion": database["EngineVersion"]}
    if database.get("LicenseModel"):
        query["LicenseModel"] = database["LicenseModel"]

    def read() -> list[dict[str, Any]]:
        pages = context.client("rds").get_paginator("describe_orderable_db_instance_options").paginate(**query)
        found = [each for page in pages for each in page["OrderableDBInstanceOptions"]]
        return [{key: each[key] for key in ("DBInstanceClass", "StorageType") if key in each} for each in found]

    return context.memo.once(f"orderable/{'/'.join(query[key] for key in sorted(query))}", read)
