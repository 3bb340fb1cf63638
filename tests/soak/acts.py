"""What befalls a run, besides the faults of its calls."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """Something that somebody, or nobody, does to the run."""

    KILL = "controller killed"
    HANG_UP = "terminal closed"
    CUT = "network cut"
    RECLAIM = "instance reclaimed"
    RESTART = "controller killed, database restarted"
    LEAVE = "controller killed, nobody back before the dead man's switch"


KILLS = (Act.KILL, Act.RESTART, Act.LEAVE)


@dataclass(frozen=True)
class Moment:
    """When something happens.

    Attributes:
        act: what happens.
        step: once this step of the run has begun.
        seconds: so long after that was seen.
    """

    act: Act
    step: str
    seconds: float


# in the order of a run; steps of one line are chosen from
_COURSE: tuple[tuple[Act, tuple[str, ...]], ...] = (
    (Act.KILL, ("migrate", "scenarios", "climate_models", "cities")),
    (Act.KILL, ("create_jobs",)),
    (Act.KILL, ("capacity", "task_definition", "database", "service")),
    (Act.RECLAIM, ("drain",)),
    (Act.KILL, ("drain",)),
    (Act.HANG_UP, ("drain",)),
    (Act.CUT, ("drain",)),
    (Act.RESTART, ("verify",)),
    (Act.KILL, ("historical_create_jobs",)),
    (Act.RECLAIM, ("historical_drain",)),
    (Act.LEAVE, ("historical_drain",)),
    (Act.KILL, ("historical_drain",)),
    (Act.CUT, ("historical_drain", "historical_verify")),
    (Act.KILL, ("historical_verify",)),
    (Act.KILL, ("generate_historic",)),
)


def course(seed: int) -> list[Moment]:
    """Choose the moments of a soak: ten kills, two cuts of the network, and the rest.

    Args:
        seed: of the choice.
    """
    chance = random.Random(seed)
    return [Moment(act, chance.choice(steps), round(chance.uniform(0.0, 2.0), 1)) for act, steps in _COURSE]
