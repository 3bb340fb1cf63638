"""One DB instance: moto's record of it, a real server, and the states it goes through."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend

from sandbox.own_project import postgresql
from sandbox.rds import events
from sandbox.rds.offerings import gp3_baseline, max_connections
from sandbox.rds.postgres import ADDRESS, WRITTEN_AFTER, PostgresServer, let_in
from sandbox.runtime import Runtime

# parts of a class change's time: until the server goes, while it is away; the rest follows
_BEFORE_OUTAGE, _OUTAGE = 0.4, 0.3

STORAGE = ("AllocatedStorage", "StorageType", "Iops")
_ATTRIBUTES = {
    "DBInstanceClass": "db_instance_class",
    "AllocatedStorage": "allocated_storage",
    "StorageType": "storage_type",
    "Iops": "iops",
}


class SandboxDBInstance(DBInstance):
    """A DB instance with a PostgreSQL server.

    A change is a list of steps at times from now on; ``tick`` takes those that are due. So a change takes no thread of
    its own, and a second one simply adds its steps.
    """

    def __init__(self, backend: RDSBackend, runtime: Runtime, **properties: Any) -> None:
        self.pending_modified_values: dict[str, Any] = {}
        self.later: dict[str, Any] = {}  # pending properties besides class and storage, by moto's names
        self._runtime = runtime
        self._password = str(properties["master_user_password"])  # which moto gives to nobody
        self._steps: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._lock = threading.RLock()
        self._optimized_at = self._storage_free_at = 0.0
        super().__init__(backend, **properties)
        self._take_parameters()
        folder = runtime.scratch_dir / self.db_instance_identifier
        folder.mkdir(mode=0o700)
        for closed in (runtime.scratch_dir, folder):
            let_in(closed)
        self.server = PostgresServer(
            folder,
            log=runtime.state_dir / f"{self.db_instance_identifier}.log",
            installation=postgresql.find(runtime.postgres) if runtime.postgres else None,
        )
        self.port = self.server.port
        self.server.create(
            user=str(properties["master_username"]),
            password=self._password,
            database=self.db_name or "postgres",
            settings=self._settings(),
        )

    @property
    def address(self) -> str:
        """Give the server's address."""
        return ADDRESS

    @property
    def login(self) -> dict[str, str]:
        """Give libpq's environment variables with which its master user reaches the database."""
        return {
            "PGHOST": ADDRESS,
            "PGPORT": str(self.port),
            "PGDATABASE": self.db_name or "postgres",
            "PGUSER": str(self.master_username),
            "PGPASSWORD": self._password,
        }

    @property
    def busy(self) -> bool:
        """Say whether it cannot be modified now: classes can be while the storage is optimized."""
        return self.status not in ("available", "storage-optimization")

    @property
    def storage_locked(self) -> bool:
        """Say whether the storage cannot change yet: being optimized, or changed too recently."""
        return time.monotonic() < max(self._optimized_at, self._storage_free_at)

    @property
    def parameter_group(self) -> DBParameterGroup:
        """Give the DB parameter group it is associated with."""
        return self.db_parameter_groups()[0]

    @property
    def db_parameter_group_status_list(self) -> list[dict[str, str]]:
        """Give the group and whether it is in effect; moto asks for it by this name."""
        name = self.parameter_group.name
        return [{"DBParameterGroupName": name, "ParameterApplyStatus": self._parameters_status}]

    def associate(self, group: str) -> None:
        """Give it another DB parameter group: the name changes at once, the values with the next reboot."""
        with self._lock:
            if group == self.parameter_group.name:
                return
            self.db_parameter_group_name = group
            self._parameters_status = "applying"
            self._after(self._runtime.timing.delay("database_lag"), self._await_reboot)

    def parameters_changed(self, at_once: Collection[str], wait: bool) -> None:
        """Take note of changed parameters of its group.

        Args:
            at_once: names of those that are applied now.
            wait: whether others wait for a reboot.
        """
        with self._lock:
            # values of a group that waits for its first reboot wait as well, but for dynamic ones
            self._applied |= {name: self._group_values()[name] for name in at_once}
            self.server.configure(self._settings())
            if wait:
                self._parameters_status = "pending-reboot"

    def _group_values(self) -> dict[str, str]:
        return {name: str(each["ParameterValue"]) for name, each in self.parameter_group.parameters.items()}

    def _settings(self) -> dict[str, str]:
        return {"max_connections": str(max_connections(self.db_instance_class)), **self._applied}

    def _await_reboot(self) -> None:
        if self._parameters_status == "applying":
            self._parameters_status = "pending-reboot"

    def _take_parameters(self) -> None:
        self._applied = self._group_values()
        self._parameters_status = "in-sync"

    def apply(self) -> None:
        """Start carrying out everything pending; the instance stays available for a moment."""
        with self._lock:
            # a change that has not begun yet is begun again, with everything pending by now
            self._steps = [step for step in self._steps if step[2] != self._begin]
            self._after(self._runtime.timing.delay("database_lag"), self._begin)

    def reboot(self) -> None:
        """Restart the server with the values of its parameter group; takes what the outage of a class change takes."""
        with self._lock:
            self.status = "rebooting"
            self._after(0, self._stop)
            away = self._runtime.timing.delay("database_class_change") * _OUTAGE
            self._after(away, self._take_parameters, self._start, self._settle)

    def back_up(self, folder: Path, seconds: float, finish: Callable[[], None]) -> None:
        """Copy the data, all that is committed by now with it; clients are served meanwhile.

        Args:
            folder: where to, see ``PostgresServer.copy``.
            seconds: until the end of it.
            finish: called then.
        """
        with self._lock:
            self.status = "backing-up"
            self._report(events.BACKUP_BEGINS)
            self._after(WRITTEN_AFTER, lambda: self.server.copy(folder))
            self._after(max(seconds, WRITTEN_AFTER), finish, lambda: self._report(events.BACKUP_ENDS), self._settle)

    def tick(self) -> None:
        """Take the steps that are due."""
        with self._lock:
            while self._steps and self._steps[0][0] <= time.monotonic():
                heapq.heappop(self._steps)[2]()

    def _after(self, seconds: float, *actions: Callable[[], None]) -> None:
        for action in actions:
            heapq.heappush(self._steps, (time.monotonic() + seconds, next(self._order), action))

    def _begin(self) -> None:
        change = dict(self.pending_modified_values)
        self.status = "modifying"
        took = 0.0
        if "DBInstanceClass" in change:
            whole = self._runtime.timing.delay("database_class_change")
            self._report(events.CLASS_BEGINS)
            self._after(whole * _BEFORE_OUTAGE, self._stop, lambda: self._set(change, "DBInstanceClass"))
            self._after(whole * (_BEFORE_OUTAGE + _OUTAGE), self._start)
            took += whole
            self._after(took, lambda: self._report(events.CLASS_ENDS))
        if set(change) & set(STORAGE):
            self._after(took, lambda: self._report(events.STORAGE_BEGINS))
            took += self._runtime.timing.delay("database_storage_change")
            self._after(
                took, lambda: self._set(change, *STORAGE), self._optimize, lambda: self._report(events.STORAGE_ENDS)
            )
        self._after(took, self._settle)

    def _stop(self) -> None:
        self.server.stop()
        self._report(events.SHUTDOWN)

    def _start(self) -> None:
        self.server.start(self._settings())
        self._report(events.RESTARTED)

    def _report(self, message: str) -> None:
        self.backend.events.append(events.Event(self.db_instance_identifier, self.db_instance_arn, message))

    def _set(self, change: Mapping[str, Any], *names: str) -> None:
        for name in names:
            if name in change:
                setattr(self, _ATTRIBUTES[name], change[name])
                self.pending_modified_values.pop(name, None)
        if self.storage_type == "gp3" and "Iops" not in change:
            self.iops = str(gp3_baseline(self.allocated_storage))  # text is what moto keeps

    def _optimize(self) -> None:
        timing = self._runtime.timing
        self._optimized_at = time.monotonic() + timing.delay("storage_optimization")
        self._storage_free_at = time.monotonic() + timing.delay("storage_cooldown")
        self._after(timing.delay("storage_optimization"), self._settle)

    def _settle(self) -> None:
        """Give the state it is in once nothing else happens."""
        if any(action != self._settle for _, _, action in self._steps):
            return
        self.status = "storage-optimization" if time.monotonic() < self._optimized_at else "available"
