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
# what the example of a role sets
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "common": {"ingest_environment": "staging", "ingest_cluster": "ecsStagingCluster"},
    "create_jobs": {"ingest_models": "CCSM4,MIROC5", "ingest_years": "2006-2030"},
    "database": {"ingest_database_class": "db.m5.2xlarge", "ingest_database_storage_gb": 500},
    "management_command": {"ingest_section": "Load scenarios", "ingest_command": "loaddata,scenarios"},
    "preflight": {"ingest_playbook": "future"},
    "prepare": {"ingest_memory_reservation": 4096},
    "processing_service": {"ingest_worker_count": 60},
    "spot_instances": {"ingest_instance_types": ["m4.2xlarge", "m5.2xlarge"], "ingest_instance_count": 10},
    "status": {"ingest_report_folder": "reports"},
    "teardown": {},
    "temporary_task_definition": {"ingest_worker_environment": {"DJANGO_LOG_LEVEL": "INFO"}},
    "verification": {"ingest_years": "2006-2030", "ingest_allow_failed_jobs": 5},
}


def render(role: str) -> str:
    """Write the README of a role: title, purpose, an example, and a table of its variables."""
    (spec,) = _read(role, "meta/argument_specs.yml")["argument_specs"].values()
    title = spec["short_description"]
    parts = [f"# {title}", f"Role `climate.ingest.{role}`.", *map(_markdown, spec["description"])]
    parts += ["## Example", f"```yaml\n{example(role)}```", "## Variables"]
    rows = list(_rows(spec["options"], _read(role, "defaults/main.yml")))
    if rows:
        parts.append("\n".join(["| variable | type | default | meaning |", "|---|---|---|---|", *rows]))
    if role != SHARED:
        none = "" if rows else "The role has none of its own. "
        parts.append(f"{none}All roles share the variables of [`climate.ingest.{SHARED}`](../{SHARED}/README.md).")
    return "\n\n".join(parts) + "\n"


def _read(role: str, path: str) -> dict[str, Any]:
    file = ROLES / role / path
    return yaml.safe_load(file.read_text()) if file.exists() else {}


def example(role: str) -> str:
    """Write the play of the example of a role, in YAML."""
    (spec,) = _read(role, "meta/argument_specs.yml")["argument_specs"].values()
    play: dict[str, Any] = {
        "name": spec["short_description"],
        "hosts": "all",
        "gather_facts": False,
        "module_defaults": {"group/climate.ingest.ingest": "{{ ingest_connection }}"},
    }
    if EXAMPLES[role]:
        play["vars"] = EXAMPLES[role]
    play["roles"] = [f"climate.ingest.{name}" for name in dict.fromkeys([SHARED, role])]
    return yaml.safe_dump([_plain(play)], sort_keys=False)


def _plain(value: Any) -> Any:
    """Copy, as YAML would write an object that stands twice as an alias."""
    return json.loads(json.dumps(value))


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
