# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A requested change of an RDS instance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A change of an RDS instance.

    Attributes:
        instance: its identifier.
        cluster, environment: where tasks of ours may use it; empty: none is looked for.
        instance_class: the class it gets; empty: it keeps the one it has.
        class_after: the class it goes back to where the one it had cannot be ordered any more; empty: none is named.
        parameter_group: name of the DB parameter group it gets; empty: it keeps the one it has.
        allocated_storage: GB; None: it keeps what it has.
        restore: whether it gets the class and parameter group back that it had before the first change
            instead.
        services_minutes: minutes for which the services of the cluster that were steady before are waited for
            afterwards; 0: none is looked at.
        wait, timeout: whether the end is waited for, and how many seconds.
    """

    instance: str
    cluster: str = ""
    environment: str = ""
    instance_class: str = ""
    class_after: str = ""
    parameter_group: str = ""
    allocated_storage: int | None = None
    restore: bool = False
    services_minutes: int = 0
    wait: bool = True
    timeout: float = 7200
