"""Long work on the page: its line, its end, its cancelling, and what happens where events do not come through."""

from __future__ import annotations

import contextlib
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, opened
from tests.browser.host import Host

VIDEO = "/api/models/fashion-vae-16/video"
# A line of its own at the top of the page, and what it is told, on `window`.
LINE = """async () => {
  const script = document.querySelector('script[type="module"]').src;
  const { jobLine } = await import(script.replace('main.js', 'panels/job_line.js'));
  const { Api } = await import(script.replace('main.js', 'api.js'));
  window.api = new Api(document.documentElement.dataset.root);
  const onchange = (busy) => { window.busy = busy; };
  window.line = jobLine({ name: 'Test', idle: 'Takes a moment.', testid: 'line', onchange });
  window.told = [];
  const place = document.createElement('div');
  place.id = 'place';
  place.style = 'position: fixed; z-index: 99; top: 60px; left: 20px; width: 340px; padding: 12px';
  place.style.background = 'var(--panel)';
  place.append(window.line.element);
  document.body.append(place);
}"""
VIDEO_RUN = """async (body) => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await window.line.run(window.api, '/api/models/fashion-vae-16/video', init,
    { onjob: (job) => window.told.push(job.state) });
  return answer && (await answer.arrayBuffer()).byteLength;
}"""
# Long: a search in 896 dimensions. It is begun, and its end is left in `window.found`.
SEARCH = """async () => {
  const canvas = new OffscreenCanvas(64, 64);
  canvas.getContext('2d').fillRect(8, 8, 30, 30);
  const form = new FormData();
  form.append('file', await canvas.convertToBlob(), 'a.png');
  form.append('space', 'w+');
  form.append('steps', '200');
  window.found = 'nothing yet';
  window.line.run(window.api, '/api/models/faces-gan/inversion', { method: 'POST', body: form },
    { onjob: (job) => { window.told.push(job.state); window.partial = job.partial; } })
    .then((answer) => { window.found = answer; });
}"""
FOUND_SOMETHING = """() => new Promise((done) => {
  const timer = setInterval(() => {
    if (window.partial?.latent?.length === 896) { clearInterval(timer); done(); }
  }, 50);
})"""
BODY: dict[str, Any] = {"keyframes": [[0.0] * 16, [1.0] * 16], "format": "npy", "frames": 10}


def spawned(host: Host) -> set[psutil.Process]:
    """The server's children at work or waiting for it, without the tracker that Python keeps for them."""
    assert host.process is not None
    found = set()
    for child in psutil.Process(host.process.pid).children():
        with contextlib.suppress(psutil.Error):  # gone meanwhile
            if "spawn_main" in " ".join(child.cmdline()):
                found.add(child)
    return found


def test_work_is_followed_to_its_result(page: Page) -> None:
    page.evaluate(LINE)
    words = page.get_by_test_id("line-words")
    expect(words).to_have_text("Takes a moment.")
    expect(page.get_by_test_id("line-cancel")).to_be_hidden()
    height = page.locator("#place").bounding_box()
    assert page.evaluate(VIDEO_RUN, BODY) == 128 + 10 * 16 * 4
    assert page.evaluate("window.told")[-1] == "done"
    expect(words).to_have_text("Takes a moment.")
    assert page.evaluate("window.busy") is False
    assert page.locator("#place").bounding_box() == height


def test_a_line_is_cancelled_by_keyboard_and_its_process_is_gone(page: Page, host: Host) -> None:
    others = spawned(host)
    page.evaluate(LINE)
    page.evaluate(SEARCH)
    page.evaluate(FOUND_SOMETHING)
    expect(page.get_by_role("progressbar", name="Test")).to_be_visible()
    expect(page.get_by_test_id("line-words")).to_have_text("Looking for a better latent.")
    working = spawned(host) - others
    assert len(working) == 1
    page.get_by_test_id("line-cancel").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("line-words")).to_have_text("Takes a moment.")
    expect(page.get_by_test_id("line-cancel")).to_be_hidden()
    assert page.evaluate("window.found") is None
    assert page.evaluate("document.activeElement.dataset.testid") == "line-words"
    gone, _ = psutil.wait_procs(working, timeout=PATIENCE_MS / 1000)
    assert gone


class TestWhatGoesWrong:
    """The browser says in its console what is refused."""

    @pytest.fixture
    def complaints(self) -> list[str]:
        return ["status of 4", "failed:", "net::ERR", "getImageData"]

    def test_a_refusal_stands_in_the_line(self, page: Page) -> None:
        page.evaluate(LINE)
        assert page.evaluate(VIDEO_RUN, {**BODY, "fps": 0}) is None
        expect(page.get_by_test_id("line")).to_have_attribute("data-state", "failed")
        expect(page.get_by_test_id("line-words")).to_contain_text("fps")
        assert page.evaluate(VIDEO_RUN, BODY) > 128  # the next one runs

    def test_without_events_the_server_is_asked(self, page: Page) -> None:
        page.route("**/events", lambda route: route.abort())
        page.evaluate(LINE)
        assert page.evaluate(VIDEO_RUN, {**BODY, "frames": 11}) == 128 + 11 * 16 * 4
        assert page.evaluate("window.told")[-1] == "done"

    def test_a_job_that_the_server_has_forgotten_is_started_once_more(self, page: Page) -> None:
        lost: list[str] = []

        def once(route: Route) -> None:
            if lost:
                route.continue_()
                return
            lost.append(route.request.url)
            body = '{"error": {"code": "not_found", "message": "There is no such job.", "field": null}}'
            route.fulfill(status=404, content_type="application/json", body=body)

        page.route("**/result", once)
        page.evaluate(LINE)
        assert page.evaluate(VIDEO_RUN, {**BODY, "frames": 12}) == 128 + 12 * 16 * 4
        assert len(lost) == 1


def test_leaving_the_page_ends_its_work(browser: Browser, fragile: Host) -> None:
    with browser.new_context() as context:
        page = opened(context, fragile)
        others = spawned(fragile)
        page.evaluate(LINE)
        page.evaluate(SEARCH)
        page.evaluate(FOUND_SOMETHING)
        working = spawned(fragile) - others
        assert len(working) == 1
        page.goto("about:blank")
        gone, _ = psutil.wait_procs(working, timeout=PATIENCE_MS / 1000)
        assert gone
