"""What a module says of its options is what its operation takes."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.climate.ingest.plugins.module_utils.perform import PATIENCE_SPEC
from tools.supported_versions import PYTHONS

PLUGINS = Path(__file__).parents[4] / "plugins"
COLLECTION = "ansible_collections.climate.ingest.plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
RELEASES = {yaml.safe_load((PLUGINS.parent / "galaxy.yml").read_text())["version"]} | set(
    yaml.safe_load((PLUGINS.parent / "changelogs" / "changelog.yaml").read_text())["releases"]
)
KEYS = ("type", "elements", "required", "choices", "default", "aliases")


def documented(name: str) -> dict[str, Any]:
    """Give the documented options of a module, those of its own fragments included."""
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    documentation = yaml.safe_load(module.DOCUMENTATION)
    options = dict(documentation.get("options", {}))
    for fragment in documentation["extends_documentation_fragment"]:
        if fragment.startswith("climate.ingest."):
            _, _, file, *section = fragment.split(".")  # climate.ingest.FILE or climate.ingest.FILE.SECTION
            source = importlib.import_module(f"{COLLECTION}.doc_fragments.{file}")
            text = getattr(source.ModuleDocFragment, section[0].upper() if section else "DOCUMENTATION")
            inherited = yaml.safe_load(text).get("options", {})
            options = {**inherited, **options}
    return options


def facts(option: dict[str, Any], nested: str) -> dict[str, Any]:
    """Keep what argument spec and documentation have in common."""
    kept = {key: option[key] for key in KEYS if option.get(key) not in (None, False, [])}
    if option.get("default") in (False, []):
        kept["default"] = option["default"]
    if option.get(nested):
        kept["suboptions"] = {name: facts(inner, nested) for name, inner in option[nested].items()}
    return {"type": "str", **kept}


@pytest.mark.parametrize("name", MODULES)
def test_documentation_and_argument_spec_agree(name: str) -> None:
    operation = importlib.import_module(f"{COLLECTION}.modules.{name}").OPERATION
    spec = {option: facts(entry, "options") for option, entry in (PATIENCE_SPEC | operation.argument_spec).items()}
    assert {option: facts(entry, "suboptions") for option, entry in documented(name).items()} == spec


@pytest.mark.parametrize("name", MODULES)
def test_documentation_is_complete(name: str) -> None:
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    documentation = yaml.safe_load(module.DOCUMENTATION)
    assert documentation["module"] == name
    assert documentation["version_added"] in RELEASES
    assert {"check_mode", "diff_mode"} <= documentation["attributes"].keys()
    assert {"amazon.aws.common.modules", "amazon.aws.region.modules", "climate.ingest.requirements"} <= set(
        documentation["extends_documentation_fragment"]
    )
    assert all(entry["description"] for entry in documented(name).values())
    returned = yaml.safe_load(module.RETURN)
    assert all({"description", "returned", "type"} <= entry.keys() for entry in returned.values())


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_documented_options(name: str) -> None:
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    examples = yaml.safe_load(module.EXAMPLES)
    ours = [task[f"climate.ingest.{name}"] for task in examples if f"climate.ingest.{name}" in task]
    assert ours
    options = documented(name)
    required = {option for option, entry in options.items() if entry.get("required")}
    for example in ours:
        assert example.keys() <= options.keys()
        assert required <= example.keys()


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_an_action_of_the_same_operation(name: str) -> None:
    action = importlib.import_module(f"{COLLECTION}.action.{name}").ActionModule
    assert action.operation is importlib.import_module(f"{COLLECTION}.modules.{name}").OPERATION


@pytest.mark.parametrize("name", MODULES)
def test_module_defaults_reach_it_through_the_group(name: str) -> None:
    runtime = yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text())
    assert name in runtime["action_groups"]["ingest"]


def test_the_requirements_of_the_modules_are_those_of_the_collection() -> None:
    """What pip installs and what is documented stand in two files."""
    fragment = importlib.import_module(f"{COLLECTION}.doc_fragments.requirements").ModuleDocFragment
    python, *libraries = yaml.safe_load(fragment.DOCUMENTATION)["requirements"]
    lines = (PLUGINS.parent / "requirements.txt").read_text().splitlines()
    assert {library.replace(" ", "") for library in libraries} == {line for line in lines if line.startswith("boto")}
    assert python.removeprefix("python >= ") == PYTHONS[0]
