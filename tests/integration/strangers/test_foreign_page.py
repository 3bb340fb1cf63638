"""Pages of other origins try to use a sandbox that is up: Debian's chromium, without a screen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.integration.conftest import Account
from tests.integration.test_report import FLAGS, program

TARGET = "AmazonEC2ContainerServiceV20141113.RunTask"
BODY = (
    '{"cluster": "ecsStagingCluster", "taskDefinition": "StagingManagement", "overrides": {"containerOverrides": '
    '[{"name": "management", "command": ["shell", "--command", "import os"]}]}}'
)
# a page's ways to send something; each gives what it could read, or why not
ATTEMPTS = {
    "fetch with the header of an AWS call": f"""
        return await read(fetch(at, {{method: 'POST', body: {BODY!r}, headers: {{'x-amz-target': '{TARGET}'}}}}))""",
    "fetch without a preflight": f"""
        return await read(fetch(at, {{method: 'POST', mode: 'no-cors', body: {BODY!r}}}))""",
    "fetch of a query call without a preflight": """
        return await read(fetch(at, {method: 'POST', mode: 'no-cors', body: 'Action=RunInstances&Version=2016-11-15',
            headers: {'content-type': 'application/x-www-form-urlencoded'}}))""",
    "fetch of the status": "return await read(fetch(at + '/_sandbox/status'))",
    "fetch of the status without a preflight": "return await read(fetch(at + '/_sandbox/status', {mode: 'no-cors'}))",
    "reset": "return await read(fetch(at + '/_sandbox/reset', {method: 'POST', mode: 'no-cors', body: '{}'}))",
    "settings": "return await read(fetch(at + '/_sandbox/settings', {method: 'PUT', body: '{\"denied\": []}'}))",
    "beacon": f"navigator.sendBeacon(at, {BODY!r}); return await read(fetch(at, {{mode: 'no-cors'}}))",
    "form": """
        const form = document.createElement('form');
        form.action = at; form.method = 'post'; form.enctype = 'text/plain'; form.target = at;
        form.innerHTML = '<input name="Action=RunInstances&Version=2016-11-15&x" value="1">';
        const frame = document.createElement('iframe'); frame.name = at;
        document.body.append(frame, form);
        const loaded = new Promise(done => frame.addEventListener('load', done));
        form.submit(); await loaded;
        return 'sent'""",
    "image": """
        const image = new Image();
        const over = new Promise(done => { image.onload = () => done('shown'); image.onerror = () => done('unread'); });
        image.src = at + '/_sandbox/status'; return await over""",
}  # fmt: skip
READ = """
    const read = async (sent) => { try { const answer = await sent; return (await answer.text()) || 'unread' }
                                   catch (error) { return 'unread' } };
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium")
    # a name of the attacker's that now leads to this machine
    for flag in (*FLAGS.split(), "--host-resolver-rules=MAP rebound.example 127.0.0.1"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(program("chromedriver", "chromium-driver")))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A web site on another port of this machine."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<!doctype html><title>foreign</title><body></body>")
    handler: Any = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def attempt(browser: webdriver.Chrome, at: str, script: str) -> str:
    return str(
        browser.execute_async_script(
            f"const done = arguments[1], at = arguments[0]; (async () => {{ {READ} {script} }})()"
            ".then(done, error => done(String(error)));",
            at,
        )
    )


def changed(account: Account) -> tuple[Any, ...]:
    """What a page could have changed."""
    tasks = account.client("ecs").list_tasks(cluster="ecsStagingCluster")["taskArns"]
    reservations = account.client("ec2").describe_instances()["Reservations"]
    return tasks, len(reservations), account.control("settings")


@pytest.mark.parametrize("site", ["http://localhost:{}", "http://127.0.0.1:{}", "http://rebound.example:{}"])
def test_a_page_gets_nothing_and_nothing_runs(
    account: Account, browser: webdriver.Chrome, port: int, site: str
) -> None:
    before, last = changed(account), account.control("calls")["last"]
    browser.get(site.format(port))
    assert browser.title == "foreign"
    for at in (account.endpoint, account.endpoint.replace("127.0.0.1", "localhost")):
        read = {name: attempt(browser, at, script) for name, script in ATTEMPTS.items()}
        assert set(read.values()) == {"sent", "unread"}, read
        assert read["form"] == "sent"
    calls = account.calls(last)
    assert [call for call in calls if call["caller"] != "stranger" and call["operation"] == "RunTask"] == []
    assert {call["operation"] for call in calls if call["caller"] == "stranger"} >= {"RunInstances", "POST /"}
    assert all(call["status"] >= 400 for call in calls if call["caller"] == "stranger")
    assert changed(account) == before


def test_a_name_that_now_leads_here_is_refused(account: Account, browser: webdriver.Chrome) -> None:
    before, last = changed(account), account.control("calls")["last"]
    rebound = account.endpoint.replace("127.0.0.1", "rebound.example")
    for path in ("/", "/_sandbox/status"):
        browser.get(f"{rebound}{path}")
        assert "Host rebound.example" in browser.page_source
    # from here the sandbox is of the page's own origin
    for name in ("fetch with the header of an AWS call", "fetch of the status", "settings", "reset"):
        assert "Host rebound.example" in attempt(browser, rebound, ATTEMPTS[name]), name
    calls = [call for call in account.calls(last) if call["operation"] == "RunTask"]
    assert [(call["caller"], call["error"]) for call in calls] == [("stranger", "AccessDeniedException")]
    assert changed(account) == before
