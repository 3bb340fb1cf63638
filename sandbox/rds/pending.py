"""PendingModifiedValues: what ModifyDBInstance was asked for and has not been applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.session import Session

# members of a request with another name in PendingModifiedValues
_RENAMED = {
    "DBPortNumber": "Port",
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "NewDBInstanceIdentifier": "DBInstanceIdentifier",
}
_LOGS = "CloudwatchLogsExportConfiguration"
_HIDDEN = "MasterUserPassword"


def shown(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give what PendingModifiedValues shows of the properties of a request; it has no place for some.

    Args:
        properties: by the names that moto gives them, e.g. ``engine_version``.
    """
    model = Session().get_service_model("rds")
    members = model.operation_model("ModifyDBInstance").input_shape.members
    places = model.shape_for("PendingModifiedValues").members
    names = {xform_name(name): name for name in members}
    found: dict[str, Any] = {}
    for key, value in properties.items():
        name = names.get(key, "")
        place = _RENAMED.get(name, name)
        if name == _LOGS:
            kinds = {f"LogTypesTo{what}": value.get(f"{what}LogTypes") for what in ("Enable", "Disable")}
            found["PendingCloudwatchLogsExports"] = {kind: types for kind, types in kinds.items() if types}
        elif place in places:
            found[place] = "****" if name == _HIDDEN else value
    return found
