# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The user data of an ECS container instance: which cluster it joins, and draining on a spot interruption.

User data is a shell script, cloud-config, several of them in a MIME archive (cloud-init), or TOML (Bottlerocket). What
it does cannot be computed here in general, so only what stands in it is trusted.
"""

from __future__ import annotations

import base64
import binascii
import email
import gzip
import hashlib
import re
from collections.abc import Iterator

DRAINING = "ECS_ENABLE_SPOT_INSTANCE_DRAINING"
MAX_BYTES = 16 * 1024  # before base64, EC2's limit
CONFIG = "/etc/ecs/ecs.config"
COMPUTED = "$"  # a cluster whose name the user data computes or fetches

_SETTING = re.compile(r"""(?P<before>.*?)\bECS_CLUSTER\s*=\s*(?P<value>"[^"]*"|'[^']*'|[\w${}()-]*)(?P<after>.*)""")
_BOTTLEROCKET = re.compile(r"""(?P<indent>\s*)cluster\s*=\s*["'](?P<value>[^"']*)["']""")
_DRIVERS = re.compile(r"""(?:\bECS_AVAILABLE_LOGGING_DRIVERS|^\s*logging-drivers)\s*=(.*)""")
_BOTTLEROCKET_TABLE = "[settings.ecs]"
_TO_CONFIG = re.compile(r"""(["']?\s*)>{1,2}(\s*/etc/ecs/ecs\.config[\s;]*)""")
_ECHO = re.compile(r"""\s*(-\s+)?(sudo\s+)?echo\s+["']?""")
_SCRIPT = re.compile(r"#!.*\b(ba|da|z)?sh\b")
_CLOUD_CONFIG = "#cloud-config"
_HERE_DOCUMENT = re.compile(r"<<-?\s*[\"']?(\w+)")
# the agent reads its configuration when it starts; cloud-init's own order starts it after all scripts
_STARTS_AGENT = re.compile(r"^[^#\n]*\b(re)?start\b[^#\n]*\becs\b", re.MULTILINE)
_ENCODED = re.compile(r"""\bcontent:\s*(?:!!binary\s*)?[|>]?-?\s*["']?([A-Za-z0-9+/=\s]+?)["']?\s*(?:\n\s*\w+:|\Z)""")
_ENCODING = re.compile(r"""\bencoding:\s*["']?(gz\w*\+)?b(ase)?64|!!binary""")
_BOUNDARY = "==climate.ingest=="
_PART = f'Content-Type: text/x-shellscript; charset="utf-8"\n\n#!/bin/sh\necho {DRAINING}=true >> {CONFIG}\n'


def decode(encoded: str) -> str:
    """Read base64 user data, gzip included (cloud-init takes both), as text."""
    return _text(base64.b64decode(encoded))


def _text(raw: bytes) -> str:
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


def is_bottlerocket(text: str) -> bool:
    """Say whether it is the TOML that Bottlerocket takes."""
    return bool(re.search(r"^\s*\[settings\b", text, re.MULTILINE))


def cluster_named(text: str, expected: str) -> str | None:
    """Give the cluster an instance with this user data joins.

    Returns:
        None: the text names none; it may fetch a configuration, the AMI may have one, or the agent takes ``default``.
        COMPUTED: the name is not in the text. A value from a shell variable counts as ``expected`` where the text
        contains that name.
    """
    found = None
    for line in _active(text):
        match = _SETTING.match(line) or (_BOTTLEROCKET.match(line) if _BOTTLEROCKET_TABLE in text else None)
        if match:
            found = match["value"].strip("\"'") or found
    if found and "$" in found:
        return expected if re.search(rf"(?<![\w-]){re.escape(expected)}(?![\w-])", text) else COMPUTED
    return found


def lacks_logging_driver(text: str, driver: str) -> bool:
    """Say whether the user data sets the log drivers the agent may use, and this one is not among them.

    Without the setting an ECS-optimized AMI has it (ECS Developer Guide, ECS_AVAILABLE_LOGGING_DRIVERS).
    """
    found = [match[1] for line in _active(text) if (match := _DRIVERS.search(line))]
    return bool(found) and driver not in found[-1] and "$" not in found[-1]


def _active(text: str) -> list[str]:
    """List the lines of all parts that are not comments, decoded."""
    lines = [line for part in _parts(text) for line in part.splitlines()]
    return [line for line in lines if not line.lstrip().startswith("#")]


