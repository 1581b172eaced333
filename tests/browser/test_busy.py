"""A server that has too much to do: the page asks again by itself, for the newest position, and says nothing."""

from __future__ import annotations

import json
import struct

from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

from tests.browser.conftest import drawn
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
