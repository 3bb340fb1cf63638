# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The window a playbook runs in: how wide it is, and text in lines that fit it."""

from __future__ import annotations

import mmap
import os
import re
import shlex
import shutil
import struct
from collections.abc import Iterator, Sequence

from ansible_collections.climate.ingest.plugins.module_utils.core import text as words

WIDTH = struct.Struct("<I")
_WIDTH = mmap.mmap(-1, WIDTH.size)  # in columns, for the tasks, which are forked later and have no terminal
UNBROKEN = 1_000_000  # columns of a file or pipe: what reads its lines looks for whole ones
LEAST = 40  # columns: a narrower window wraps by itself
COMMAND = re.compile(r"\S*ansible-playbook \S")
COPIED = re.compile(r"\bansible-playbook \S|\baws [a-z0-9-]+ [a-z0-9-]+ --")


def measure(*_signal: object) -> None:
    """Note how wide the window is; also as a handler of SIGWINCH, in the main process."""
    # a COLUMNS that is inherited says nothing of a file
    WIDTH.pack_into(_WIDTH, 0, shutil.get_terminal_size().columns if os.isatty(1) else 0)


def columns(unknown: int = 80) -> int:
    """Give the width of the window as it was last noted, in columns.

    Args:
        unknown: where there is no window, as in a file or pipe.
    """
    width: int = WIDTH.unpack_from(_WIDTH)[0]
    return width or unknown


def fitted(text: str, width: int) -> list[str]:
    """Break lines between words so that they fit; a longer word stays whole, as it may be copied.

    What follows in the same paragraph is indented. A command is continued as a shell reads it.

    Args:
        width: of the window, in columns.
    """
    width = max(width, LEAST)
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        indent = " " * (len(line) - len(line.lstrip()))
        more = indent + "  "
        if words.columns(line) <= width:
            lines.append(line)
        elif number and COMMAND.match(line.strip()):
            lines += _filled(_options(line), indent, more + "  ", width, " \\")
        else:
            lines += _filled(line.split(), indent, more, width)
    return lines


def sentence(text: str, width: int) -> list[str]:
    """Break one line as :func:`fitted` does, but not where it holds a command: what the window wraps can be copied."""
    return [text] if COPIED.search(text) else fitted(text, width)


def _options(command: str) -> list[str]:
    """Split a command into words, an option and its value in one."""
    try:
        parts = [shlex.quote(word) for word in shlex.split(command)]
    except ValueError:  # no command after all
        return command.split()
    kept: list[str] = []
    for part in parts:
        if kept and kept[-1].startswith("-") and " " not in kept[-1] and not part.startswith("-"):
            kept[-1] += f" {part}"
        else:
            kept.append(part)
    return kept


def _filled(parts: Sequence[str], first: str, more: str, width: int, end: str = "") -> Iterator[str]:
    """Fill lines with words.

    Args:
        first, more: indentation of the first line and of the others.
        end: of all lines but the last.
    """
    line = first + parts[0]
    for part in parts[1:]:
        if words.columns(f"{line} {part}{end}") <= width:
            line += f" {part}"
        else:
            yield line + end
            line = more + part
    yield line


measure()
