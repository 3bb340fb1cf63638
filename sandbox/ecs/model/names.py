"""ARNs, ids and times as ECS writes them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.runtime import ACCOUNT_ID, REGION


def now() -> datetime:
    """Give this moment, to the millisecond as ECS does."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def new_id() -> str:
    return uuid.uuid4().hex


def arn(kind: str, *path: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:{kind}/{'/'.join(path)}"


def without_none(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value is not None}
