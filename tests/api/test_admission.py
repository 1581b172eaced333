"""How much is answered at a time, and what becomes of the work for a client that has gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Scope
from starlette.websockets import WebSocketDisconnect

from server import engine as engine_module
from server.admission import TRY_AGAIN_LATER, Admission
from server.app import create_app
from server.catalog import Catalog
from server.engine import Engine
from server.routes import failures
from server.runtimes import choose
from server.settings import ROOT, Settings
from server.visitors import COOKIE, asking
from tests.api.conftest import make_client
from tests.api.pictures import VAE

ONE, OTHER = "1" * 32, "2" * 32


def scope(visitor: str | None, *, path: str = "/api/models", kind: str = "http") -> Scope:
    headers = [(b"cookie", f"{COOKIE}={visitor}".encode())] if visitor else []
    return {"type": kind, "method": "GET", "path": path, "headers": headers, "client": ("127.0.0.1", 1)}


class Asked:
    """Requests to an application that answers only when it is let, and what came of each."""

    def __init__(self, **settings: int) -> None:
        self.gate = asyncio.Event()
        self.visitors: list[str] = []
        self.codes: list[str] = []  # of errors, as the edge counts them
        self.admission = Admission(self.app, Settings(**settings))  # type: ignore[arg-type]

    async def app(self, scope: Scope, receive: Any, send: Any) -> None:
        self.visitors.append(asking())
        await self.gate.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask(self, scope: Scope) -> int:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.admission(scope, receive, send)
        self.codes += [code for name, code in scope.get("state", {}).items() if name == failures.CODE]
        status: int = sent[0]["status"]
        if status == 429:
            assert dict(sent[0]["headers"])[b"retry-after"] == b"1"
        return status

    async def ask_all(self, scopes: list[Scope]) -> list[int]:
        tasks = [asyncio.ensure_future(self.ask(each)) for each in scopes]
        await asyncio.sleep(0.01)
        self.gate.set()
        return list(await asyncio.gather(*tasks))


def statuses(visitors: Sequence[str | None], **settings: int) -> list[int]:
    async def scenario() -> list[int]:
        asked = Asked(**settings)
        found = await asked.ask_all([scope(visitor) for visitor in visitors])
        assert asked.codes == ["busy"] * found.count(429)
        assert await asked.ask_all([scope(visitor) for visitor in visitors[:1]]) == [200]  # what was counted has gone
        return found

    return asyncio.run(scenario())


def test_beyond_the_bound_of_all_or_of_one_visitor_requests_are_refused() -> None:
    assert statuses([ONE] * 5, visitor_requests_at_a_time=3) == [200] * 3 + [429] * 2
    assert statuses([ONE] * 3 + [OTHER], visitor_requests_at_a_time=2) == [200, 200, 429, 200]
    assert statuses([ONE, OTHER, ONE], requests_at_a_time=2) == [200, 200, 429]


def test_while_many_ask_each_has_a_share_and_a_newcomer_finds_a_place() -> None:
    seven = [str(number) * 32 for number in range(2, 9)]
    assert statuses([*seven * 4, ONE], requests_at_a_time=16) == [200] * 14 + [429] * 14 + [200]
    assert statuses([*seven * 4, ONE], requests_at_a_time=1000) == [200] * 29


def test_whoever_brings_no_number_shares_half_of_everything_with_the_address() -> None:
    assert statuses([None] * 4 + [ONE], requests_at_a_time=6) == [200] * 3 + [429, 200]
    assert statuses(["not a number"] * 4, requests_at_a_time=6) == [200] * 3 + [429]


def test_the_engine_is_told_whose_turn_it_is_and_what_is_no_request_to_the_api_is_not_counted() -> None:
    async def scenario() -> Asked:
        asked = Asked(requests_at_a_time=1)
        scopes = [scope(ONE), *(scope(ONE, path=path) for path in ("/", "/health/live", "/static/x.js"))]
        assert await asked.ask_all(scopes) == [200] * 4
        return asked

    assert asyncio.run(scenario()).visitors == [ONE, "", "", ""]


def test_a_live_connection_too_many_is_told_to_come_back(tmp_path: Path) -> None:
    settings = Settings(checkpoints=ROOT / "checkpoints", data=tmp_path, visitor_requests_at_a_time=2)
    headers = {"cookie": f"{COOKIE}={ONE}", "host": "127.0.0.1:8000"}
    with make_client(settings) as client:
        first, second, third = (client.websocket_connect("/api/live", headers=headers) for _ in range(3))
        with first, second:
            with pytest.raises(WebSocketDisconnect) as closed, third as socket:
                socket.receive_bytes()
            assert closed.value.code == TRY_AGAIN_LATER
        with client.websocket_connect("/api/live", headers=headers):
            pass


def test_the_work_of_a_client_that_has_gone_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid of many parts: the part that runs ends, and no other one is begun."""
    gate, parts = threading.Event(), []
    decode: Callable[..., Any] = engine_module._decode

    def held(opened: object, how: object, several: list[engine_module.Rows]) -> Any:
        parts.append(len(several))
        assert gate.wait(20)
        return decode(opened, how, several)

    monkeypatch.setattr(engine_module, "_decode", held)
    settings = Settings(checkpoints=ROOT / "checkpoints", data=tmp_path)
    engine = Engine(Catalog(settings.checkpoints), lambda: choose("onnx", "cpu"), workers=2, bounds=settings.bounds)
    app = create_app(engine, settings)
    body = b'{"latents": [[%s]], "dims": [0, 1, 2, 3], "steps": 64}' % b",".join([b"0.1"] * 16)

    async def scenario() -> list[Message]:
        gone, sent = asyncio.Event(), []
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if messages:
                return messages.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        request: Scope = {
            **scope(ONE, path=f"/api/models/{VAE}/traverse"),
            "method": "POST",
            "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
            "query_string": b"",
            "server": ("127.0.0.1", 8000),
            "scheme": "http",
            "http_version": "1.1",
        }
        answering = asyncio.ensure_future(app(request, receive, send))
        while not parts:
            await asyncio.sleep(0.01)
        gone.set()
        await asyncio.wait_for(answering, 10)
        assert not any(lane.waiting for lane in engine._lanes.values())
        gate.set()
        await asyncio.sleep(0.3)
        engine.close()
        return sent

    assert asyncio.run(scenario()) == []
    assert len(parts) == 1
