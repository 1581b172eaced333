"""The route of the figures: who may read it, and that no request can make a label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from server.settings import ROOT, Settings
from tests.api.conftest import make_client
from tests.api.pictures import VAE
from tests.api.test_live import ORIGIN, answer, frame
from tests.unit.test_metrics import values

VIEWER, OWNER = "v" * 20, "o" * 20


def scraped(client: TestClient, **headers: str) -> dict[str, float]:
    found = client.get("/metrics", headers=headers)
    assert found.status_code == 200
    assert found.headers["content-type"].startswith("text/plain; version=")
    return values(client.app.state.metrics)  # type: ignore[attr-defined]


def test_requests_are_counted_by_template_and_frames_by_code(tmp_path: Path) -> None:
    with make_client(Settings(checkpoints=ROOT / "checkpoints", data=tmp_path)) as client:
        assert client.get(f"/api/models/{VAE}").status_code == 200
        assert client.post(f"/api/models/{VAE}").status_code == 405
        with client.websocket_connect("/api/live", headers=ORIGIN) as socket:
            socket.send_bytes(frame(np.zeros((1, 16), np.float32)))
            assert answer(socket)[0]["shape"]
            assert scraped(client)["latent_explorer_visitors"] == 1
            socket.send_bytes(b"")
            assert answer(socket)[0]["error"]["code"] == "invalid"
        found = scraped(client)
        name = "latent_explorer_request_seconds_count"
        assert found[f"{name} method=GET route=/api/models/{{model_id}} status=200"] == 1
        assert found[f"{name} method=POST route=/api/models/{{model_id}} status=405"] == 1
        assert found["latent_explorer_sent_bytes_total route=/api/models/{model_id}"] > 100
        assert found["latent_explorer_frame_seconds_count code=ok"] == 1
        assert found["latent_explorer_refusals_total code=invalid"] == 1
        assert found["latent_explorer_sent_bytes_total route=/api/live"] > 784
        assert found["latent_explorer_visitors"] == 0
        assert found["latent_explorer_requests_in_flight"] == 0


def test_nothing_that_a_request_says_becomes_a_label(tmp_path: Path) -> None:
    with make_client(Settings(checkpoints=ROOT / "checkpoints", data=tmp_path)) as client:
        scraped(client)
        client.get("/api/models/telling-none")
        client.get("/telling")
        client.get("/static/telling.js")
        client.request("TELLING", "/api/models")
        before = len(scraped(client))
        for number in range(20):
            client.get(f"/api/models/telling-{number}")
            client.get(f"/telling/{number}?telling={number}")
            client.get(f"/static/telling-{number}.js")
            client.request(f"TELLING{number}", "/api/models")
            client.get("/api/models", headers={"x-request-id": f"telling-{number}", "host": f"telling{number}"})
        found = scraped(client)
        assert not [name for name in found if "telling" in name.lower()]
        assert len(found) - before < 30  # the route with the status 403 is new


@pytest.mark.parametrize("token", ["", VIEWER, OWNER])
def test_where_there_are_tokens_only_the_owners_reads_them(tmp_path: Path, token: str) -> None:
    settings = Settings(viewer_token=VIEWER, owner_token=OWNER, checkpoints=tmp_path, data=tmp_path)
    with make_client(settings) as client:
        found = client.get("/metrics", headers={"authorization": f"Bearer {token}"})
        assert found.status_code == {"": 401, VIEWER: 403, OWNER: 200}[token]
        assert (b"latent_explorer_ready" in found.content) == (token == OWNER)
