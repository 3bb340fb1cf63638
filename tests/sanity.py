"""Run ``ansible-test sanity`` on a copy of the checkout at the path it insists on.

ansible-test bootstraps pip in its virtual environments with a script it downloads from a host of its own. The
interpreter brings pip along (``ensurepip``), so a script that uses that is put where the download would be cached.
Its home is ``.cache/ansible-test``: environments made once are used again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".cache" / "ansible-test"
BOOTSTRAP = """import ensurepip
ensurepip.bootstrap()
"""
# `make lint` covers these; each would install a virtual environment of its own
SKIPPED = ("changelog", "pep8", "yamllint")
LEFT_OUT = {".cache", ".sandbox", ".venv"}


def copy_checkout(target: Path) -> None:
    """Copy what git tracks or would track, without what the collection does not ship."""
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    for name in filter(None, names):
        source = ROOT / name
        if source.is_file() and Path(name).parts[0] not in {"sandbox", "tests", "tools", *LEFT_OUT}:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def link_dependencies(collections: Path) -> None:
    """Put the collections ours depends on beside it."""
    for name in ("amazon", "community"):
        (collections / name).symlink_to(Path(sysconfig.get_path("purelib")) / "ansible_collections" / name)


def seed_bootstrap(python: str) -> None:
    """Put the pip bootstrap script where ansible-test would cache its download."""
    from ansible_test._internal.python_requirements import get_venv_packages

    version = get_venv_packages(SimpleNamespace(version=python))["pip"]
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(BOOTSTRAP)


def main(arguments: list[str]) -> int:
    """Run the sanity tests; further arguments go to ansible-test."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    seed_bootstrap(python)
    environment = {
        **os.environ,
        "HOME": str(HOME),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with tempfile.TemporaryDirectory() as folder:
        # outside of any git checkout: ansible-test skips, with success, what git ignores
        target = Path(folder) / "ansible_collections" / "climate" / "ingest"
        target.mkdir(parents=True)
        link_dependencies(Path(folder) / "ansible_collections")
        copy_checkout(target)
        command = ["ansible-test", "sanity", "--python", python, "--color", "no"]
        command += [word for name in SKIPPED for word in ("--skip-test", name)]
        command += arguments
        run = subprocess.run(command, cwd=target, env=environment, stdin=subprocess.DEVNULL, check=False)
    return run.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
