# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an operation is: plain values and boto3 clients in, a plain result out.

A module under ``plugins/modules`` and the action plugin are two faces of the same :class:`Operation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .context import Context
from .result import Result


@dataclass(frozen=True)
class Operation:
    """An operation with the parameters it takes.

    Attributes:
        run: does the work; gets the context and the validated parameters.
        argument_spec: Ansible's argument spec of those parameters (without the AWS connection options).
        constraints: ``required_if``, ``mutually_exclusive``, ``required_one_of``, ... as Ansible takes them.
        recorded: whether it may be a step of a run: it takes the options of ``steps.STEP_SPEC``, and needs the lock of
            its environment.
        once: whether such a step is done once in a run; others are brought to the desired state each time.
        cleans_up: whether it runs even when the controller was asked to stop.
        guarded: whether the lock is checked right before it, however recently it was: it removes things, or must not be
            done twice.
        services: whose clients it uses; their models are then read once a run instead of once a task.
    """

    run: Callable[[Context, Mapping[str, Any]], Result]
    argument_spec: dict[str, Any]
    constraints: dict[str, Any] = field(default_factory=dict)
    recorded: bool = False
    once: bool = False
    cleans_up: bool = False
    guarded: bool = False
    services: Sequence[str] = ()
