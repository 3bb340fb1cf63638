"""Write roles/*/README.md from the roles' argument specs and defaults: ``python -m tools.role_readmes``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.climate.ingest.plugins.module_utils.preflight.inputs import RANGES

ROLES = Path(__file__).resolve().parents[1] / "roles"
SHARED = "common"
LONGEST_DEFAULT = 60  # characters


def render(role: str) -> str:
    """Write the README of a role: title, purpose, an example, and its variables, a table for each entry point."""
    first, *others = _read(role, "meta/argument_specs.yml")["argument_specs"].values()
    parts = [f"# {first['short_description']}", f"Role `climate.ingest.{role}`.", *map(_markdown, first["description"])]
    parts += ["## Example", f"```yaml\n{first['examples']}```", "## Variables"]
    defaults = _read(role, "defaults/main.yml")
    parts += _table(first["options"], defaults)
    for spec in others:
        parts += [
            f"### {spec['short_description']}",
            *map(_markdown, spec["description"]),
            *_table(spec["options"], defaults),
        ]
    if role != SHARED:
        none = "" if first["options"] else "The role has none of its own. "
        parts.append(f"{none}All roles share the variables of [`climate.ingest.{SHARED}`](../{SHARED}/README.md).")
    return "\n\n".join(parts) + "\n"


def _table(options: Mapping[str, Any], defaults: Mapping[str, Any]) -> list[str]:
    rows = list(_rows(options, defaults))
    return ["\n".join(["| variable | type | default | meaning |", "|---|---|---|---|", *rows])] if rows else []


def _read(role: str, path: str) -> dict[str, Any]:
    file = ROLES / role / path
    return yaml.safe_load(file.read_text()) if file.exists() else {}


def _rows(options: Mapping[str, Any], defaults: Mapping[str, Any], parent: str = "") -> Iterator[str]:
    for name, spec in options.items():
        cells = [f"`{parent}{name}`", _type(spec), _default(name, spec, defaults), _meaning(name, spec)]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        yield from _rows(spec.get("options", {}), {}, f"{parent}{name}.")


def _type(spec: Mapping[str, Any]) -> str:
    if spec["type"] == "raw":  # a command
        return "str or list"
    return spec["type"] + (f" of {spec['elements']}" if "elements" in spec else "")


def _default(name: str, spec: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    if name not in defaults:
        return "required" if spec.get("required") else ""
    value = defaults[name]
    text = value if isinstance(value, str) and value else json.dumps(value)
    return f"`{text}`" if len(text) <= LONGEST_DEFAULT else "[long](defaults/main.yml)"


def _meaning(name: str, spec: Mapping[str, Any]) -> str:
    sentences = [_markdown(spec["description"])]
    if name in RANGES:
        least, most = RANGES[name].least, RANGES[name].most
        sentences.append(f"From {least} to {most}." if most else f"At least {least}.")
    elif "choices" in spec:
        sentences.append(f"One of {', '.join(f'`{each}`' if each else 'empty' for each in spec['choices'])}.")
    return " ".join(sentences)


def _markdown(text: str) -> str:
    """Turn Ansible's markup into Markdown's."""
    return re.sub(r"\b[CMOV]\(([^)]*)\)", r"`\1`", text)


def main() -> None:
    """Write the READMEs of all roles."""
    for path in sorted(ROLES.iterdir()):
        (path / "README.md").write_text(render(path.name))


if __name__ == "__main__":
    main()