def _parts(text: str) -> Iterator[str]:
    """Give the texts within user data: the parts of a MIME archive, and files that cloud-config holds encoded."""
    if not _is_archive(text):
        yield text
        yield from _encoded_files(text)
        return
    for part in email.message_from_string(text).walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            decoded = _text(payload)
            yield decoded
            yield from _encoded_files(decoded)


def _encoded_files(text: str) -> Iterator[str]:
    """Give the decoded contents of ``write_files`` entries (cloud-init, module Write Files)."""
    if not text.startswith(_CLOUD_CONFIG):
        return
    for entry in re.split(r"^\s*-\s", text, flags=re.MULTILINE):
        content = _ENCODED.search(entry)
        if content and _ENCODING.search(entry):
            try:
                yield _text(base64.b64decode(content[1], validate=False))
            except (binascii.Error, OSError):
                continue


def _is_archive(text: str) -> bool:
    return bool(re.match(r"(Content-Type:\s*multipart/|MIME-Version:)", text, re.IGNORECASE))


def with_draining(text: str) -> str | None:
    """Turn on draining when EC2 announces an interruption; None when this cannot be done for sure.

    The line goes where the cluster's name goes, so that what writes the one writes the other: into a here-document
    or ``write_files`` content, or as an ``echo`` behind the ``echo``. Anything else of cloud-init's gets a script of
    its own that runs after it, unless it starts the agent itself.
    """
    settings = [line for line in _active(text) if DRAINING in line or "enable-spot-instance-draining" in line]
    if settings:
        return text if "true" in settings[-1].lower() else None
    beside = _beside_the_cluster(text)
    if beside is not None:
        return beside
    if any(_STARTS_AGENT.search(part) for part in _parts(text)):
        return None
    return _with_another_part(text)


def _beside_the_cluster(text: str) -> str | None:
    lines = text.splitlines(keepends=True)
    written = set(_lines_written(lines)) if _SCRIPT.match(text) else set(range(len(lines)))
    for number, line in enumerate(lines):
        bare = line.rstrip("\r\n")
        added = None if line.lstrip().startswith("#") else _line_beside(bare, number in written, text)
        if added is not None:
            lines[number] = bare + "\n"
            return "".join([*lines[: number + 1], added + "\n", *lines[number + 1 :]])
    return None


def _lines_written(lines: list[str]) -> Iterator[int]:
    """Give the numbers of a script's lines that a here-document writes into the agent's configuration."""
    end, to_config = None, False
    for number, line in enumerate(lines):
        if end is not None:
            if line.strip() == end:
                end = None
            elif to_config:
                yield number
        elif not line.lstrip().startswith("#") and (match := _HERE_DOCUMENT.search(line)):
            end, to_config = match[1], CONFIG in line


def _line_beside(line: str, is_content: bool, text: str) -> str | None:
    match = _BOTTLEROCKET.match(line) if _BOTTLEROCKET_TABLE in text else None
    if match:
        return f"{match['indent']}enable-spot-instance-draining = true"
    match = _SETTING.match(line)
    if not match:
        return None
    before, after = match["before"], match["after"]
    if is_content and not before.strip() and not after.strip():
        return f"{before}{DRAINING}=true"
    written = _TO_CONFIG.fullmatch(after)
    if _ECHO.fullmatch(before) and written:  # beside a ">", which would have emptied the file
        return f"{before}{DRAINING}=true{written[1]}>>{written[2]}"
    return None


def _with_another_part(text: str) -> str | None:
    """Add a script that runs after what is there (cloud-init, "MIME multi-part archive")."""
    if _is_archive(text):
        boundary = email.message_from_string(text).get_boundary()
        body, end, rest = text.rpartition(f"--{boundary}--")
        return f"{body}--{boundary}\n{_PART}\n--{boundary}--{rest}" if boundary and end else None
    kind = "x-shellscript" if _SCRIPT.match(text) else "cloud-config" if text.startswith(_CLOUD_CONFIG) else None
    if kind is None:
        return None
    head = f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"\nMIME-Version: 1.0\n\n--{_BOUNDARY}\n'
    first = f'Content-Type: text/{kind}; charset="utf-8"\n\n{text.rstrip()}\n'
    return f"{head}{first}\n--{_BOUNDARY}\n{_PART}\n--{_BOUNDARY}--\n"
