"""Nearest neighbours: brute force agrees, equal points are each other's, and a graph finds almost all."""

from __future__ import annotations

import numpy as np
import pytest

from models.analysis import nearest as module
from models.analysis.nearest import nearest

ROWS = np.random.default_rng(0).standard_normal((300, 8)).astype(np.float32)


def brute(rows: np.ndarray, count: int) -> np.ndarray:
    distances = np.linalg.norm(rows[:, None].astype(float) - rows[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return np.argsort(distances, axis=1, kind="stable")[:, :count]


@pytest.mark.parametrize("offset", [0, 1000])
def test_brute_force_agrees_also_far_from_the_origin(offset: int) -> None:
    found, distances = nearest(ROWS + offset, 10)
    same = (found[:, :, None] == brute(ROWS + np.float32(offset), 10)[:, None]).any(axis=2).mean()
    assert same > 0.995
    assert (np.diff(distances, axis=1) >= 0).all()
    assert distances.dtype == np.float32


def test_of_equal_points_each_is_the_others_neighbour_and_none_its_own() -> None:
    rows = np.repeat(ROWS[:20], 15, axis=0)
    found, distances = nearest(rows, 10)
    assert (found != np.arange(300)[:, None]).all()
    assert (found // 15 == np.arange(300)[:, None] // 15).all()
    assert not distances.any()


def test_a_graph_finds_almost_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXACT", 100)
    found, _ = nearest(ROWS, 10)
    assert (found[:, :, None] == brute(ROWS, 10)[:, None]).any(axis=2).mean() > 0.98


@pytest.mark.parametrize("count", [0, 300])
def test_more_neighbours_than_others_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="at most 299"):
        nearest(ROWS, count)
