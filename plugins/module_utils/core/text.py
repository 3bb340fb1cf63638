# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Times, durations, money, numbers and labelled rows of a run as a person reads them; and what may be shown at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

UNKNOWN = "unknown"
COLUMNS, LABEL = 80, 11  # characters

# of a terminal (ECMA-48): strings up to their end in the same line, then sequences with parameters, then single ones
_ESCAPES = re.compile(
    r"(?:\x1b[P\]X^_]|[\x90\x9d\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]"
)
# Controls but for tabs and newlines, separators of lines, and what shows nothing and changes how other text is read:
# marks of direction (U+061C, U+200E, U+202A, U+2066 ...), fillers, tags (Unicode, Cc, Cf, Zl and Zp)
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
_JOINERS = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
_SURROGATES = re.compile("[\ud800-\udfff]")  # half a character: no file and no service takes it
_ANY = re.compile("[^\\t\\n -~]")


def printable(text: str) -> str:
    """Remove what is not text to a terminal or a browser: escapes, controls, marks that reorder or hide other text.

    Tabs and newlines stay, and so does all writing. Joiners stay between characters that may need them, as in Persian
    and in emoji.
    """
    if not _ANY.search(text):
        return text
    text = _SURROGATES.sub("\ufffd", _UNPRINTABLE.sub("", _ESCAPES.sub("", text)))
    return _JOINERS.sub("", text)


def all_printable(document: Any) -> Any:
    """Make every text of a document (of JSON's types) printable, the names of its fields, too."""
    if isinstance(document, str):
        return printable(document)
    if isinstance(document, dict):
        return {all_printable(name): all_printable(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [all_printable(value) for value in document]
    return document


def clipped(text: str, size: int) -> str:
    """Cut a text so that it takes at most so many bytes in UTF-8; one that was cut ends in three dots."""
    encoded = text.encode(errors="replace")
    return text if len(encoded) <= size else encoded[: max(0, size - 3)].decode(errors="ignore") + "..."


def moment(value: str) -> datetime:
    """Read a time of the facts."""
    return datetime.fromisoformat(value)


def epoch(value: str) -> int:
    """Give a time of the facts in milliseconds, as JavaScript counts."""
    return round(moment(value).timestamp() * 1000)


def iso(time: int) -> str:
    """Write milliseconds since 1970 as the facts write a time."""
    return datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="seconds")


def at(value: str | datetime | None) -> str:
    """Write a time: ``2026-11-24 19:00 UTC``, the same everywhere and on every machine."""
    return f"{_utc(value):%Y-%m-%d %H:%M} UTC" if value else UNKNOWN


def clock(value: str | datetime | None) -> str:
    """Write a time below a heading that says UTC, to the second: ``2026-11-24 19:00:05``."""
    return f"{_utc(value):%Y-%m-%d %H:%M:%S}" if value else UNKNOWN


def _utc(value: str | datetime) -> datetime:
    return (moment(value) if isinstance(value, str) else value).astimezone(UTC)


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
    """Write a range of amounts, ``9.80 to 13.40``; as one where both read the same, or neither is a cent."""
    if 0 <= low < high < 0.01:
        return f"up to {amount(high)}"
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


def together(*names: object) -> str:
    """Write names beside each other, as far as they are known: ``LOCA RCP85 CCSM4 2031``."""
    return " ".join(str(each) for each in names if each)


def listed(parts: Sequence[str]) -> str:
    """Write ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else ""


def alternatives(names: Sequence[str], shown: int = 4) -> str:
    """Join a few names, and count the rest: ``a, b, c, d or 3 more``; empty without any."""
    parts = [*names[:shown], *([f"{len(names) - shown} more"] if len(names) > shown else [])]
    return " or ".join([*([", ".join(parts[:-1])] if parts[1:] else []), *parts[-1:]])


def columns(text: str) -> int:
    """Count the columns of a terminal that a text takes: Chinese characters and emoji take two, accents none.

    As terminals do, by Unicode's East Asian Width (UAX 11).
    """
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def padded(text: str, width: int) -> str:
    """Fill a text up with blanks to so many columns."""
    return text + " " * (width - columns(text))


def head_of(text: str, width: int) -> str:
    """Give as much of a text as fits into so many columns."""
    if text.isascii():
        return text[:width]
    end, taken = 0, 0
    while end < len(text) and taken + _columns_of(text[end]) <= width:
        taken += _columns_of(text[end])
        end += 1
    return text[:end]


def row(label: str, text: str, width: int = LABEL) -> list[str]:
    """Write a row of a screen: its label, and the text beside it in as many lines as it takes.

    Args:
        width: columns of the labels.
    """
    indent = " " * (width + 2)
    if columns(label) >= width:
        return [f"  {label}", *(f"{indent}{line}" for line in _wrapped(text, COLUMNS - width - 2))]
    label = padded(f"  {label}", width + 1) + " "
    return [f"{indent if number else label}{line}" for number, line in enumerate(_wrapped(text, COLUMNS - width - 2))]


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text at blanks into lines of at most so many columns; a longer word where its parts meet."""
    lines: list[str] = []
    line = ""
    for blank, word in re.findall(r"(\s*)(\S+)", text):
        blank = " " * len(blank)
        if (line or not lines) and columns(line + blank + word) <= width:
            line += blank + word
            continue
        lines += [line] if line else []
        while columns(word) > width:
            start = _start_of(word, width)
            lines.append(start)
            word = word[len(start) :]
        line = word
    return [*lines, line] if line else lines


def _start_of(word: str, width: int) -> str:
    """Give what fits of a long word: up to the last mark between its parts, as in a path or an ARN, if it has any."""
    start = head_of(word, width)
    found = re.match(r".*[/:,;?&=]", start)
    return found[0] if found and 2 * len(found[0]) > len(start) else start
