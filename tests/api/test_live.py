"""The live connection."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient, WebSocketTestSession

from server.routes.frames import pack, unpack
from tests.api.pictures import VAE

ORIGIN = {"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}


def frame(latents: NDArray[np.float32], stamp: int = 1, **more: Any) -> bytes:
    return pack({"stamp": stamp, "model": VAE, **more}, latents.astype("<f4").tobytes())


def received(socket: WebSocketTestSession) -> tuple[dict[str, Any], bytes]:
    raw = socket.receive_bytes()
    (length,) = struct.unpack_from("<I", raw)
    header: dict[str, Any] = json.loads(raw[4 : 4 + length])
    return header, raw[4 + length :]


def answer(socket: WebSocketTestSession) -> tuple[dict[str, Any], bytes]:
    """The next picture or error."""
    while True:
        header, content = received(socket)
        if "unusual" not in header:
            return header, content


def unusual(socket: WebSocketTestSession) -> dict[str, Any]:
    """The next frame that says how unusual a point is."""
    while True:
        header, content = received(socket)
        if "unusual" in header:
            assert content == b""
            return header


def test_a_frame_comes_back_with_its_stamp_and_the_pixels_of_the_same_request(client: TestClient) -> None:
    latents = np.random.default_rng(1).normal(size=(1, 16)).astype(np.float32)
    with client.websocket_connect("/api/live", headers=ORIGIN) as socket:
        socket.send_bytes(frame(latents, 41))
        header, content = answer(socket)
        rank = unusual(socket)
    assert header["stamp"] == rank["stamp"] == 41
    assert header["shape"] == [1, 28, 28, 1]
    assert 0 <= rank["unusual"] <= 100
    http = client.post(f"/api/models/{VAE}/decode", json={"latents": latents.tolist(), "output": "raw"})
    assert content == http.content
    assert float(http.headers["x-unusual"]) == rank["unusual"]


def test_a_far_point_is_more_unusual_than_one_of_the_data(client: TestClient) -> None:
    near = np.array(client.get(f"/api/models/{VAE}/sample?seed=1").json()["latents"], np.float32) * 0.3
    with client.websocket_connect("/api/live", headers=ORIGIN) as socket:
        socket.send_bytes(frame(near))
        close = unusual(socket)["unusual"]
        socket.send_bytes(frame(near + 50))
        far = unusual(socket)["unusual"]
    assert close < far == 100


def test_of_many_points_the_newest_is_told_unusual_and_few_between(client: TestClient) -> None:
    points = np.random.default_rng(2).normal(size=(40, 1, 16)).astype(np.float32)
    told = []
    with client.websocket_connect("/api/live", headers=ORIGIN) as socket:
        for stamp, point in enumerate(points):
            socket.send_bytes(frame(point, stamp))
            while "shape" not in (header := received(socket)[0]):
                told.append(header["stamp"])
        while not told or told[-1] < 39:
            told.append(unusual(socket)["stamp"])
    assert told == sorted(set(told))
    assert len(told) < 40


def test_of_several_points_at_once_nothing_is_told(client: TestClient) -> None:
    with client.websocket_connect("/api/live", headers=ORIGIN) as socket:
        socket.send_bytes(frame(np.zeros((2, 16), np.float32), 1))
        assert received(socket)[0]["shape"][0] == 2
        socket.send_bytes(frame(np.zeros((1, 16), np.float32), 2))
        assert "shape" in received(socket)[0]
        assert unusual(socket)["stamp"] == 2


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"", None),
        (b"\xff\xff\xff\xff", None),
        (struct.pack("<I", 5) + b"{nope", None),
        (pack({"stamp": 1, "model": VAE}), "latents"),
        (pack({"stamp": 1, "model": VAE}, b"\x00" * 63), "latents"),
        (pack({"stamp": 1, "model": VAE}, np.full(16, np.nan, "<f4").tobytes()), "latents"),
        (pack({"stamp": 1, "model": "none"}, b"\x00" * 64), "model"),
        (pack({"stamp": 1, "model": VAE, "hash": "0" * 16}, b"\x00" * 64), "hash"),
        (pack({"stamp": 1, "model": VAE, "speed": 3}, b"\x00" * 64), "speed"),
        (pack({"stamp": 1, "model": VAE, "space": "w"}, b"\x00" * 64), "space"),
        (pack([1, 2]), None),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_frame_is_answered_and_the_connection_lives_on(
    client: TestClient, raw: bytes, field: str | None
) -> None:
    with client.websocket_connect("/api/live", headers=ORIGIN) as socket:
        socket.send_bytes(raw)
        header, content = answer(socket)
        assert content == b""
        assert header["error"]["message"].endswith(".")
        assert header["error"]["field"] == field
        socket.send_bytes(frame(np.zeros((1, 16), np.float32), 7))
        assert answer(socket)[0]["stamp"] == 7


def test_text_is_answered_as_a_wrong_frame(client: TestClient) -> None:
    with client.websocket_connect("/api/live", headers=ORIGIN) as socket:
        socket.send_text("hello")
        assert "error" in answer(socket)[0]


def test_frames_round_trip() -> None:
    assert unpack(pack({"stamp": 1}, b"abc")) == ({"stamp": 1}, b"abc")
