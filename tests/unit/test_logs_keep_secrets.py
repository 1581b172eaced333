"""A real server logs nothing that a person brought: at each level, in each form, uvicorn's own lines included."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import httpx2
import numpy as np
import pytest
from websockets.sync.client import connect

from server.routes.frames import pack
from tests.api.pictures import png
from tests.unit.own_server import OwnServer, own_server

VIEWER, OWNER = "telling-token-of-viewers", "telling-token-of-owner"
NUMBER = 0.73218746
TELLING = ("telling", "0.7321", "7321874", "a9b8c7d6e5f4", "latent_explorer_visitor", "latent_explorer_token")
VISITOR = "a9b8c7d6e5f4" * 2 + "a9b8c7d6"


def use(server: OwnServer) -> dict[str, int]:
    """Bring a file, latents, tokens, cookies, queries and mistakes of all sorts; -> the statuses."""
    model = "/api/models/fashion-vae-16"
    latents = [[NUMBER] * 16]
    owner = {"authorization": f"Bearer {OWNER}"}
    cookies = {"cookie": f"latent_explorer_visitor={VISITOR}"}
    with httpx2.Client(base_url=server.address, headers={**owner, **cookies}, timeout=30) as client:
        picture = ("telling-name.png", png(np.zeros((28, 28), np.uint8)), "image/png")
        found = {
            "link": client.get(f"/?token={VIEWER}").status_code,
            "wrong link": client.get("/?token=telling-wrong-token", headers={"authorization": ""}).status_code,
            "upload": client.post(f"{model}/encode", files={"file": picture}).status_code,
            "no picture": client.post(f"{model}/encode", files={"file": ("telling.txt", b"telling")}).status_code,
            "latents": client.post(f"{model}/decode", json={"latents": latents}).status_code,
            "wrong latents": client.post(f"{model}/decode", json={"latents": [[NUMBER, "telling"]]}).status_code,
            "broken body": client.post(f"{model}/decode", content=b'{"telling": 0.73218746').status_code,
            "path": client.get("/telling/path?telling=1").status_code,
            "model": client.get("/api/models/telling").status_code,
            "mistake": client.get("/api/fails?said=telling").status_code,
            "job": client.post("/api/test?do=fail").status_code,
            "host": client.get("/", headers={"host": "telling.example"}).status_code,
            "set": client.post(
                f"{model}/sets", json={"title": "telling set", "kind": "archive", "bytes": 9}
            ).status_code,
        }
    address = f"ws://127.0.0.1:{server.port}/api/live"
    with connect(f"{address}?token={VIEWER}&telling=1", additional_headers={**owner, **cookies}, proxy=None) as live:
        live.send(pack({"stamp": 1, "model": "fashion-vae-16"}, np.full(16, NUMBER, "<f4").tobytes()))
        live.recv(20)
        live.send(pack({"stamp": 2, "model": "telling"}, b""))
        live.recv(20)
    return found


@pytest.mark.parametrize(("form", "level"), [("text", "debug"), ("json", "debug"), ("json", "info"), ("text", "error")])
def test_nothing_that_a_person_brought_is_logged(tmp_path: Path, form: str, level: str) -> None:
    tokens = {"VIEWER_TOKEN": VIEWER, "OWNER_TOKEN": OWNER}
    with own_server(tmp_path, LOG=form, LOG_LEVEL=level, **tokens) as server:
        found = use(server)
        server.signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        logged = server.err.read_text() + server.out.read_text()
    assert found["upload"] == found["latents"] == 200
    assert found["mistake"] == 500
    assert found["job"] == 202
    assert (found["link"], found["wrong link"], found["host"], found["model"]) == (303, 401, 403, 404)
    for word in TELLING:
        assert word not in logged.lower()
    # It was watched: what may be told stands there.
    assert "builtins.RuntimeError" in logged
    if level != "error":
        assert "/api/models/{model_id}/encode" in logged
        assert "/api/live" in logged
    if form == "json":
        events = [json.loads(line) for line in server.err.read_text().splitlines()]
        lines = [event for event in events if "route" in event]
        assert len(lines) >= len(found)
        assert all(event["request"] for event in lines)
        assert {"route", "method", "status", "ms", "bytes", "request"} <= set(lines[0])
