"""HTML that cannot be written wrongly."""

from __future__ import annotations

import json

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.report.html import Html, embedded, join, table, tag, text


def test_text_is_escaped_and_markup_is_not() -> None:
    assert text("<b> & \"x\" 'y'") == "&lt;b&gt; &amp; &quot;x&quot; &#x27;y&#x27;"
    assert text(Html("<b>")) == "<b>"
    assert text(5) == "5"


def test_only_what_is_printable_shows() -> None:
    assert text("a\x1b[31m\x00\x7f\tb\nc\u202e") == "a\tb\nc"


def test_an_element_has_attributes_and_children() -> None:
    made = tag("p", "1 < 2", None, tag("b", "x"), class_="note", aria_label='"q"', data_x=5, hidden=True, title=None)
    assert made == '<p class="note" aria-label="&quot;q&quot;" data-x="5" hidden>1 &lt; 2<b>x</b></p>'
    assert tag("p", hidden=False) == "<p></p>"


@pytest.mark.parametrize("element", ["meta", "link"])
def test_an_empty_element_has_no_end(element: str) -> None:
    assert tag(element, name="x") == f'<{element} name="x">'


def test_elements_and_texts_are_joined() -> None:
    assert join("<", None, tag("b")) == "&lt;<b></b>"


def test_a_table_scrolls_has_a_caption_and_wide_rows() -> None:
    made = table([("Name", ""), ("Hours", "number")], [["a", 1], ["a note"]], "Costs")
    assert made.startswith('<div class="scroll" tabindex="0" role="region" aria-label="Costs"><table><caption>Costs<')
    assert '<th scope="col">Name</th><th scope="col" class="number">Hours</th>' in made
    assert '<tr><td>a</td><td class="number">1</td></tr><tr><td colspan="2" class="wide">a note</td></tr>' in made


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError):
        table([("Name", ""), ("Hours", "number")], [["a", 1, 2]], "Costs")


def test_json_in_a_script_cannot_end_it() -> None:
    value = {"a": "</script><!-- &"}
    written = embedded(value)
    assert "<" not in written and ">" not in written and "&" not in written
    assert json.loads(written) == value
