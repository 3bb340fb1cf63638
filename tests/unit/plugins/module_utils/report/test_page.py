from __future__ import annotations

import html
import itertools
import json
import os
import re
import stat
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.climate.ingest.plugins.module_utils.core import text as say
from ansible_collections.climate.ingest.plugins.module_utils.core.errors import IngestError
from ansible_collections.climate.ingest.plugins.module_utils.report import page as report_page
from ansible_collections.climate.ingest.plugins.module_utils.report import script, style
from tests.fakes import sample_facts

Facts = dict[str, Any]
VARIANTS = ["finished", "begun", "draining", "priceless", "resumed"]


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without the real library: putting it together takes seconds, and nothing here runs it."""
    monkeypatch.setattr(report_page, "library", lambda: "/* vega */")


class Page(HTMLParser):
    """What a browser would make of a page: elements, and texts without markup."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.within: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.within.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.within[-1] if self.within else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(text for tag, text in self.texts if tag not in ("script", "style")).split())

    def texts_of(self, *tags: str) -> list[str]:
        return [text for tag, text in self.texts if tag in tags]

    def label(self, figure: str) -> str:
        """Give the alternative text of a figure's first drawing."""
        found = [each["aria-label"] for each in self.all("div") if each.get("id") == f"{figure}-0"]
        return found[0] or ""

    def json(self, name: str) -> Any:
        found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', self.source, re.DOTALL)
        assert found
        return json.loads(found[1])


def page(facts: Facts) -> Page:
    return Page(report_page.render(facts))


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
    visible = nasty.replace("\x1b", "\\x1b")
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
    assert "Opened 24 Nov 2026, 19:00 UTC by ann@laptop, closed 24 Nov 2026, 23:18 UTC." in text
    assert "Duration 4h 18m estimated 4h 06m" in text
    assert "Cost 11.33 USD estimated 9.80 to 13.40 USD: within the estimate" in text
    assert "Steps done 16 of 17 1 failed try; 1 not carried out" in text
    assert "Jobs left 0 of 3,150 2 jobs failed" in text


