"""The engine parameters of a PostgreSQL family that a DB parameter group can set, and how RDS takes a value.

Source: RDS User Guide, "Working with parameters on your RDS for PostgreSQL DB instance" (which are static). RDS has
some three hundred; these are the ones that people set for an import, and PostgreSQL itself takes each of them here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

FAMILIES = ("postgres9.6", *(f"postgres{major}" for major in range(10, 17)))
IMMEDIATE, PENDING_REBOOT = "immediate", "pending-reboot"
_FORMULA = re.compile(r".*\{.*\}.*")


@dataclass(frozen=True)
class Parameter:
    """An engine parameter.

    Attributes:
        allowed: ``least-most`` of a number, or the words there are with commas between.
        static: whether only a restart of the server applies it.
        data_type: as RDS names it.
    """

    allowed: str
    static: bool = False
    data_type: str = "integer"

    def takes(self, value: str) -> bool:
        """Say whether a value is one of those it can have."""
        if self.data_type not in ("integer", "float"):
            return value in self.allowed.split(",")
        number = re.fullmatch(r"\d+" if self.data_type == "integer" else r"\d+(\.\d+)?", value)
        least, most = map(float, self.allowed.split("-"))
        return number is not None and least <= float(value) <= most


PARAMETERS = {
    "autovacuum": Parameter("0,1", data_type="boolean"),
    "autovacuum_max_workers": Parameter("1-262143", static=True),
    "checkpoint_completion_target": Parameter("0-1", data_type="float"),
    "checkpoint_timeout": Parameter("30-86400"),
    "maintenance_work_mem": Parameter("1024-2147483647"),
    "max_connections": Parameter("6-8388607", static=True),
    "max_wal_size": Parameter("128-201326592"),
    "shared_buffers": Parameter("16-1073741823", static=True),
    "statement_timeout": Parameter("0-2147483647"),
    "synchronous_commit": Parameter("local,on,off,remote_write,remote_apply", data_type="string"),
    "wal_buffers": Parameter("4-262143", static=True),
    "work_mem": Parameter("64-2147483647"),
}


def wrong(name: str, value: str | None, method: str | None) -> tuple[str, str] | None:
    """Give code and message with which RDS refuses a parameter of ModifyDBParameterGroup; None: it takes it."""
    parameter = PARAMETERS.get(name)
    if parameter is None:
        return "InvalidParameterValue", f"Could not find parameter with name: {name}"
    if value is None or method is None:
        return "InvalidParameterValue", "ParameterName, ParameterValue and ApplyMethod must be provided."
    if _FORMULA.fullmatch(value):
        return "InvalidParameterValue", f"The sandbox computes no formula: {value}"
    if not parameter.takes(value):
        return (
            "InvalidParameterValue",
            f"Invalid parameter value: {value} for: {name} allowed values are: {parameter.allowed}",
        )
    if method == IMMEDIATE and parameter.static:
        return "InvalidParameterCombination", "cannot use immediate apply method for static parameter"
    return None


def described(settings: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Write all parameters of a group as DescribeDBParameters does.

    Args:
        settings: what has been set, by the parameter's name.
    """
    return [
        {
            "ParameterName": name,
            "ApplyType": "static" if each.static else "dynamic",
            "ApplyMethod": PENDING_REBOOT,
            "DataType": each.data_type,
            "AllowedValues": each.allowed,
            "IsModifiable": True,
            "Source": "user" if name in settings else "engine-default",
            **settings.get(name, {}),
        }
        for name, each in PARAMETERS.items()
    ]
