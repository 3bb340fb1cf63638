"""How Sphinx builds the documentation site; `make docs` puts its sources together (tools/docs_site.py)."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

project = "climate.ingest"
author = "The climate.ingest maintainers"
project_copyright = f"{author}; GPL-3.0-or-later"
html_title = "climate.ingest"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_heading_anchors = 4  # the anchors that GitHub gives headings, which the pages link to
root_doc = "index"
highlight_language = "YAML+Jinja"
pygments_style = "ansible"

html_theme = "furo"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "source_repository": "https://github.com/climate-ingest/climate.ingest/",
    "top_of_page_buttons": [],
}

# labels of Ansible's own documentation that antsibull-docs refers to; an intersphinx inventory would need a network
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
LABELS = {
    "action_plugins": "plugins/action.html",
    "callback_plugins": "plugins/callback.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
MODULE = re.compile(r"ansible_collections\.(?!climate\.)(\w+)\.(\w+)\.(\w+_module)")


def elsewhere(
    _app: Sphinx, _environment: BuildEnvironment, node: pending_xref, content: nodes.Node
) -> nodes.Node | None:
    """Lead a reference to what Ansible documents to its site."""
    target = node["reftarget"]
    page = LABELS.get(target)
    if found := MODULE.fullmatch(target):
        page = f"collections/{'/'.join(found.groups())}.html"
    return nodes.reference("", "", content, refuri=f"{ANSIBLE}/{page}", internal=False) if page else None


def setup(app: Sphinx) -> None:
    """Add what this site needs to Sphinx."""
    app.connect("missing-reference", elsewhere)
