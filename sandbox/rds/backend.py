"""RDS's rules for a change, in place of moto's backend and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar

from moto.core.responses import ActionResult, PaginatedResult
from moto.ec2.models import ec2_backends
from moto.rds import urls
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance
from moto.rds.responses import RDSResponse

from sandbox.rds import events
from sandbox.rds.instance import STORAGE, SandboxDBInstance
from sandbox.rds.offerings import GP3_STRIPED, STORAGE_RANGES, least_growth, orderable, valid_modifications
from sandbox.rds.parameter_groups import ParameterGroups
from sandbox.rds.parameters import described
from sandbox.rds.pending import shown
from sandbox.rds.snapshots import Snapshots
from sandbox.runtime import Runtime

_PARAMETERS = {
    "db_instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "storage_type": "StorageType",
    "iops": "Iops",
}


_DEFAULT = "default"


def _aware(time: datetime | None) -> datetime | None:
    """Give a time with its zone: moto's are of UTC and do not say so."""
    return time if time is None or time.tzinfo else time.replace(tzinfo=UTC)


class SandboxRDSBackend(ParameterGroups, Snapshots):
    """moto's backend with real servers and a life of their own."""

    # moto makes its backends itself, so this is set before
    runtime: ClassVar[Runtime]

    @property
    def _url_module(self) -> SimpleNamespace:
        paths = {path: SandboxRDSResponse.dispatch for path in urls.url_paths}
        return SimpleNamespace(url_bases=urls.url_bases, url_paths=paths)

    def create_db_instance(self, db_kwargs: Mapping[str, Any]) -> DBInstance:
        """Make a PostgreSQL server; it is available when this returns.

        Raises:
            RDSClientError: DBInstanceAlreadyExists, InvalidParameterCombination (class or engine not on offer).
        """
        properties = dict(**db_kwargs)
        identifier = properties["db_instance_identifier"]
        if identifier in self.databases:
            raise RDSClientError("DBInstanceAlreadyExists", "DB instance already exists")
        self._validate_db_identifier(identifier)
        self._check_orderable(properties["engine"], properties.get("engine_version"), properties["db_instance_class"])
        group = properties.get("db_parameter_group_name")
        self.check_parameter_group(properties["engine"], str(properties.get("engine_version")), group)
        in_default_vpc = not properties.get("db_subnet_group_name")
        if in_default_vpc:
            properties["db_subnet_group_name"] = self._default_subnet_group()
        if properties.get("publicly_accessible") is None:
            properties["publicly_accessible"] = in_default_vpc
        make: Any = SandboxDBInstance  # moto leaves CloudFormation's methods abstract
        database = make(self, self.runtime, **properties)
        self.databases[identifier] = database
        return database

    def modify_db_instance(self, db_instance_identifier: str, db_kwargs: Mapping[str, Any]) -> DBInstance:
        """Check a change as RDS does, note it as pending, and start it if it is to be applied at once.

        Raises:
            RDSClientError: DBInstanceNotFound, InvalidDBInstanceState, InvalidParameterCombination.
        """
        database = self._instance(db_instance_identifier)
        if database.busy:
            raise RDSClientError("InvalidDBInstanceState", "Database instance is not in available state.")
        rest = dict(**db_kwargs)
        rest.pop("db_instance_identifier", None)
        rest = {key: value for key, value in rest.items() if value is not None}
        at_once = bool(rest.pop("apply_immediately", False))
        asked = {name: rest.pop(key) for key, name in _PARAMETERS.items() if rest.get(key) is not None}
        change = {name: value for name, value in asked.items() if value != _current(database, name)}
        if "DBInstanceClass" in change:
            self._check_orderable(database.engine, database.engine_version, change["DBInstanceClass"])
        _check_storage(database, asked, change)
        _check_autoscaling(database, change, rest)
        self.check_parameter_group(database.engine, database.engine_version, rest.get("db_parameter_group_name"))
        # "the parameter group name itself is changed immediately", whatever else waits (API reference)
        group = rest.pop("db_parameter_group_name", None)
        # asked for what it has: what was pending for that is withdrawn
        for name in asked:
            database.pending_modified_values.pop(name, None)
        database.pending_modified_values.update(change | shown(rest))
        database.later |= rest
        if group:
            database.associate(self.parameter_group(group).name)
        if at_once:
            self._apply(database)
        return database

    def _apply(self, database: SandboxDBInstance) -> None:
        """Apply everything pending: class and storage take their time, the rest none."""
        rest, database.later = database.later, {}
        if rest:
            for name in shown(rest):
                database.pending_modified_values.pop(name, None)
            super().modify_db_instance(database.db_instance_identifier, rest)
        if database.pending_modified_values:
            database.apply()

    def describe_events(
        self,
        source_identifier: str | None = None,
        source_type: str | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        duration: int | None = None,
        event_categories: Sequence[str] | None = None,
        **_: Any,
    ) -> list[Any]:
        """Give the events of the time asked for; those of the last hour if none is.

        Raises:
            RDSClientError: InvalidParameterCombination (an identifier without its type).
        """
        found = super().describe_events(source_identifier, source_type)
        begins, ends = events.window(datetime.now(UTC), _aware(start_time), _aware(end_time), duration)
        return [
            event
            for event in found
            if begins <= (_aware(event.date) or ends) <= ends
            and (not event_categories or set(event_categories) & set(event.event_categories))
        ]

    def reboot_db_instance(self, db_instance_identifier: str) -> DBInstance:
        """Restart the server.

        Raises:
            RDSClientError: DBInstanceNotFound, InvalidDBInstanceState.
        """
        database = self._instance(db_instance_identifier)
        if database.busy:
            raise RDSClientError(
                "InvalidDBInstanceState", "Instance cannot currently reboot due to an in-progress management operation."
            )
        database.reboot()
        return database

    def delete_db_instance(self, db_instance_identifier: str, *args: Any, **kwargs: Any) -> DBInstance:
        """Stop the server and forget it."""
        database = super().delete_db_instance(db_instance_identifier, *args, **kwargs)
        if isinstance(database, SandboxDBInstance):
            database.server.remove()
        return database

    def _instance(self, identifier: str) -> SandboxDBInstance:
        database = self.describe_db_instances(identifier)[0]
        assert isinstance(database, SandboxDBInstance)
        return database

    def _check_orderable(self, engine: str, version: str | None, instance_class: str) -> None:
        if not any(True for _ in orderable(engine, version, instance_class, self.runtime.settings.retired_classes)):
            raise _refuse(
                "RDS does not support creating a DB instance with the following combination: "
                f"DBInstanceClass={instance_class}, Engine={engine}, EngineVersion={version}, "
                "LicenseModel=postgresql-license. For supported combinations of instance class and database engine "
                "version, see the documentation."
            )

    def _default_subnet_group(self) -> str:
        """Give the name of the group of the default VPC's subnets, as RDS does where none is named."""
        if _DEFAULT not in self.subnet_groups:
            ec2 = ec2_backends[self.account_id][self.region_name]
            vpc = ec2.default_vpc
            self.create_subnet_group(_DEFAULT, _DEFAULT, ec2.describe_subnets(filters={"vpc-id": [vpc.id]}), [])
        return _DEFAULT

    def tick(self) -> None:
        """Let time pass for every instance."""
        for database in list(self.databases.values()):
            if isinstance(database, SandboxDBInstance):
                database.tick()

    def stop(self) -> None:
        """Stop every server at once."""
        for database in list(self.databases.values()):
            if isinstance(database, SandboxDBInstance):
                database.server.stop(at_once=True)


