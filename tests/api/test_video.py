"""Walks as files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from models.latent import interpolation
from tests.api.pictures import VAE, opened
from tests.api.test_jobs import events

ADDRESS = f"/api/models/{VAE}/video"
A, B, C = np.zeros(16), np.ones(16), np.linspace(-1, 1, 16)


def made(client: TestClient, body: dict[str, Any], address: str = ADDRESS) -> Any:
    """The file that a request leads to."""
    begun = client.post(address, json=body)
    assert begun.status_code in (200, 202), begun.text
    last = events(client, begun.headers["location"])[-1]
    assert last["state"] == "done", last
    return client.get(last["result"])


def keyframes(*points: NDArray[np.float64], **more: Any) -> dict[str, Any]:
    return {"keyframes": [point.tolist() for point in points], "frames": 8, **more}


def drawn(client: TestClient, latents: NDArray[np.float32], size: int) -> NDArray[np.uint8]:
    """The same pictures from /decode, each pixel `size` wide."""
    answer = client.post(f"/api/models/{VAE}/decode", json={"latents": latents.tolist(), "output": "raw"})
    pixels = np.frombuffer(answer.content, np.uint8).reshape(-1, 28, 28)
    return pixels.repeat(size, axis=1).repeat(size, axis=2)


def test_the_latents_of_a_walk_are_those_of_the_interpolation(client: TestClient) -> None:
    answer = made(client, keyframes(A, B, format="npy", loop="once"))
    assert 'filename="fashion-vae-16-walk.npy"' in answer.headers["content-disposition"]
    latents = np.load(io.BytesIO(answer.content), allow_pickle=False)
    assert latents.dtype == np.float32
    np.testing.assert_allclose(latents, interpolation.path(A, B, 8, "lerp"), atol=1e-6)


def test_a_walk_meets_its_keyframes_rests_there_when_smooth_and_comes_back(client: TestClient) -> None:
    body = {**keyframes(A, B, C), "frames": 41, "ease": "smooth", "method": "slerp", "loop": "back", "format": "npy"}
    latents = np.load(io.BytesIO(made(client, body).content))
    assert len(latents) == 80
    for index, point in ((0, A), (20, B), (40, C), (60, B)):
        np.testing.assert_allclose(latents[index], point, atol=1e-5)
    steps = np.linalg.norm(np.diff(latents[:41], axis=0), axis=1)
    assert steps[10] > 3 * steps[0]
    assert steps[30] > 3 * steps[20]
    np.testing.assert_allclose(latents[41:], latents[39:0:-1])


def test_frames_given_one_by_one_are_taken_as_they_are_and_smooth_only_shifts_them(client: TestClient) -> None:
    rows = interpolation.path(A, C, 9, "lerp")
    body = {"latents": rows.tolist(), "format": "npy", "loop": "once"}
    np.testing.assert_allclose(np.load(io.BytesIO(made(client, body).content)), rows, atol=1e-6)
    smooth = np.load(io.BytesIO(made(client, {**body, "ease": "smooth"}).content))
    np.testing.assert_allclose(smooth[[0, 4, 8]], rows[[0, 4, 8]], atol=1e-5)
    assert np.linalg.norm(smooth[1] - smooth[0]) < np.linalg.norm(rows[1] - rows[0]) / 2


def test_a_strip_shows_the_frames_side_by_side(client: TestClient) -> None:
    answer = made(client, keyframes(A, C, format="png-strip", size=57))
    assert answer.headers["content-type"] == "image/png"
    expected = drawn(client, interpolation.path(A, C, 8, "lerp"), 2)
    np.testing.assert_array_equal(opened(answer.content), np.concatenate(list(expected), axis=1))


@pytest.mark.parametrize(("kind", "exact"), [("webp", True), ("gif", True)])
def test_moving_pictures_hold_every_frame_and_last_as_long_as_they_should(
    client: TestClient, kind: str, exact: bool
) -> None:
    answer = made(client, keyframes(A, C, format=kind, size=56, fps=24, loop="repeat"))
    assert answer.headers["content-type"] == f"image/{kind}"
    file = Image.open(io.BytesIO(answer.content))
    expected = drawn(client, interpolation.path(A, C, 8, "lerp"), 2)
    assert file.n_frames == 8  # type: ignore[attr-defined]
    assert file.info["loop"] == 0
    total = 0
    for number, frame in enumerate(expected):
        file.seek(number)
        file.load()
        total += file.info["duration"]
        np.testing.assert_array_equal(np.asarray(file.convert("L")), frame)
    assert abs(total - 8 / 24 * 1000) <= 8


def test_an_mp4_is_h264_with_all_frames(client: TestClient) -> None:
    av = pytest.importorskip("av")
    answer = made(client, keyframes(A, C, format="mp4", size=84, fps=12))
    assert answer.headers["content-type"] == "video/mp4"
    expected = drawn(client, interpolation.path(A, C, 8, "lerp"), 3)
    with av.open(io.BytesIO(answer.content)) as container:
        stream = container.streams.video[0]
        frames = np.stack([frame.to_ndarray(format="gray") for frame in container.decode(stream)])
        assert (stream.codec_context.name, float(stream.average_rate)) == ("h264", 12.0)
    assert frames.shape == expected.shape
    assert np.abs(frames.astype(float) - expected).mean() < 4


def test_colours_are_kept(client: TestClient) -> None:
    body = {"keyframes": [[0.0] * 128, [0.5] * 128], "frames": 6, "size": 64, "noise_seed": 3}
    address = "/api/models/faces-gan/video"
    lossless = Image.open(io.BytesIO(made(client, {**body, "format": "webp"}, address).content))
    reduced = Image.open(io.BytesIO(made(client, {**body, "format": "gif"}, address).content))
    for number in range(6):
        lossless.seek(number)
        reduced.seek(number)
        exact, near = (np.asarray(file.convert("RGB")).astype(float) for file in (lossless, reduced))
        assert exact.std() > 10
        assert np.abs(exact - near).mean() < 6


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"keyframes": [[0.0] * 16]}, "latents"),
        ({"latents": [[0.0] * 16] * 2}, "latents"),
        ({"keyframes": [[0.0] * 3, [1.0] * 3]}, "latents"),
        ({"frames": 601}, "frames"),
        ({"fps": 0}, "fps"),
        ({"size": 2000}, "size"),
        ({"format": "avi"}, "format"),
        ({"method": "geodesic"}, "method"),
        ({"speed": 2}, "speed"),
    ],
)
def test_what_cannot_be_made_is_told(client: TestClient, change: dict[str, Any], field: str) -> None:
    answer = client.post(ADDRESS, json={**keyframes(A, B), **change})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field


@pytest.mark.parametrize(
    ("change", "field"), [({"format": "png-strip", "size": 1024, "frames": 60}, "frames"), ({"size": 1024}, "size")]
)
def test_what_is_too_large_is_told(client: TestClient, change: dict[str, Any], field: str) -> None:
    answer = client.post(ADDRESS, json={**keyframes(A, B), "frames": 600, **change})
    assert answer.status_code == 413
    assert answer.json()["error"]["field"] == field
