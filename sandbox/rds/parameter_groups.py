"""DB parameter groups: RDS's rules for them, in place of moto's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBParameterGroup, RDSBackend

from sandbox.rds.instance import SandboxDBInstance
from sandbox.rds.parameters import FAMILIES, IMMEDIATE, wrong

QUOTA = 50  # "Quotas and constraints for Amazon RDS", user guide
_PER_CALL = 20
_NAME = re.compile(r"(?!.*--)[A-Za-z][A-Za-z0-9-]{0,254}(?<!-)", re.ASCII)
_DEFAULT = "default."


class ParameterGroups(RDSBackend):
    """The part of the backend that keeps DB parameter groups."""

    def create_db_parameter_group(self, db_parameter_group_kwargs: dict[str, Any]) -> DBParameterGroup:
        """Make a group.

        Raises:
            RDSClientError: InvalidParameterValue (name or family), DBParameterGroupAlreadyExists,
                DBParameterGroupQuotaExceeded.
        """
        name = str(db_parameter_group_kwargs["db_parameter_group_name"])
        family = db_parameter_group_kwargs.get("db_parameter_group_family")
        if not _NAME.fullmatch(name):
            raise RDSClientError(
                "InvalidParameterValue",
                "The parameter DBParameterGroupName is not a valid identifier. Identifiers must begin with a letter;"
                " must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two"
                " consecutive hyphens.",
            )
        if family and family not in FAMILIES:
            raise RDSClientError(
                "InvalidParameterValue", f"ParameterGroupFamily {family} is not a valid parameter group family"
            )
        own = [each for each in self.db_parameter_groups if not each.startswith(_DEFAULT)]
        if name not in self.db_parameter_groups and len(own) >= QUOTA:
            raise RDSClientError(
                "DBParameterGroupQuotaExceeded", f"Cannot create more than {QUOTA} database parameter groups"
            )
        return super().create_db_parameter_group(db_parameter_group_kwargs)

    def describe_db_parameter_groups(self, db_parameter_group_kwargs: dict[str, Any]) -> list[DBParameterGroup]:
        """Give all, or the one that is named, whatever its case.

        Raises:
            RDSClientError: DBParameterGroupNotFound.
        """
        for database in self.databases.values():
            database.db_parameter_groups()  # the default ones exist once an instance has one
        name = db_parameter_group_kwargs.get("db_parameter_group_name")
        return [self.parameter_group(name)] if name else list(self.db_parameter_groups.values())

    def modify_db_parameter_group(
        self, db_parameter_group_name: str, db_parameter_group_parameters: Iterable[dict[str, Any]]
    ) -> DBParameterGroup:
        """Set parameters of a group; its instances apply them at once or with their next reboot.

        Raises:
            RDSClientError: DBParameterGroupNotFound, InvalidParameterValue, InvalidParameterCombination.
        """
        parameters = [*db_parameter_group_parameters]
        group = self.parameter_group(db_parameter_group_name)
        if group.name.startswith(_DEFAULT):
            raise RDSClientError("InvalidParameterValue", "Cannot modify a default parameter group.")
        if len(parameters) > _PER_CALL:
            raise RDSClientError("InvalidParameterValue", f"A maximum of {_PER_CALL} parameters can be modified")
        for each in parameters:
            refusal = wrong(each.get("ParameterName", ""), each.get("ParameterValue"), each.get("ApplyMethod"))
            if refusal:
                raise RDSClientError(*refusal)
        group.update_parameters(parameters)
        at_once = {each["ParameterName"] for each in parameters if each["ApplyMethod"] == IMMEDIATE}
        for member in self._members(group.name):
            member.parameters_changed(at_once, wait=len(at_once) < len(parameters))
        return group

    def delete_db_parameter_group(self, db_parameter_group_name: str) -> DBParameterGroup:
        """Delete a group that no instance has.

        Raises:
            RDSClientError: DBParameterGroupNotFound, InvalidDBParameterGroupState.
        """
        name = self.parameter_group(db_parameter_group_name).name
        if name.startswith(_DEFAULT):
            raise RDSClientError("InvalidDBParameterGroupState", f"Default DBParameterGroup cannot be deleted: {name}")
        if self._members(name):
            raise RDSClientError(
                "InvalidDBParameterGroupState",
                f"One or more database instances are still members of this parameter group {name}, so the group cannot"
                " be deleted",
            )
        return super().delete_db_parameter_group(name)

    def check_parameter_group(self, engine: str, version: str, name: str | None) -> None:
        """Make sure that the group a request names, if it does, is there and of the instance's family.

        Raises:
            RDSClientError: DBParameterGroupNotFound, InvalidParameterCombination.
        """
        if not name:
            return
        family = engine + version.rpartition(".")[0]
        group = self.parameter_group(name)
        if group.family != family:
            raise RDSClientError(
                "InvalidParameterCombination",
                f"The parameter group {group.name} with DBParameterGroupFamily {group.family} can't be used for this"
                f" instance. Use a parameter group with DBParameterGroupFamily {family}.",
            )

    def parameter_group(self, name: str) -> DBParameterGroup:
        """Find a group.

        Raises:
            RDSClientError: DBParameterGroupNotFound.
        """
        if name not in self.db_parameter_groups:
            raise RDSClientError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
        return self.db_parameter_groups[name]

    def _members(self, name: str) -> list[SandboxDBInstance]:
        return [
            each
            for each in self.databases.values()
            if isinstance(each, SandboxDBInstance) and each.parameter_group.name == name
        ]
