"""Frames as files that move."""

from __future__ import annotations

import builtins
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from server.errors import Unsupported
from server.imaging import videos


def frames(count: int, height: int = 6, width: int = 8, channels: int = 3) -> NDArray[np.uint8]:
    """Pictures that differ from each other in every frame."""
    values = np.arange(count)[:, None, None, None] * 20 + np.arange(height * width * channels).reshape(
        1, height, width, channels
    )
    return (values % 256).astype(np.uint8)


def test_each_pixel_becomes_a_whole_square_as_large_as_fits() -> None:
    pixels = frames(2, 3, 5)
    large = videos.enlarged(pixels, 17)
    assert large.shape == (2, 9, 15, 3)
    np.testing.assert_array_equal(large[:, 1::3, 1::3], pixels)
    np.testing.assert_array_equal(videos.enlarged(pixels, 2), pixels)  # never smaller than the model draws


def test_transparency_is_laid_on_the_ground_or_on_white() -> None:
    frame = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [200, 100, 0, 51]]], np.uint8)
    on_gray = videos.flattened(frame, (100, 100, 100, 255))
    np.testing.assert_array_equal(on_gray, [[[10, 20, 30], [100, 100, 100], [120, 100, 80]]])
    assert videos.flattened(frame, (0, 0, 0, 0))[0, 1].tolist() == [255, 255, 255]
    plain = frame[:, :, :3]
    assert videos.flattened(plain, (0, 0, 0)) is plain


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("fps", [7, 24, 50])
def test_a_gif_lasts_as_long_as_its_frames_should(channels: int, fps: int) -> None:
    shown = frames(9, channels=channels)
    file = Image.open(io.BytesIO(videos.gif(iter(shown), 9, fps, repeat=False, colours=shown)))
    durations = []
    for number, frame in enumerate(shown):
        file.seek(number)
        durations.append(file.info["duration"])
        np.testing.assert_allclose(
            np.asarray(file.convert("RGB")).astype(int), np.broadcast_to(frame, (6, 8, 3)), atol=9
        )
    assert sum(durations) == 10 * round(900 / fps)
    assert max(durations) - min(durations) <= 10
    assert "loop" not in file.info


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_webp_is_exact_transparency_included(channels: int) -> None:
    shown = frames(4, channels=channels)
    if channels == 4:
        shown[..., 3] = 255 * (np.arange(8) % 2)  # either there or not: what is hidden has no colour
    file = Image.open(io.BytesIO(videos.webp(iter(shown), 10, repeat=True)))
    assert file.info["loop"] == 0
    for number, frame in enumerate(shown):
        file.seek(number)
        if channels == 4:
            seen = np.asarray(file.convert("RGBA"))
            np.testing.assert_array_equal(seen[..., 3], frame[..., 3])
            np.testing.assert_array_equal(seen[frame[..., 3] > 0], frame[frame[..., 3] > 0])
        else:
            np.testing.assert_array_equal(np.asarray(file.convert("RGB")), np.broadcast_to(frame, (6, 8, 3)))


def test_a_webp_that_plays_once_says_so() -> None:
    file = Image.open(io.BytesIO(videos.webp(iter(frames(3)), 10, repeat=False)))
    assert file.info["loop"] == 1


def test_an_mp4_with_odd_edges_grows_by_a_line() -> None:
    av = pytest.importorskip("av")
    shown = np.full((5, 33, 31, 1), 128, np.uint8)
    with av.open(io.BytesIO(videos.mp4(iter(shown), 25))) as container:
        decoded = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert [frame.shape for frame in decoded] == [(34, 32)] * 5
    assert np.abs(np.stack(decoded).astype(int) - 128).max() <= 3


@pytest.mark.parametrize(
    "write",
    [
        lambda none: videos.gif(none, 0, 10, repeat=True, colours=frames(1)),
        lambda none: videos.webp(none, 10, repeat=True),
        lambda none: videos.mp4(none, 10),
    ],
    ids=["gif", "webp", "mp4"],
)
def test_no_frame_is_no_video(write: Callable[[Any], bytes]) -> None:
    pytest.importorskip("av")
    with pytest.raises(ValueError, match="at least one frame"):
        write(iter(()))


def test_without_the_package_av_it_is_said_what_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "av":
            raise ImportError(name)
        return known(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Unsupported, match="GIF or WebP"):
        videos.mp4(iter(frames(1)), 10)
