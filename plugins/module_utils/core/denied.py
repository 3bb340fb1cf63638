# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a missing permission keeps from being read or done, and how that is said."""

from __future__ import annotations

import re

from .aws import ClientError, error_code, error_text, explain

DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
# "User: ... is not authorized to perform: logs:GetLogEvents on resource: ..."; services wrote less before 2021
ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:\w+)")
# a HEAD of S3 is answered without a text, and needs another permission than its name says (S3 API reference)
OTHER_NAMES = {"HeadObject": "s3:GetObject", "HeadBucket": "s3:ListBucket"}


def is_denied(error: Exception) -> bool:
    """Say whether a permission is missing."""
    return error_code(error) in DENIED or "not authorized to perform" in error_text(error)


def denied_action(error: Exception) -> str:
    """Give the action that is missing, as AWS names it (``logs:GetLogEvents``); else the operation called."""
    operation = str(getattr(error, "operation_name", "a call"))
    found = ACTION.search(error_text(error))
    return found[1] if found else OTHER_NAMES.get(operation, operation)


def why_unread(error: Exception) -> str:
    """Say why something could not be read, as the end of a sentence: ``logs:GetLogEvents is denied``."""
    if is_denied(error):
        return f"{denied_action(error)} is denied"
    if isinstance(error, ClientError):
        return f"AWS refused {error.operation_name}: {error_code(error)}"
    return explain(error).message
