"""A server that has too much to do: the page asks again by itself, for the newest position, and says nothing."""

from __future__ import annotations

import json
import struct

from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

from tests.browser.conftest import drawn, wait_for
from tests.browser.host import Host
from tests.browser.test_exploring import first_slider

BUSY = {"error": {"code": "busy", "message": "The server has more to do than it can.", "field": None}}


def refusing(page: Page, after: list[int], times: int) -> list[int]:
    """Let the live connection refuse that many frames after the stamp in `after`; returns the stamps of the refused."""
    refused: list[int] = []

    def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def up(frame: str | bytes) -> None:
            content = frame.encode() if isinstance(frame, str) else frame
            (length,) = struct.unpack_from("<I", content)
            stamp = json.loads(content[4 : 4 + length])["stamp"]
            if after and stamp > after[0] and len(refused) < times:
                refused.append(stamp)
                head = json.dumps({"stamp": stamp, **BUSY}).encode()
                socket.send(struct.pack("<I", len(head)) + head)
            else:
                server.send(content)

        socket.on_message(up)

    page.route_web_socket("**/api/live", connect)
    return refused


def test_a_busy_server_gets_the_newest_position_a_moment_later(browser: Browser, host: Host) -> None:
    page = browser.new_page()
    after: list[int] = []
    refused = refusing(page, after, 2)
    page.goto(host.clothes)
    drawn(page)
    before = int(page.get_by_test_id("picture").get_attribute("data-stamp") or 0)
    after.append(before)
    page.get_by_test_id(first_slider(page)).press("ArrowRight")
    expect(page.get_by_test_id("picture")).not_to_have_attribute("data-stamp", str(before))
    shown = int(page.get_by_test_id("picture").get_attribute("data-stamp") or 0)
    assert len(refused) == 2
    assert shown >= refused[0] > before
    expect(page.get_by_role("alert")).to_have_count(0)
    page.close()


def test_what_is_refused_over_http_is_asked_again(browser: Browser, host: Host) -> None:
    page = browser.new_page()
    refusals = 0

    def refuse(route: Route) -> None:
        nonlocal refusals
        if refusals < 2:
            refusals += 1
            route.fulfill(status=429, headers={"Retry-After": "1"}, json=BUSY)
        else:
            route.continue_()

    page.route("**/traverse", refuse)
    page.goto(host.clothes)
    drawn(page)
    with page.expect_response(lambda answer: answer.url.endswith("/traverse") and answer.ok):
        page.get_by_test_id(first_slider(page)).press("ArrowRight")
    assert refusals == 2
    expect(page.get_by_role("alert")).to_have_count(0)
    page.close()


def test_the_rest_of_the_page_waits_for_the_picture_of_a_hand_that_is_quick(browser: Browser, host: Host) -> None:
    page = browser.new_page()
    asked: list[str] = []
    kept: list[str | bytes] = []
    sockets: list[WebSocketRoute] = []
    page.on("request", lambda request: asked.append(request.url))

    def connect(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        server = socket.connect_to_server()
        pictures = 0

        def down(frame: str | bytes) -> None:
            nonlocal pictures
            content = frame.encode() if isinstance(frame, str) else frame
            (length,) = struct.unpack_from("<I", content)
            pictures += "shape" in json.loads(content[4 : 4 + length])
            if pictures > 1:
                kept.append(frame)
            else:
                socket.send(frame)

        server.on_message(down)

    page.route_web_socket("**/api/live", connect)
    page.add_init_script(
        """document.addEventListener('picture-drawn', () => {
        const move = () => {
          const slider = document.querySelector('input[type=range][data-testid^=slider-]');
          if (!slider) return requestAnimationFrame(move);
          slider.value = slider.max;
          slider.dispatchEvent(new Event('input', { bubbles: true }));
        };
        move();
        }, { once: true });"""
    )
    page.goto(host.clothes)
    page.wait_for_selector('[data-testid="picture"][data-stamp]')
    wait_for(page, lambda: bool(kept), "the slider's picture was not asked for")
    page.wait_for_timeout(1000)
    assert not [url for url in asked if "later.css" in url or "rest.js" in url]
    sockets[0].send(kept[0])
    drawn(page)
    assert [url for url in asked if "rest.js" in url]
    page.close()
