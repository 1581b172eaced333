"""A map as a file: it comes back as it was, and anything else is told from it."""

from __future__ import annotations

import io

import numpy as np
import pytest

from server.projection import packed, unpacked

POSITIONS = np.random.default_rng(0).standard_normal((100, 2)).astype(np.float32)
ABOUT = {"method": "umap", "trust": {"sentence": "Yes."}}
WHOLE = packed(POSITIONS, ABOUT)


def archive(**arrays: np.ndarray) -> bytes:
    sink = io.BytesIO()
    np.savez(sink, allow_pickle=False, **arrays)
    return sink.getvalue()


def test_a_map_comes_back_as_it_was() -> None:
    positions, about = unpacked(WHOLE)
    np.testing.assert_array_equal(positions, POSITIONS)
    assert about == ABOUT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        WHOLE[: len(WHOLE) // 2],
        WHOLE[:-1],
        WHOLE[:200] + b"\0" * (len(WHOLE) - 200),
        archive(positions=POSITIONS),
        archive(positions=POSITIONS.astype(np.float64), about=np.frombuffer(b"{}", np.uint8)),
        archive(positions=POSITIONS[0], about=np.frombuffer(b"{}", np.uint8)),
        archive(positions=POSITIONS, about=np.frombuffer(b"[]", np.uint8)),
        archive(positions=POSITIONS, about=np.frombuffer(b"{", np.uint8)),
    ],
)
def test_anything_else_is_told_from_a_map(content: bytes) -> None:
    with pytest.raises(ValueError, match="no map"):
        unpacked(content)
