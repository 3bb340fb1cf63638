"""What the parts of the sandbox share while it is up."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.timing import Timing

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
IMAGES = Path(__file__).with_name("images.yml")


@dataclass
class Runtime:
    """One sandbox, from ``up`` to ``down``.

    Attributes:
        timing: the delays in force.
        state_dir: absolute folder of pid, log and endpoint files (default ``.sandbox``).
        scratch_dir: absolute temporary folder other users can read; deleted at the end (PostgreSQL's data, volumes).
        endpoint_url: where the API answers, e.g. ``http://127.0.0.1:5000``; set before any part is installed.
        images: absolute path of the YAML file that maps container images to folders on this machine.
        settings: switches that tests turn while it runs through ``PUT /_sandbox/settings``:
            ``launch_configurations`` (bool, False: refuse CreateLaunchConfiguration as new accounts do),
            ``spot_capacity`` (int or None: how many spot instances EC2 will ever give), ``denied`` (IAM actions an
            operator may not do), ``credentials`` (``expired``, ``unknown`` or None: what is wrong with an operator's).
        stopping: set when everything must end; background threads wait on it instead of sleeping.
    """

    timing: Timing
    state_dir: Path
    scratch_dir: Path
    endpoint_url: str
    images: Path
    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "launch_configurations": True,
            "spot_capacity": None,
            "denied": [],
            "credentials": None,
        }
    )
    stopping: threading.Event = field(default_factory=threading.Event)
