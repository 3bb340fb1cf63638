"""Puts our parts in the place of moto's, and moto's back when a sandbox ends: they are global to the process."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

_ABSENT = object()
_replaced: list[tuple[Any, str, Any]] = []


def replace(owner: Any, name: str, value: Any) -> None:
    """Set an attribute of a class, module or object of moto's until ``restore``."""
    _replaced.append((owner, name, getattr(owner, name, _ABSENT)))
    setattr(owner, name, value)


def restore() -> None:
    """Undo every replacement, last first."""
    while _replaced:
        owner, name, value = _replaced.pop()
        if value is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, value)


def alone(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a backend's method run while no other that is wrapped so does; the backend has a ``lock``."""

    @wraps(method)
    def locked(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            return method(self, *args, **kwargs)

    return locked
