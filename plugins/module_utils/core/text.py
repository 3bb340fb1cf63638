# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Times, durations, money, numbers and labelled rows of a run as a person reads them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime

UNKNOWN = "unknown"
COLUMNS, LABEL = 80, 11  # characters


def moment(value: str) -> datetime:
    """Read a time of the facts."""
    return datetime.fromisoformat(value)


def epoch(value: str) -> int:
    """Give a time of the facts in milliseconds, as JavaScript counts."""
    return round(moment(value).timestamp() * 1000)


def iso(time: int) -> str:
    """Write milliseconds since 1970 as the facts write a time."""
    return datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="seconds")


def at(value: str | None) -> str:
    """Write a time: ``24 Nov 2026, 19:00 UTC``."""
    return f"{moment(value):%-d %b %Y, %H:%M} UTC" if value else UNKNOWN


def clock(value: str | None) -> str:
    """Write a time within a run, to the second: ``24 Nov 19:00:05``."""
    return f"{moment(value):%-d %b %H:%M:%S}" if value else UNKNOWN


def seconds(began: str, ended: str) -> float:
    """Give the seconds between two times of the facts."""
    return (moment(ended) - moment(began)).total_seconds()


def duration(length: float) -> str:
    """Write seconds, rounded to two units: ``8s``, ``4m 10s``, ``2h 05m``, ``3d 04h``."""
    seconds = max(0, round(length))
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return f"{minutes // 60}h {minutes % 60:02}m"
    hours = round(seconds / 3600)
    return f"{hours // 24}d {hours % 24:02}h"


def amount(usd: float) -> str:
    """Write an amount of US dollars without the unit; less than a cent with four digits."""
    return f"{usd:,.4f}" if 0 < usd < 0.01 else f"{usd:,.2f}"


def amounts(low: float, high: float) -> str:
    """Write a range of amounts, ``9.80 to 13.40``; as one where both read the same."""
    return " to ".join(dict.fromkeys([amount(low), amount(high)]))


def money(usd: float | None) -> str:
    """Write US dollars: ``11.33 USD``."""
    return UNKNOWN if usd is None else f"{amount(usd)} USD"


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with at most so many digits after the point."""
    if value is None:
        return UNKNOWN
    written = f"{value:,.{digits}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def count(number: int, one: str, many: str = "") -> str:
    """Write how many there are of a thing: ``1 job``, ``1,995 jobs``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """Write ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else ""


def row(label: str, text: str) -> list[str]:
    """Write a row of a screen: its label, and the text beside it in as many lines as it takes."""
    indent = " " * (LABEL + 2)
    return textwrap.wrap(
        text, COLUMNS, initial_indent=f"  {label:<{LABEL}}", subsequent_indent=indent, break_on_hyphens=False
    )
