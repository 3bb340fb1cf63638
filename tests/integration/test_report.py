"""The report in a real browser: Debian's chromium, without a screen and without a network."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from ansible_collections.climate.ingest.plugins.module_utils.core import text
from ansible_collections.climate.ingest.plugins.module_utils.core.text import printable
from ansible_collections.climate.ingest.plugins.module_utils.report import page
from tests.fakes.report import facts as sample_facts
from tests.integration.conftest import ROOT

ARTEFACTS = ROOT / "reports" / "artefacts"
FIGURES = ["steps", "queue", "workers", "rate", "instances", "prices", "cost"]
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
Facts = dict[str, Any]


def program(name: str, package: str) -> str:
    """Find a program of Debian's."""
    found = shutil.which(name)
    if not found:
        pytest.fail(f"{name} is not installed; the report is tested in it: apt-get install {package}")
    return found


class Browser:
    """A browser that opens reports and tells what it saw."""

    def __init__(self, driver: webdriver.Chrome, folder: Path) -> None:
        self.driver = driver
        self.folder = folder

    def open(self, facts: Facts, width: int = 1280, scheme: str = "light") -> str:
        """Open the report of these facts, once all figures are drawn; give its address."""
        self.look(scheme)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        written, _ = page.write(str(self.folder), facts)
        for log in ("browser", "performance"):
            self.driver.get_log(log)
        self.driver.get(Path(written).as_uri())
        assert self.wait("return (await window.figures) && true") is True
        return Path(written).as_uri()

    def look(self, scheme: str = "light", media: str = "") -> None:
        """Choose light or dark, screen or print."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})

    def ask(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def wait(self, script: str) -> Any:
        """Run a script that awaits; an error comes back as its text."""
        return self.driver.execute_async_script(
            f"const done = arguments[0]; (async () => {{ {script} }})().then(done, error => done(String(error)));"
        )

    def rows(self, panel: str) -> list[Facts]:
        """Read the data of a figure back from what drew it."""
        return self.wait(f"return (await window.figures)['{panel}'].data('rows').map(row => ({{...row}}))")

    def keep(self, name: str) -> None:
        """Keep a picture of the whole page for who wants to look at it."""
        size = self.ask("const root = document.documentElement; return [root.clientWidth, root.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        self.save(f"{name}.png", shot["data"])

    def save(self, name: str, data: str) -> None:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        (ARTEFACTS / name).write_bytes(base64.b64decode(data))

    def requests(self) -> list[str]:
        """List what was asked for since the page was opened."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium")
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(program("chromedriver", "chromium-driver")))
    driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})
    yield Browser(driver, tmp_path_factory.mktemp("reports"))
    driver.quit()


@pytest.mark.parametrize("variant", ["finished", "begun", "draining", "priceless", "resumed"])
@pytest.mark.parametrize("width", [1280, 360])
def test_a_page_opens_without_complaint_or_request_and_fits(browser: Browser, variant: str, width: int) -> None:
    address = browser.open(getattr(sample_facts, variant)(), width, "dark" if width == 360 else "light")
    browser.keep(f"{variant}-{width}")
    assert browser.driver.get_log("browser") == []
    assert [url for url in browser.requests() if url not in (address, "data:,")] == []
    assert browser.ask("return document.title") == "Run staging-3 of staging"
    assert browser.ask("return document.documentElement.scrollWidth") <= width
    wide = "return [...document.querySelectorAll('.drawing, .scroll, .tiles, pre')].filter(one => one.clientWidth && "
    assert browser.ask(f"{wide} one.getBoundingClientRect().right > innerWidth).map(one => one.outerHTML)") == []
    drawings = "[...document.querySelectorAll('.drawing')]"
    assert browser.ask(f"return {drawings}.filter(one => !one.querySelector('svg path')).map(one => one.id)") == []


def test_the_policy_of_the_page_is_in_force(browser: Browser) -> None:
    """Otherwise a page that asks for nothing would prove nothing."""
    browser.open(sample_facts.begun())
    assert "Failed to fetch" in browser.wait("await fetch('data:,')")
    browser.ask(
        "const one = document.createElement('script'); one.textContent = 'window.ran = 1'; document.body.append(one)"
    )
    assert browser.ask("return window.ran === undefined")
    assert len(browser.driver.get_log("browser")) >= 2


def test_what_is_drawn_is_what_the_facts_say(browser: Browser) -> None:
    facts = sample_facts.finished()
    browser.open(facts)
    assert browser.wait("return Object.keys(await window.figures)") == [f"{name}-0" for name in FIGURES]
    first, second = facts["drains"]
    queue = browser.rows("queue-0")
    assert [row["left"] for row in queue] == [*first["left"], None, *second["left"]]
    assert [row["pending"] for row in browser.rows("workers-0")] == [*first["pending"], None, *second["pending"]]
    assert [row["per_minute"] for row in browser.rows("rate-0")] == [*first["per_minute"], None, *second["per_minute"]]
    bars = [row for row in browser.rows("steps-0") if row["began"] is not None]
    attempts = [one for step in facts["steps"] for one in step["attempts"]]
    assert [row["began"] for row in bars] == [text.epoch(one["began"]) for one in attempts]
    assert browser.ask("return document.querySelectorAll('#steps-0 .mark-rect path').length") == len(attempts)
    instances = browser.rows("instances-0")
    assert sum(row["s0"] for row in instances[:-1]) == sum(facts["fleet"]["instances"]["m4.2xlarge us-east-1a"])
    assert browser.ask("return document.querySelectorAll('#instances-0 .mark-area path').length") == 4
    assert browser.ask("return document.querySelectorAll('#prices-0 .mark-line path').length") == 3