def test_each_figure_says_the_numbers_that_matter() -> None:
    shown = page(sample_facts.finished())
    expected = {
        "steps": "16 of 17 steps are done; the longest was Drain the job queue with 2h 12m; "
        "failed: Load Cities (1 time); not carried out in this run: Load Climate Models.",
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


def test_both_drains_are_on_one_axis_with_a_gap_between_them() -> None:
    facts = sample_facts.finished()
    panels = {panel["name"]: panel for panel in page(facts).json("figures")}
    columns, rates = panels["queue-0"]["columns"], panels["rate-0"]["columns"]
    first, second = facts["drains"]
    assert columns["left"] == [*first["left"], None, *second["left"]]
    assert rates["per_minute"] == [*first["per_minute"], None, *second["per_minute"]]
    assert columns["t"] == sorted(columns["t"])
    domains = {name: str(_domains(panel["spec"])) for name, panel in panels.items() if name != "cost-0"}
    assert len(set(domains.values())) == 1 and domains["steps-0"] != "[]"


def _domains(spec: Any) -> list[Any]:
    layers = [layer.get("encoding", {}).get("x", {}).get("scale", {}).get("domain") for layer in spec["layer"]]
    return [domain for domain in layers if domain]


def test_a_run_gone_on_with_the_next_day_has_two_axes() -> None:
    shown = page(sample_facts.resumed())
    assert "24 Nov 2026, 19:00 to 24 Nov 2026, 21:31 UTC" in shown.text
    assert "25 Nov 2026, 12:31 to 25 Nov 2026, 14:18 UTC" in shown.text
    names = [panel["name"] for panel in shown.json("figures")]
    assert {"steps-0", "steps-1", "queue-0", "queue-1", "instances-1", "prices-1"} <= set(names)


def test_a_long_run_is_drawn_with_fewer_values_and_described_with_all() -> None:
    facts = sample_facts.finished()
    facts["drains"] = facts["drains"][:1]
    facts["fleet"] = sample_facts.fleet(10, 1900)
    facts["drains"][0] = sample_facts.drain("drain", 18, 1850, 1995, 60)
    facts["drains"][0]["running"][777] = 61
    facts["fleet"]["instances"]["m4.2xlarge us-east-1a"][778] = 9.0
    shown = page(facts)
    panels = {panel["name"]: panel["columns"] for panel in shown.json("figures")}
    assert len(panels["workers-0"]["t"]) < 610 and len(panels["instances-0"]["t"]) < 610
    assert panels["workers-0"]["t"][-1] == say.epoch(facts["drains"][0]["times"][-1])
    assert panels["workers-0"]["t"][0] == say.epoch(facts["drains"][0]["times"][0])
    assert "at most 61 ran at once" in shown.text and "m4.2xlarge us-east-1a 9" in shown.text


def test_every_attempt_is_a_bar_with_its_state() -> None:
    panels = {panel["name"]: panel["columns"] for panel in page(sample_facts.draining()).json("figures")}
    rows = [dict(zip(panels["steps-0"], row, strict=True)) for row in zip(*panels["steps-0"].values(), strict=True)]
    cities = [row for row in rows if row["step"] == "cities"]
    assert [row["state"] for row in cities] == ["failed", "done"]
    assert [row["note"] for row in cities] == ["failed after 30s", "1m 24s"]
    assert cities[0]["total"] == "2 tries, last 1m 24s"
    running = next(row for row in rows if row["state"] == "started")
    assert running["ended"] == say.epoch(sample_facts.at(80)) and running["note"] == "running for 1h 02m"
    waiting = [row for row in rows if row["state"] == "waiting"]
    assert len(waiting) == 7 and all(row["began"] is None for row in waiting)


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


def test_a_drain_without_a_measurement_and_unknown_values() -> None:
    facts = sample_facts.draining()
    first = facts["drains"][0]
    facts["drains"] = [{key: [] if isinstance(value, list) else value for key, value in first.items()}]
    assert "Drain the job queue: nothing has been measured yet." in page(facts).text
    facts["drains"] = [{key: [None] if isinstance(value, list) else value for key, value in first.items()}]
    facts["drains"][0]["times"] = first["times"][:1]
    text = page(facts).text
    assert "1,995 jobs in all; what was left is unknown." in text
    assert "at most unknown jobs a minute." in text


def test_an_unknown_price_is_said_and_never_summed() -> None:
    shown = page(sample_facts.priceless())
    assert "Cost unknown, at least 10.21 USD" in shown.text
    assert "Database db.x9.large instead of db.t2.medium 3.9 unknown Total unknown" in shown.text
    assert "Unknown: no price is known for db.x9.large in eu-west-9." in shown.text
    assert "Database db.x9.large instead of db.t2.medium unknown in 3.9 hours" in shown.label("cost")
    assert "within the estimate" not in shown.text
    columns = next(panel["columns"] for panel in shown.json("figures") if panel["name"] == "cost-0")
    assert (
        dict(zip(columns["name"], columns["to"], strict=True))["Database db.x9.large instead of db.t2.medium"] is None
    )


@pytest.mark.parametrize(
    ("total", "state", "said"),
    [
        (15.4, "complete", "2.00 USD above the estimate"),
        (15.4, "open", "2.00 USD above the estimate"),
        (9.0, "complete", "below the estimate"),
        (9.0, "open", "not above the estimate so far"),
    ],
)
def test_the_cost_is_held_against_the_estimate(total: float, state: str, said: str) -> None:
    facts = sample_facts.finished()
    facts["cost"]["total"] = total
    facts["run"]["state"] = state
    assert f"estimated 9.80 to 13.40 USD: {said}" in page(facts).text


def test_commands_failed_jobs_changes_and_versions_are_listed() -> None:
    shown = page(sample_facts.finished())
    command = "import_cities azavea-climate-sandbox geonames_cities_top200_us.geojson"
    failure = "exit code 1: botocore.exceptions.ClientError: NoSuchKey"
    assert f"Load Cities (try 1 of 2) {command} {failure} failed 1 30s 24 Nov 19:02:00" in shown.text
    assert f"Load Cities (try 2 of 2) {command} done 0 1m 24s 24 Nov 19:06:00 Log: the last 41 lines" in shown.text
    assert "Importing city 39" in " ".join(shown.texts_of("pre"))
    assert "The log has no lines. /ecs/staging-management / management/create_jobs/0f1e2d" in shown.text
    assert "RCP85 CCSM4 2031 FileNotFoundError: s3://nasa-nex/CCSM4_2031.nc" in shown.text
    assert "run-jobs/django/7a8b9c 24 Nov 20:06:24 1 time RCP85 CCSM4 2094" in shown.text
    assert "24 Nov 23:09:18 removed Auto Scaling group ingest-staging-spot" in shown.text
    assert "ansible-core 2.19.14 python 3.11.2" in shown.text


def test_what_is_not_known_of_a_command_is_said() -> None:
    facts = sample_facts.finished()
    facts["steps"][1] |= {"log": None}
    facts["steps"][1]["attempts"][0] |= {"exit_code": None}
    facts["steps"][2]["attempts"][0] |= {"ended": None, "exit_code": None, "state": "started"}
    text = page(facts).text
    assert "Run Migrations migrate done unknown 54s 24 Nov 19:00:12 No log is known." in text
    assert "Load Scenarios loaddata scenarios running – 4h 17m so far" in text


def test_an_open_run_says_what_happens_next() -> None:
    facts = sample_facts.draining()
    text = page(facts).text
    assert (
        "What happens next No controller is carrying the run out. The same command goes on with it where it was."
        in text
    )
    assert "Steps to come Drain the job queue Verify what was imported" in text
    assert "cc-api-staging: 1,098 waiting, 60 in flight, 0 delayed" in text
    assert "ingest-staging-run-jobs: 60 running, 140 pending, 200 desired" in text
    facts["controller"] = {"holder": "bob@ci, process 9", "since": sample_facts.at(70)}
    assert "bob@ci, process 9 has been carrying the run out since 24 Nov 2026, 20:10 UTC." in page(facts).text
    assert "What happens next" not in page(sample_facts.finished()).text


def test_report_and_facts_are_written_beside_each_other(tmp_path: Path) -> None:
    facts = sample_facts.finished()
    facts["failed_jobs"][0]["exception"] = "half a character: \ud83d"
    mask = os.umask(0o027)
    try:
        written = report_page.write(str(tmp_path / "made" / "reports"), facts)
    finally:
        os.umask(mask)
    page_path, facts_path = map(Path, written)
    assert sorted(page_path.parent.iterdir()) == [page_path, facts_path]
    assert (page_path.name, facts_path.name) == ("staging-3.html", "staging-3.json")
    assert json.loads(facts_path.read_text("utf-8")) == facts
    assert "Run staging-3" in page_path.read_text("utf-8")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (page_path, facts_path)} == {0o640}


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


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(script.NoCharts, match="pip install vl-convert-python"):
        script.library()


