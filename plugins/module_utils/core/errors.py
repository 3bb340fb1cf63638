# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one exception family operations raise; each message is one a person can act on."""

from __future__ import annotations

from typing import Any


class IngestError(Exception):
    """An operation could not do its work.

    Args:
        message: what happened, with the variable or resource, its value and the remedy.
        details: facts a playbook may want beside the message (returned with the failure).
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidInput(IngestError):
    """A value that no account could take; found before anything is called."""


class NotFound(IngestError):
    """Something the operation needs does not exist in the account."""


class Refused(IngestError):
    """It would be unsafe to continue in the present state of the account, or AWS refused."""


class Foreign(Refused):
    """A resource has our name and not our tags: it is left alone."""


class Leftover(IngestError):
    """Something a run made could not be removed."""


class TaskFailed(IngestError):
    """An ECS task did not do its work: it failed to start, was killed, was lost, or ended non-zero."""


class DeadlineExceeded(IngestError):
    """What was waited for did not happen in time."""


class Unreadable(IngestError):
    """What would decide could not be read; nothing follows from that."""


class Incomplete(IngestError):
    """The application does not have everything that was requested."""


class Unreachable(IngestError):
    """AWS could not be reached, or did not answer usefully, for longer than patience allows."""


class Interrupted(IngestError):
    """The controller was asked to stop, or has ended."""


class RunFailed(IngestError):
    """A step of a run failed; the message has everything that is known of it."""
