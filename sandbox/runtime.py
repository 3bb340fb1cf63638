"""What the parts of the sandbox share while it is up."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.credentials import Credentials
from sandbox.timing import Timing

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
# whom the calls are of that no container makes, and whose the policy is
OPERATOR_ARN = f"arn:aws:iam::{ACCOUNT_ID}:user/operator"
IMAGES = Path(__file__).with_name("images.yml")
IMAGES_2019 = IMAGES.with_name("images-2019.yml")
# what the scripts of `up` print, in the state folder
SCRIPTS_LOG = "scripts.log"
# what is made once for all sandboxes of this checkout
CACHE = Path(__file__).resolve().parent.parent / ".cache"

_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")


@dataclass
class Settings:
    """Switches that tests turn while the sandbox runs, through ``PUT /_sandbox/settings``.

    Attributes:
        launch_configurations: False: refuse CreateLaunchConfiguration as accounts made since October 2024 do.
        retired_classes: True: RDS takes orders of db.t2, db.m4 and db.r4, as in the guide's time.
        standing: True: the account has a group and a service for imports that stay, at zero; read when it is seeded.
        tiles: True: the account has a second application, which is no Django project; read when it is seeded.
        web_service: True: a service that needs the database runs in the cluster from the beginning.
        web_service_returns: False: once that service has lost the database, its tasks do not start any more.
        snapshots_fail: True: DB snapshots that are being created end as ``failed``.
        spot_capacity: how many spot instances EC2 will ever give; None: any number.
        job_seconds: how much longer a job of the application takes than it needs; read when the account is seeded.
        policy: the policy document of the operator, as JSON gives it; None: everything is allowed.
        denied: IAM actions an operator may not do, e.g. ``ecs:RunTask``, whatever the policy allows.
        credentials: what is wrong with an operator's: ``expired``, ``unknown`` or None.

    Raises:
        ValueError: no such value of ``denied`` or ``credentials``.
    """

    launch_configurations: bool = True
    retired_classes: bool = False
    standing: bool = False
    tiles: bool = False
    web_service: bool = False
    web_service_returns: bool = True
    snapshots_fail: bool = False
    spot_capacity: int | None = None
    job_seconds: float = 0.0
    policy: dict[str, Any] | None = None
    denied: list[str] = field(default_factory=list)
    credentials: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.denied, list) or not all(
            isinstance(one, str) and _ACTION.fullmatch(one) for one in self.denied
        ):
            raise ValueError(f"denied is {self.denied!r}; it is a list of service:Operation, e.g. ecs:RunTask")
        if self.credentials not in (None, "expired", "unknown"):
            raise ValueError(f"credentials is {self.credentials!r}; it is null, expired or unknown")


@dataclass
class Runtime:
    """One sandbox, from ``up`` to ``down``.

    Attributes:
        timing: the delays in force.
        state_dir: absolute folder of pid, log and endpoint files (default ``.sandbox``).
        scratch_dir: absolute temporary folder of PostgreSQL's data; deleted at the end.
        endpoint_url: where the API answers, e.g. ``http://127.0.0.1:5000``; set before any part is installed.
        images: absolute path of the YAML file that maps container images to folders on this machine.
        postgres: absolute folder of another PostgreSQL server; None: the wheel's.
        settings: switches that tests turn meanwhile.
        credentials: whose requests are answered.
        stopping: set when everything must end; background threads wait on it instead of sleeping.
    """

    timing: Timing
    state_dir: Path
    scratch_dir: Path
    endpoint_url: str
    images: Path
    postgres: Path | None = None
    settings: Settings = field(default_factory=Settings)
    credentials: Credentials = field(default_factory=Credentials)
    stopping: threading.Event = field(default_factory=threading.Event)