class Bundler:
    """The library that puts the script together, counting how often."""

    def __init__(self) -> None:
        self.calls = 0

    def javascript_bundle(self, snippet: str) -> str:
        self.calls += 1
        return "/* bundle */"


def test_the_script_is_put_together_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundler = Bundler()
    monkeypatch.setitem(sys.modules, "vl_convert", bundler)
    monkeypatch.setattr(script.metadata, "version", {"vl-convert-python": "9.9"}.__getitem__)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert [script.library() for _ in range(2)] == ["/* bundle */"] * 2
    assert bundler.calls == 1
    assert (tmp_path / "climate.ingest" / "vega-lite-9.9.js").read_text() == "/* bundle */"


def test_a_cache_that_cannot_be_written_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setitem(sys.modules, "vl_convert", Bundler())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert script.library() == "/* bundle */"


# what is left of colours (linear RGB) without one kind of cones; Machado, Oliveira and Fernandes 2009, severity 1
BLINDNESS = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.0521)),
    "deuteranopia": ((0.3673, 0.8607, -0.2280), (0.2801, 0.6725, 0.0474), (-0.0118, 0.0429, 0.9689)),
    "tritanopia": ((1.2555, -0.0767, -0.1788), (-0.0784, 0.9308, 0.1476), (0.0047, 0.6914, 0.3039)),
}
XYZ = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8727))  # by the white of D65
Triple = tuple[float, ...]


def linear(colour: str) -> Triple:
    values = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    return tuple(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values)


def times(matrix: tuple[Triple, ...], vector: Triple) -> Triple:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def lab(rgb: Triple) -> Triple:
    x, y, z = (max(0.0, value) for value in times(XYZ, rgb))
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in (x, y, z))
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


@pytest.mark.parametrize("theme", ["LIGHT", "DARK"])
@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_keep_apart_without_cones_and_stand_out(theme: str, kind: str) -> None:
    colours = dict(re.findall(r"--(\w+): #(\w{6})", getattr(style, theme)))
    series = ("blue", "orange", "green", "purple", "brown", "navy", "wine", "grey")
    seen = {name: lab(times(BLINDNESS[kind], linear(colours[name]))) for name in series}
    for one, other in itertools.combinations(series, 2):
        distance = sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5
        assert distance > 20, (one, other)
    ground = times(XYZ, linear(colours["surface"]))[1]
    for name, least in [
        *((name, 3.0) for name in series),
        *((name, 4.5) for name in ("ink", "soft", "link", "red", "good")),
    ]:
        low, high = sorted([ground, times(XYZ, linear(colours[name]))[1]])
        assert (high + 0.05) / (low + 0.05) >= least, name


def test_a_job_that_came_right_is_listed_and_not_counted() -> None:
    facts = sample_facts.finished()
    facts["failed_jobs"][0] |= {"imported": True}
    text = page(facts).text
    assert "1 job failed; 1 came right when retried" in text
    assert "yes, and imported" in text
