# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which instance class comes nearest to one that RDS does not offer (any more)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# GiB of memory of the size large, by the first letter of the family, or by family where that differs ("Hardware
# specifications for DB instance classes", RDS user guide). Other sizes are multiples of it. Generations before the
# fifth have up to 6 % less: db.r4.large has 15.25 GiB.
MEMORY_OF_LARGE = {"c": 4, "m": 8, "r": 16, "t": 8, "x": 32, "z": 16}
MEMORY_OF_LARGE_EXCEPT = {"x1e": 64, "x2iedn": 64, "x2iezn": 64}
SIZES = {"micro": 1 / 8, "small": 1 / 4, "medium": 1 / 2, "large": 1.0, "xlarge": 2.0}
CLASS = re.compile(r"db\.((?P<letter>[a-z])(?P<generation>\d+)(?P<suffix>[a-z]*))\.(?P<times>\d*)(?P<size>[a-z]+)")
PLAIN = ("g", "", "i")  # suffixes of families with no other extras, such as local disks, that cost more


@dataclass(frozen=True)
class InstanceClass:
    """An instance class, taken apart.

    Attributes:
        name: such as db.m6g.xlarge.
        letter, generation, suffix: of its family: m, 6, g.
        memory: GiB.
    """

    name: str
    letter: str
    generation: int
    suffix: str
    memory: float

    @classmethod
    def parse(cls, name: str) -> InstanceClass | None:
        """Take a name apart; None for one whose memory it does not tell, such as db.serverless."""
        found = CLASS.fullmatch(name)
        if not found or found["letter"] not in MEMORY_OF_LARGE or found["size"] not in SIZES:
            return None
        if found["times"] and found["size"] != "xlarge":
            return None
        large = MEMORY_OF_LARGE_EXCEPT.get(found[1], MEMORY_OF_LARGE[found["letter"]])
        memory = large * SIZES[found["size"]] * int(found["times"] or 1)
        return cls(name, found["letter"], int(found["generation"]), found["suffix"], memory)


def nearest(name: str, offered: Iterable[str]) -> list[InstanceClass]:
    """Give the classes with the memory of this one, or with the next more that there is, best first.

    First come families of the same letter, then later generations.
    """
    wanted = InstanceClass.parse(name)
    if wanted is None:
        return []
    fitting = [each for each in map(InstanceClass.parse, offered) if each and each.memory >= wanted.memory]
    least = min((each.memory for each in fitting), default=0)

    def distance(each: InstanceClass) -> tuple[bool, int, int, str]:
        plain = PLAIN.index(each.suffix) if each.suffix in PLAIN else len(PLAIN)
        return each.letter != wanted.letter, -each.generation, plain, each.name

    return sorted((each for each in fitting if each.memory == least and each.name != name), key=distance)
