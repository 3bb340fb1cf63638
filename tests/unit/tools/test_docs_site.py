"""The pages of the documentation site: where they are, and where their links lead."""

from __future__ import annotations

import pytest

from tools.docs_site import pages, turned

PLACES = {"docs/guide.md": "pages/guide.md", "CONTRIBUTING.md": "project/contributing.md"}


def test_each_page_of_docs_has_a_place() -> None:
    places = pages()
    assert places["docs/guide.md"] == "pages/guide.md"
    assert places["docs/design.md"] == "project/design.md"
    assert places["SECURITY.md"] == "project/security.md"
    assert not any("docsite" in path for path in places)


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ("guide.md#runs", "/pages/guide.md#runs"),
        ("../CONTRIBUTING.md", "/project/contributing.md"),
        ("../roles/prepare/README.md", "/reference/prepare_role.rst"),
        ("../plugins/modules/retry.py", "/reference/retry_module.rst"),
        ("../sandbox/README.md#time", "https://example.com/blob/main/sandbox/README.md#time"),
        ("#runs", "#runs"),
        ("https://docs.getmoto.org", "https://docs.getmoto.org"),
        ("mailto:security@example.com", "mailto:security@example.com"),
    ],
)
def test_a_link_leads_to_the_site_s_own_page_or_to_the_repository(link: str, place: str) -> None:
    assert turned(f"see [it]({link}).", "docs/design.md", PLACES, "https://example.com") == f"see [it]({place})."