def test_the_line_of_the_queue_goes_through_its_numbers(browser: Browser) -> None:
    facts = sample_facts.finished()
    browser.open(facts)
    points = browser.wait("""
        const view = (await window.figures)["queue-0"];
        const path = document.querySelector("#queue-0 .mark-line path").getAttribute("d");
        const [x, y] = [view.scale("x"), view.scale("y")];
        return path.match(/[-\\d.]+,[-\\d.]+/g).map(point => point.split(",").map(Number))
          .map(([across, down]) => [+x.invert(across), y.invert(down)]);
    """)
    expected = [
        (text.epoch(time), left)
        for drain in facts["drains"]
        for time, left in zip(drain["times"], drain["left"], strict=True)
    ]
    assert len(points) == len(expected)
    for (time, left), (known, value) in zip(points, expected, strict=True):
        assert left == pytest.approx(value, abs=2)
        assert time == pytest.approx(known, abs=20_000)


def test_bars_of_the_cost_are_as_long_as_the_money(browser: Browser) -> None:
    facts = sample_facts.finished()
    browser.open(facts)
    widths = browser.ask(
        "return [...document.querySelectorAll('#cost-0 .mark-rect path')].map(bar => bar.getBBox().width)"
    )
    amounts = [part["usd"] for part in facts["cost"]["fleet"] + facts["cost"]["database"]]
    amounts += [facts["cost"]["total"], facts["cost"]["estimate"]["usd_high"] - facts["cost"]["estimate"]["usd_low"]]
    assert [width / widths[0] for width in widths] == pytest.approx([usd / amounts[0] for usd in amounts], rel=0.01)


COLOURS = """
    const of = (what, name) => getComputedStyle(document.querySelector(what))[name];
    return [of("body", "backgroundColor"), of("body", "color"), of("#queue-0 .mark-line path", "stroke"),
      of("#steps-0 .mark-rect path", "fill"), of("#queue-0 .mark-text text", "fill")];
"""


def test_dark_and_light_differ_and_change_while_it_is_open(browser: Browser) -> None:
    browser.open(sample_facts.finished(), scheme="light")
    light = browser.ask(COLOURS)
    browser.look("dark")
    dark = browser.ask(COLOURS)
    assert all(one != other for one, other in zip(light, dark, strict=True))
    browser.look("light")
    assert browser.ask(COLOURS) == light
    assert all(colour.startswith("rgb(") for colour in light + dark)


def test_on_paper_it_is_light_and_everything_is_open(browser: Browser) -> None:
    browser.open(sample_facts.finished(), scheme="light")
    light = browser.ask(COLOURS)
    assert browser.ask("return document.querySelectorAll('details[open]').length") == 0
    browser.look("dark", "print")
    opened = "document.querySelectorAll('details[open]').length"
    assert browser.wait(f"while (!{opened}) await new Promise(requestAnimationFrame); return {opened}") == 5
    assert browser.ask(COLOURS)[1:] == light[1:]
    assert browser.ask("return getComputedStyle(document.querySelector('figure')).breakInside") == "avoid"
    assert browser.ask("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    paper = {"printBackground": True, "preferCSSPageSize": True}
    browser.save("finished.pdf", browser.driver.execute_cdp_cmd("Page.printToPDF", paper)["data"])
    browser.look("light")
    assert browser.wait(f"while ({opened}) await new Promise(requestAnimationFrame); return {opened}") == 0


def test_what_others_wrote_is_text(browser: Browser) -> None:
    facts = sample_facts.finished()
    browser.open(facts)
    visible = printable(sample_facts.NASTY)
    logs = browser.ask("return [...document.querySelectorAll('pre')].map(log => log.textContent)")
    assert [log for log in logs if log.endswith(visible)]
    assert visible in browser.ask(
        "return [...document.querySelectorAll('#failed td code')].map(one => one.textContent)"
    )
    assert browser.ask("return document.querySelectorAll('img').length") == 0
    assert browser.ask("return JSON.parse(document.getElementById('facts').textContent)") == facts


def test_times_are_utc_wherever_the_reader_is(browser: Browser) -> None:
    browser.open(sample_facts.finished())
    labels = browser.ask(
        "return [...document.querySelectorAll('#queue-0 .role-axis-label text')].map(one => one.textContent)"
    )
    assert browser.ask("return new Date(0).getTimezoneOffset()") != 0
    assert [label for label in labels if ":" in label][:3] == ["19:00", "19:30", "20:00"]


def test_the_pointer_tells_the_numbers_of_a_moment(browser: Browser) -> None:
    browser.open(sample_facts.finished())
    told = browser.wait("""
        const svg = document.querySelector("#queue-0 svg");
        svg.scrollIntoView({block: "center"});
        const now = svg.getBoundingClientRect();
        const at = {clientX: now.left + now.width / 2, clientY: now.top + now.height / 2, bubbles: true};
        const target = document.elementFromPoint(at.clientX, at.clientY);
        for (const kind of ["pointerover", "mouseover", "pointermove", "mousemove"])
          target.dispatchEvent(new PointerEvent(kind, at));
        const cells = () => [...document.querySelectorAll("#vg-tooltip-element td.value")];
        while (!cells().length) await new Promise(requestAnimationFrame);
        return cells().map(cell => cell.textContent);
    """)
    drain = sample_facts.finished()["drains"][0]
    place = [text.clock(time) for time in drain["times"]].index(told[0])
    assert told[1:] == [text.number(drain[name][place]) for name in ("left", "in_flight")]
