"""Exact neighbours, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analysis.search import Nearest
from models.latent.units import Units

Floats = NDArray[np.float32]


def latents(count: int = 700, seed: int = 0) -> Floats:
    return (np.random.default_rng(seed).standard_normal((count, 5)) * (1, 2, 30, 0.1, 1)).astype(np.float32)


def brute(rows: Floats, asked: Floats, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """All distances in double precision, sorted."""
    spread = rows.std(axis=0, dtype=np.float64)
    every = np.sqrt(np.square((rows[None].astype(float) - asked[:, None].astype(float)) / spread).sum(axis=2))
    order = np.argsort(every, axis=1, kind="stable")[:, :count]
    return order, np.take_along_axis(every, order, axis=1)


@pytest.mark.parametrize("large", [10**9, 1], ids=["numpy", "faiss"])
def test_it_finds_what_brute_force_finds(large: int) -> None:
    rows, asked = latents(), latents(600, 1)
    found, lengths = Nearest(rows, Units(rows), large=large)(asked, 10)
    known, distances = brute(rows, asked, 10)
    np.testing.assert_array_equal(found, known)
    np.testing.assert_allclose(lengths, distances, rtol=1e-4)


@pytest.mark.parametrize("large", [10**9, 1], ids=["numpy", "faiss"])
def test_a_row_is_not_its_own_neighbour(large: int) -> None:
    rows = latents(40)
    found, lengths = Nearest(rows, Units(rows), large=large)(rows, 5)
    assert not (found == np.arange(40)[:, None]).any()
    assert (lengths > 0).all()
    np.testing.assert_array_equal(found, brute(rows, rows, 6)[0][:, 1:])


def test_a_twin_is_a_neighbour() -> None:
    rows = latents(40)
    rows[9] = rows[4]
    found, lengths = Nearest(rows, Units(rows))(rows[4:5], 1)
    assert lengths[0, 0] == 0
    assert found[0, 0] in (4, 9)


def test_far_from_the_origin_rounding_changes_nothing() -> None:
    rows = latents(300) + np.float32(5000)
    asked = rows[:20] + np.float32(0.05)
    found, _ = Nearest(rows, Units(rows))(asked, 3)
    np.testing.assert_array_equal(found, brute(rows, asked, 3)[0])


def test_no_more_are_answered_than_there_are() -> None:
    rows = latents(4)
    found, _ = Nearest(rows, Units(rows))(rows[:1], 10)
    assert sorted(found[0].tolist()) == [1, 2, 3]
    assert Nearest(rows, Units(rows))(rows[:0], 10)[0].shape == (0, 0)
    with pytest.raises(ValueError, match="count"):
        Nearest(rows, Units(rows))(rows, 0)
