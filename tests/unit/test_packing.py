"""Text travels packed: what is left out of it, who gets it, and what is left alone."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from server.packing import AT_ONCE, LEAST, Packing, packed, takes_packed, without_comments
from server.routes.page import FIRST_STYLES, FRONTEND, LATER_STYLES, imported

STATIC = FRONTEND / "static"
SCRIPTS = sorted(STATIC.glob("js/**/*.js"))


def test_comments_go_and_every_line_stays_in_its_place() -> None:
    text = "/**\n * Words.\n */\nlet a = 1; // kept\n/* one */\nconst b = /** @type {X} */ (a);\n"
    assert without_comments(text) == "\n\n\nlet a = 1; // kept\n\nconst b = /** @type {X} */ (a);\n"
    cast = "  /** @type {Y} */ (b).c();\n  let d = `/* ${b} */`;\n"
    assert without_comments(cast) == cast


def test_of_the_pages_modules_only_comments_go() -> None:
    assert len(SCRIPTS) > 100
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        before, after = text.split("\n"), without_comments(text).split("\n")
        assert len(before) == len(after), path
        inside = False
        for line, kept in zip(before, after, strict=True):
            begins = not inside and line.strip().startswith("/*")
            if line != kept:
                assert kept == "", (path, line)
                assert inside or begins, (path, line)
            inside = (inside or begins) and not line.rstrip().endswith("*/")


def test_there_is_much_to_leave_out() -> None:
    whole = sum(len(gzip.compress(path.read_bytes(), 9)) for path in SCRIPTS)
    assert sum(len(packed([path])) for path in SCRIPTS) < 0.8 * whole


def test_files_that_are_joined_come_after_each_other() -> None:
    files = [STATIC / "css" / f"{name}.css" for name in FIRST_STYLES]
    text = gzip.decompress(packed(files)).decode()
    places = [text.index(without_comments(path.read_text(encoding="utf-8")).strip()[:80]) for path in files]
    assert places == sorted(places)


def test_every_style_sheet_is_on_the_page() -> None:
    assert sorted(FIRST_STYLES + LATER_STYLES) == sorted(path.stem for path in STATIC.glob("css/*.css"))


def test_the_first_modules_are_few_and_the_rest_comes_once() -> None:
    first, rest = imported(STATIC, "js/main.js"), imported(STATIC, "js/rest.js")
    assert "js/panels/sliders.js" in first
    assert "js/panels/map.js" not in first
    assert "js/panels/map.js" in rest
    assert not [name for name in first + rest if not (STATIC / name).is_file()]
    assert len(set(first)) == len(first) < 50


@pytest.mark.parametrize(
    ("header", "taken"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("GZIP", True), ("br", False), ("gzip;q=0", False), ("", False)],
)
def test_who_reads_gzip_is_asked(header: str, taken: bool) -> None:
    assert takes_packed(Headers({"accept-encoding": header})) is taken


def sent(body: bytes, kind: str = "application/json", *, parts: int = 1, status: int = 200, **asked: str) -> Any:
    """Headers and body of an answer that goes through the middleware."""
    got: list[Message] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        size = -(-len(body) // parts)
        for first in range(0, len(body), size):
            more = first + size < len(body)
            await send({"type": "http.response.body", "body": body[first : first + size], "more_body": more})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        got.append(message)

    encoding = asked.get("encoding", "gzip").encode()
    scope = {"type": "http", "headers": [(b"accept-encoding", encoding)]}
    asyncio.run(Packing(app)(scope, receive, send))
    content = b"".join(message.get("body", b"") for message in got[1:])
    return Headers(raw=got[0]["headers"]), content


@pytest.mark.parametrize("size", [LEAST, AT_ONCE + 1])
def test_json_is_packed(size: int) -> None:
    body = b"[" + b"1," * (size // 2) + b"1]"
    headers, content = sent(body)
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert int(headers["content-length"]) == len(content) < len(body)
    assert gzip.decompress(content) == body


def test_what_is_small_or_in_parts_or_no_text_or_for_others_is_left_alone() -> None:
    body = b"1" * 5000
    for headers, content in (
        sent(body[:100]),
        sent(body, parts=3),
        sent(body, "application/octet-stream"),
        sent(body, "text/event-stream"),
        sent(body, encoding="br"),
        sent(body, status=404),
    ):
        assert "content-encoding" not in headers
        assert content in (body, body[:100])
