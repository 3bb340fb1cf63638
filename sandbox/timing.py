"""How long things take in the sandbox: a profile of named delays, each of which can be scaled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Seconds. "aws" is what an operator sees in a real account; "quick" keeps the order of events and loses the waiting.
PROFILES: dict[str, dict[str, float]] = {
    "quick": {
        "instance_boot": 1.0,  # launched by the group -> registered with the cluster
        "instance_terminate": 0.3,
        "spot_interruption": 0.5,  # the notice -> EC2 takes the instance
        "task_start": 0.1,  # PENDING -> RUNNING
        "task_stop": 5.0,  # SIGTERM -> SIGKILL
        "service_interval": 0.3,  # the service scheduler looks again
        "placement_retry": 1.0,  # a service that could not place tries again
        "drain": 0.3,  # a service without tasks: DRAINING -> INACTIVE
        "database_lag": 0.3,  # "available" still, straight after a modify
        "database_class_change": 1.5,
        "database_storage_change": 0.5,
        "database_snapshot": 1.5,
        "storage_optimization": 2.0,
        "storage_cooldown": 10.0,
        "purge": 1.0,  # a queue loses what is sent, and takes no other purge
        "spot_price_step": 60.0,  # a new spot price every so often
    },
    "aws": {
        "instance_boot": 150.0,
        "instance_terminate": 60.0,
        "spot_interruption": 120.0,
        "task_start": 10.0,
        "task_stop": 30.0,
        "service_interval": 5.0,
        "placement_retry": 60.0,
        "drain": 20.0,
        "database_lag": 20.0,
        "database_class_change": 480.0,
        "database_storage_change": 120.0,
        "database_snapshot": 300.0,
        "storage_optimization": 1800.0,
        "storage_cooldown": 21600.0,
        "purge": 60.0,
        "spot_price_step": 3600.0,
    },
}


@dataclass(frozen=True)
class Timing:
    """The delays in force.

    Args:
        profile: ``quick`` or ``aws``.
        factors: what to multiply a named delay with; ``all`` applies to every delay.
    """

    profile: str = "quick"
    factors: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise ValueError(f"no timing profile {self.profile!r}; there are {', '.join(PROFILES)}")
        for name in self.factors:
            if name != "all" and name not in PROFILES[self.profile]:
                raise ValueError(f"no delay {name!r}; there are all, {', '.join(PROFILES[self.profile])}")

    def delay(self, name: str) -> float:
        """Give a named delay in seconds."""
        return PROFILES[self.profile][name] * self.factors.get(name, 1.0) * self.factors.get("all", 1.0)
