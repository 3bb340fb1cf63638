"""Build the documentation site in build/docs/html: ``make docs``.

Sphinx gets the pages of docs/ and of the project, whose links are turned to the site's own pages or to the repository,
and what antsibull-docs writes of modules and roles.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import yaml

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "docs" / "docsite"
BUILD = ROOT / "build" / "docs"
# pages of docs/ for those who work on the collection
DEVELOPMENT = ("crash-sweep.md", "design.md", "fault-sweep.md", "soak.md")
PROJECT = ("CHANGELOG.rst", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md")
# the theme shows a table of contents beside each page, and an error where a page brings its own
CONTENTS = re.compile(r"^\.\. contents::.*\n(?: +:.*\n)*", re.MULTILINE)
# in the list of contents they have their names, not the titles of their pages
ROLES = "reference/*_role\n"
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")


def pages() -> dict[str, str]:
    """Give the place on the site of each page, both as paths from their roots, with what pages show or link to."""
    found = {}
    for path in sorted((ROOT / "docs").iterdir()):
        if path.is_file():
            found[f"docs/{path.name}"] = f"{'project' if path.name in DEVELOPMENT else 'pages'}/{path.name}"
    return found | {name: f"project/{name.lower()}" for name in PROJECT if (ROOT / name).exists()}


def turned(text: str, source: str, places: dict[str, str], repository: str) -> str:
    """Turn the links of a Markdown page.

    Args:
        text: the page.
        source: its path in the repository.
        places: as ``pages`` gives them.
        repository: URL of the files that are on no page.
    """

    def turn(link: re.Match[str]) -> str:
        path = os.path.normpath(PurePosixPath(source).parent / link[1])
        role, module = re.fullmatch(r"roles/(\w+)/README\.md", path), re.fullmatch(r"plugins/modules/(\w+)\.py", path)
        if path in places:
            place = f"/{places[path]}"
        elif role:
            place = f"/reference/{role[1]}_role.rst"
        elif module:
            place = f"/reference/{module[1]}_module.rst"
        else:
            place = f"{repository}/blob/main/{path}"
        return f"]({place}{link[2] or ''})"

    return LINK.sub(turn, text)


def gather(sources: Path) -> None:
    """Put the sources of the site together in a folder."""
    shutil.copytree(SITE, sources, ignore=shutil.ignore_patterns("links.yml", "__pycache__"))
    repository = yaml.safe_load((ROOT / "galaxy.yml").read_text())["repository"]
    places = pages()
    for source, place in places.items():
        target = sources / place
        target.parent.mkdir(exist_ok=True)
        if target.suffix == ".md":
            target.write_text(turned((ROOT / source).read_text(), source, places, repository))
        else:
            shutil.copy2(ROOT / source, target)
    reference = sources / "reference"
    reference.mkdir(mode=0o700)
    _run(
        "antsibull-docs",
        "collection",
        "--fail-on-error",
        "--use-current",
        "--squash-hierarchy",
        "--dest-dir",
        str(reference),
        "climate.ingest",
    )
    for page in sources.glob("*/*.rst"):
        page.write_text(CONTENTS.sub("", page.read_text()))
    index = sources / "index.md"
    roles = sorted(path.name.removesuffix("_role.rst") for path in reference.glob("*_role.rst"))
    index.write_text(index.read_text().replace(ROLES, "".join(f"{name} <reference/{name}_role>\n" for name in roles)))


def _run(program: str, *arguments: str) -> None:
    environment = os.environ | {
        # without the hundred other collections that ansible brings
        "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",
        "ANSIBLE_COLLECTIONS_PATH": f"{ROOT / '.venv' / 'collections'}:{ROOT / '.venv' / 'dependencies'}",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = [str(Path(sys.executable).parent / program), *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def main() -> int:
    """Build the site; a warning is an error."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    BUILD.chmod(0o700)  # antsibull-docs writes only where nobody else can
    gather(BUILD / "source")
    try:
        _run(
            "sphinx-build",
            "--quiet",
            "-b",
            "html",
            "-W",
            "--keep-going",
            "-j",
            "auto",
            str(BUILD / "source"),
            str(BUILD / "html"),
        )
    except subprocess.CalledProcessError as error:
        return error.returncode
    print(BUILD / "html" / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
