# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The user data of an ECS container instance: which cluster it joins, and draining on a spot interruption."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

DRAINING = "ECS_ENABLE_SPOT_INSTANCE_DRAINING"
MAX_BYTES = 16 * 1024  # before base64, EC2's limit

_SETTING = re.compile(r"""(?P<before>.*?)\bECS_CLUSTER\s*=\s*(?P<value>"[^"]*"|'[^']*'|[\w${}-]*)(?P<after>.*)""")
_BOTTLEROCKET = re.compile(r"""(?P<indent>\s*)cluster\s*=\s*["'](?P<value>[^"']*)["']""")
_TO_CONFIG = re.compile(r"(?<!>)>{1,2}(\s*/etc/ecs/ecs\.config)")


def decode(encoded: str) -> str:
    """Read base64 user data, gzip included (cloud-init takes both), as text."""
    raw = base64.b64decode(encoded)
    if raw.startswith(b"\x1f\x8b"):
        raw = gzip.decompress(raw)
    return raw.decode("utf-8", errors="surrogateescape")


def encode(text: str) -> str:
    """Write user data as base64; packed when it would be over EC2's limit otherwise."""
    raw = text.encode("utf-8", errors="surrogateescape")
    if len(raw) > MAX_BYTES:
        raw = gzip.compress(raw, mtime=0)
    return base64.b64encode(raw).decode("ascii")


def shown(encoded: str) -> dict[str, str | list[str]]:
    """Give what may be shown of user data: the lines that configure the ECS agent, and a digest that tells it apart.

    Anything else in it may be a secret, and so may be the agent's credentials for a registry.
    """
    text = decode(encoded)
    lines = [line.strip() for line in _active(text) if "ECS_" in line and "AUTH" not in line]
    return {"agent": lines, "sha256": hashlib.sha256(text.encode("utf-8", errors="surrogateescape")).hexdigest()[:12]}


def cluster_named(text: str, expected: str) -> str | None:
    """Give the cluster an instance with this user data joins; None when it names none (ECS then takes ``default``).

    A value from a shell variable cannot be computed here: it counts as ``expected`` when the text contains that name.
    """
    found = None
    for line in _active(text):
        match = _SETTING.match(line) or (_BOTTLEROCKET.match(line) if "[settings.ecs]" in text else None)
        if match:
            found = match["value"].strip("\"'")
    if found and "$" in found:
        return expected if re.search(rf"(?<![\w-]){re.escape(expected)}(?![\w-])", text) else found
    return found or None


def _active(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def with_draining(text: str) -> str | None:
    """Turn on draining when EC2 announces an interruption; None when this user data is not understood.

    The line goes where the cluster's name goes, so that what writes the one writes the other: into a here-document
    or ``write_files`` content, or as an ``echo`` behind the ``echo``. Another shell script gets an ``echo`` at its end.
    """
    if DRAINING in text or "enable-spot-instance-draining" in text:
        return text
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        added = None if line.lstrip().startswith("#") else _line_beside(line.rstrip("\r\n"), "[settings.ecs]" in text)
        if added is not None:
            lines[number] = line.rstrip("\r\n") + "\n"
            return "".join([*lines[: number + 1], added + "\n", *lines[number + 1 :]])
    if re.match(r"#!.*\b(ba|da|z)?sh\b", text):
        return f"{text.rstrip()}\necho {DRAINING}=true >> /etc/ecs/ecs.config\n"
    return None


def _line_beside(line: str, bottlerocket: bool) -> str | None:
    match = _BOTTLEROCKET.match(line) if bottlerocket else None
    if match:
        return f"{match['indent']}enable-spot-instance-draining = true"
    match = _SETTING.match(line)
    if not match:
        return None
    before, after = match["before"], match["after"]
    if not before.strip() and not after.strip():
        return f"{before}{DRAINING}=true"
    if re.fullmatch(r"""\s*(-\s+)?(sudo\s+)?echo\s+["']?""", before) and _TO_CONFIG.search(after):
        appended = _TO_CONFIG.sub(r">>\1", after)  # beside a ">", which would have emptied the file
        return f"{before}{DRAINING}=true{appended}"
    return None
