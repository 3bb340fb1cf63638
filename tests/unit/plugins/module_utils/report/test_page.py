"""The report as one page that needs nothing but itself."""

from __future__ import annotations

import html
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core.errors import IngestError
from ansible_collections.climate.ingest.plugins.module_utils.report import page as report_page
from ansible_collections.climate.ingest.plugins.module_utils.report import script
from tests.fakes.report import facts as sample_facts
from tests.fakes.report.page import Page, page

Facts = dict[str, Any]
VARIANTS = ["finished", "begun", "draining", "priceless", "resumed"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_page_is_whole_and_holds_its_facts(variant: str) -> None:
    facts = getattr(sample_facts, variant)()
    shown = page(facts)
    assert shown.within == []
    assert shown.json("facts") == facts
    names = [each["id"] for _, each in shown.elements if each.get("id")]
    assert len(names) == len(set(names))
    assert {f"#{name}" for name in names} >= {each["href"] for each in shown.all("a")}
    assert {panel["name"] for panel in shown.json("figures")} <= set(names)
    assert len(shown.all("figure")) == 7


def test_texts_of_others_are_never_markup() -> None:
    facts = sample_facts.finished()
    nasty = sample_facts.NASTY
    facts["environment"] = facts["run"]["opened_by"] = facts["changes"][0]["what"] = nasty
    facts["steps"][4]["title"] = facts["steps"][4]["command"] = facts["steps"][4]["log"]["stream"] = nasty
    facts["steps"][4]["attempts"][0]["note"] = facts["run"]["requested"]["ingest_models"] = nasty
    facts["versions"][nasty] = facts["cost"]["estimate"]["basis"] = facts["cost"]["fleet"][0]["instance_type"] = nasty
    facts["failed_jobs"][0]["model"] = nasty
    shown = page(facts)
    assert len(shown.all("script")) == 4 and shown.all("img") == []
    assert "<!--" not in shown.source
    assert shown.json("facts") == facts
    visible = nasty.replace("\x1b[31m", "")
    assert shown.source.count(html.escape(visible)) >= 10
    assert "\x1b" not in shown.source


def test_the_page_forbids_itself_the_network_and_foreign_scripts() -> None:
    shown = page(sample_facts.finished())
    policy = next(each["content"] or "" for each in shown.all("meta") if each.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert policy.count("'sha256-") == 2
    assert "unsafe-eval" not in policy
    assert not [each for _, each in shown.elements if (each.get("src") or each.get("href") or "#")[0] not in "#d"]


def test_the_head_line_has_state_times_duration_and_cost() -> None:
    text = page(sample_facts.finished()).text
    assert "Run staging-3 complete" in text
    assert "Opened 2026-11-24 19:00 UTC by ann@laptop, closed 2026-11-24 23:18 UTC." in text
    assert "Duration 4h 18m estimated 4h 06m" in text
    assert "Cost 11.33 USD estimated 9.80 to 13.40 USD: within the estimate" in text
    assert "Steps done 16 of 17 1 failed try; 1 left out" in text
    assert "Jobs left 0 of 3,150 2 jobs failed" in text


def test_each_figure_says_the_numbers_that_matter() -> None:
    shown = page(sample_facts.finished())
    expected = {
        "steps": "16 of 17 steps are done; the longest was Drain the job queue with 2h 12m; "
        "failed: Load Cities (1 time); left out: Load Climate Models.",
        "queue": "Drain the job queue: 1,995 jobs, 0 left after 2h 12m; at most 60 in flight.",
        "workers": "Drain the job queue: at most 60 ran at once of 200 desired; at most 200 were pending.",
        "rate": "Drain the job queue: at most 18.4 jobs a minute, 15.1 on average.",
        "instances": "At most 18 instances at once; at most by type and zone: m4.2xlarge us-east-1a 8, ",
        "prices": "m5.2xlarge us-east-1a 0.161 (unknown for a part of the time). "
        "No price is known for m5.2xlarge us-east-1c.",
        "cost": "Total 11.33 USD: Spot instances m4.2xlarge 7.54 USD in 51.7 hours",
    }
    for name, sentence in expected.items():
        assert sentence in shown.label(name), name
        assert sentence in shown.text, name
    drawings = [each for each in shown.all("div") if each.get("class") == "drawing"]
    assert {each["role"] for each in drawings} == {"img"} and len(drawings) == 7


def test_what_is_not_there_yet_is_said_and_not_drawn() -> None:
    shown = page(sample_facts.begun())
    assert shown.json("figures") == []
    for sentence in (
        "No step has begun yet; 17 steps wait.",
        "No drain has begun yet.",
        "No spot instance has run yet.",
        "No spot price is known.",
        "Total 0.00 USD; there is no estimate.",
        "No management command has run yet.",
        "No job is known to have failed.",
        "Nothing has been changed.",
        "Duration 12s so far",
    ):
        assert sentence in shown.text


def test_report_and_facts_are_written_beside_each_other(tmp_path: Path) -> None:
    facts = sample_facts.finished()
    facts["failed_jobs"][0]["exception"] = "half a character: \ud83d"
    page_path, facts_path = map(Path, report_page.write(str(tmp_path / "made" / "reports"), facts))
    assert sorted(page_path.parent.iterdir()) == [page_path, facts_path]
    assert (page_path.name, facts_path.name) == ("staging-3.html", "staging-3.json")
    assert json.loads(facts_path.read_text("utf-8")) == facts
    assert "Run staging-3" in page_path.read_text("utf-8")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (page_path.parent, page_path, facts_path)] == [
        0o700, 0o600, 0o600
    ]  # fmt: skip


def test_a_failed_write_leaves_the_last_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report_page.write(str(tmp_path), sample_facts.draining())
    before = (tmp_path / "staging-3.html").read_text("utf-8")

    def refuse(*paths: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(IngestError, match="No space left on device"):
        report_page.write(str(tmp_path), sample_facts.finished())
    assert (tmp_path / "staging-3.html").read_text("utf-8") == before
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = str(tmp_path / "file" / "reports")
    with pytest.raises(IngestError) as caught:
        report_page.write(folder, sample_facts.finished())
    assert caught.value.message == (
        f"ingest_report_folder: {folder!r} cannot be written (Not a directory). "
        "Name a folder that the user who runs Ansible may write, or make it one."
    )


def test_without_the_library_that_draws_the_page_has_its_numbers_and_how_to_get_charts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    monkeypatch.setattr(report_page, "library", script.library)
    facts = sample_facts.finished()
    paths = list(map(Path, report_page.write(str(tmp_path), facts)))
    assert json.loads(paths[1].read_text("utf-8")) == facts
    shown = Page(paths[0].read_text("utf-8"))
    assert "-m pip install vl-convert-python" in shown.text and "Course of the run" in shown.text
    assert "script-src 'none'" in next(each["content"] or "" for each in shown.all("meta") if each.get("http-equiv"))
    assert len(shown.all("figure")) == 7 and not [
        each for each in shown.all("script") if each.get("type") != "application/json"
    ]
