"""The members of a request in the query protocol, nested as its model has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# between a list's name and its numbers: the query protocol's own word, and RDS's for its tags
_ITEMS = {"member", "Tag"}


def nested(form: Mapping[str, Any]) -> dict[str, Any]:
    """Read ``Tags.member.1.Key=a`` as ``{"Tags": [{"Key": "a"}]}``; what has no dots stays as it is."""
    found: dict[str, Any] = {}
    for name, value in form.items():
        *path, last = name.split(".")
        place = found
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                break
        else:
            place[last] = value
    return {name: _lists(value) for name, value in found.items()}


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (items := _ITEMS & set(value)) and isinstance(value[next(iter(items))], dict):
        inner = value[next(iter(items))]
        if _is_list(inner):
            return _lists(inner)
    if _is_list(value):
        return [_lists(value[number]) for number in sorted(value, key=int)]
    return {name: _lists(each) for name, each in value.items()}


def _is_list(value: Mapping[str, Any]) -> bool:
    return bool(value) and all(name.isdigit() for name in value)
