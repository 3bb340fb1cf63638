# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names of what the runs of an environment create."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Names:
    """The names of what the runs of an environment create.

    Attributes:
        environment: its name.
        UNATTENDED: the scheduled action of a fleet's group, which has its names to itself.
    """

    UNATTENDED: ClassVar[str] = "climate.ingest-unattended"

    environment: str

    @property
    def service(self) -> str:
        """The ECS service of the workers."""
        return f"ingest-{self.environment}-run-jobs"

    @property
    def fleet(self) -> str:
        """The Auto Scaling group of the spot instances, and its launch template."""
        return f"ingest-{self.environment}-spot"

    @property
    def log_group(self) -> str:
        """The CloudWatch Logs group of containers whose own log cannot be read; it outlives the runs."""
        return f"/climate.ingest/{self.environment}"

    def snapshot(self, run_id: str) -> str:
        """The snapshot of the database from before a run: RDS takes letters, digits and single hyphens."""
        return re.sub(r"[^a-z0-9]+", "-", f"ingest-{run_id}-before".lower())