def _current(database: SandboxDBInstance, name: str) -> Any:
    return {
        "DBInstanceClass": database.db_instance_class,
        "AllocatedStorage": database.allocated_storage,
        "StorageType": database.storage_type,
        "Iops": int(database.iops) if database.iops else None,
    }[name]


def _refuse(message: str) -> RDSClientError:
    return RDSClientError("InvalidParameterCombination", message)


def _check_storage(database: SandboxDBInstance, asked: Mapping[str, Any], change: Mapping[str, Any]) -> None:
    if not set(change) & set(STORAGE):
        return
    if database.storage_locked:
        raise _refuse(
            "You can't currently modify the storage of this DB instance because the previous storage change is being "
            "optimized."
        )
    has, storage_type = database.allocated_storage, asked.get("StorageType", database.storage_type)
    size = int(change.get("AllocatedStorage", has))
    if size < has:
        raise _refuse(f"Requested storage size ({size}) cannot be less than the current storage size ({has}).")
    if has < size < least_growth(has):
        raise _refuse("The allocated storage must be increased by at least 10 percent.")
    smallest, largest = STORAGE_RANGES.get(storage_type, (1, 0))
    if not smallest <= size <= largest:
        raise _refuse(f"Invalid storage size for engine name {database.engine} and storage type {storage_type}: {size}")
    _check_iops(storage_type, size, "Iops" in asked, database.engine)


def _check_autoscaling(database: SandboxDBInstance, change: Mapping[str, Any], rest: Mapping[str, Any]) -> None:
    size = int(change.get("AllocatedStorage", database.allocated_storage))
    limit = rest.get("max_allocated_storage", database.max_allocated_storage)
    if limit is None or limit == database.allocated_storage == size:  # that turns autoscaling off
        return
    if int(limit) <= size:
        raise _refuse("Max storage size must be greater than storage size")
    if "max_allocated_storage" in rest and int(limit) < least_growth(size):
        raise _refuse("The maximum allocated storage must be increased by at least 10 percent.")


def _check_iops(storage_type: str, size: int, stated: bool, engine: str) -> None:
    if storage_type == "gp3" and size < GP3_STRIPED:
        if stated:
            raise _refuse(
                f"You can't specify IOPS or storage throughput for engine {engine} and a storage size less than "
                f"{GP3_STRIPED}."
            )
        return
    if storage_type in ("gp3", "io1", "io2") and not stated:
        raise _refuse(
            "You must specify both the storage size and iops when modifying the storage size or iops on a DB instance "
            "that has iops."
        )


class SandboxRDSResponse(RDSResponse):
    """The answers moto lacks."""

    def describe_orderable_db_instance_options(self) -> ActionResult:
        """Answer DescribeOrderableDBInstanceOptions; its filters are parameters."""
        options = orderable(
            self.params.get("Engine"),
            self.params.get("EngineVersion"),
            self.params.get("DBInstanceClass"),
            SandboxRDSBackend.runtime.settings.retired_classes,
        )
        wanted = self.params.get("LicenseModel")
        result = [option for option in options if wanted in (None, option["LicenseModel"])]
        return PaginatedResult({"OrderableDBInstanceOptions": result})

    def describe_db_parameters(self) -> ActionResult:
        """Answer DescribeDBParameters: all of them, with what was set."""
        group = self.backend.describe_db_parameter_groups(
            {"db_parameter_group_name": self.params["DBParameterGroupName"]}
        )
        parameters = described(group[0].parameters)
        source = self.params.get("Source")
        return PaginatedResult({"Parameters": [each for each in parameters if source in (None, each["Source"])]})

    def describe_valid_db_instance_modifications(self) -> ActionResult:
        """Answer DescribeValidDBInstanceModifications."""
        database = self.backend.describe_db_instances(self.params["DBInstanceIdentifier"])[0]
        message = valid_modifications(database.allocated_storage)
        return ActionResult({"ValidDBInstanceModificationsMessage": message})
