"""Placing on a map without a formula, and back: exact where something is known, near in between, never far outside."""

from __future__ import annotations

import time

import numpy as np
import pytest

from models.latent import placing
from models.latent.placing import Known, Placing

RANDOM = np.random.default_rng(0)
LATENTS = RANDOM.standard_normal((2000, 6)).astype(np.float32) * np.array([3, 2, 0.01, 0.01, 0.01, 0.01], np.float32)
POSITIONS = LATENTS[:, :2] @ np.array([[0, -2.0], [1, 0]], np.float32)  # turned, and one axis drawn out
MAP = Placing(LATENTS, POSITIONS)


def test_what_is_known_is_exactly_where_it_is_known_to_be() -> None:
    np.testing.assert_array_equal(MAP.place(LATENTS[:50]), POSITIONS[:50])
    np.testing.assert_array_equal(MAP.unplace(POSITIONS[:50]), LATENTS[:50])


def test_a_point_in_between_lands_among_its_neighbours_and_comes_back() -> None:
    between = (LATENTS[:200] + LATENTS[200:400]) / 2
    placed = MAP.place(between)
    truth = between[:, :2] @ np.array([[0, -2.0], [1, 0]], np.float32)
    spread = POSITIONS.std()
    assert np.median(np.linalg.norm(placed - truth, axis=1)) < 0.05 * spread
    back = MAP.unplace(placed)
    assert np.median(np.linalg.norm(back - between, axis=1)) < 0.05 * LATENTS.std(axis=0).max()


def test_far_away_the_nearest_alone_counts() -> None:
    for direction in RANDOM.standard_normal((20, 2)):
        away = 1e4 * direction[np.newaxis]
        nearest = np.linalg.norm(POSITIONS - away, axis=1).argmin()
        np.testing.assert_allclose(MAP.unplace(away)[0], LATENTS[nearest], atol=1e-3)


def test_nothing_jumps_on_the_way_between_two_points() -> None:
    way = np.linspace(POSITIONS[0], POSITIONS[1], 4001)
    steps = np.linalg.norm(np.diff(MAP.unplace(way)[:, :2], axis=0), axis=1)
    assert steps.max() < 0.05  # the two are further apart than a hundred such steps
    assert np.linalg.norm(LATENTS[0] - LATENTS[1]) > 0.5


def test_what_comes_out_lies_within_what_is_known() -> None:
    places = RANDOM.uniform(-20, 20, (500, 2))
    found = MAP.unplace(places)
    assert found.dtype == np.float32
    assert (found >= LATENTS.min(axis=0) - 1e-5).all()
    assert (found <= LATENTS.max(axis=0) + 1e-5).all()


def test_a_place_does_not_depend_on_its_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    places = RANDOM.uniform(-5, 5, (50, 2)).astype(np.float32)
    whole = MAP.unplace(places)
    monkeypatch.setattr(placing, "_CHUNK", 2000 * 7)
    np.testing.assert_allclose(MAP.unplace(places), whole, atol=1e-5)


def test_equal_points_share_what_they_are_worth() -> None:
    known = Known([[0.0], [0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0], [7.0]])
    assert known.at([[0.0]]).tolist() == [[2.0]]
    all_equal = Known(np.zeros((30, 2)), np.arange(30.0)[:, np.newaxis])
    assert np.isfinite(all_equal.at([[0.0, 0.0], [5.0, 1.0]])).all()


def test_one_point_or_a_few_are_enough() -> None:
    assert Known([[1.0, 1.0]], [[4.0]]).at([[9.0, 9.0]]).tolist() == [[4.0]]
    few = Known([[0.0], [1.0], [2.0]], [[0.0], [1.0], [2.0]])
    assert few.at([[0.5]])[0, 0] == pytest.approx(0.5, abs=0.2)
    assert few.at(np.empty((0, 1))).shape == (0, 1)


def test_far_from_the_origin_neighbours_are_still_told_apart() -> None:
    known = Known(LATENTS + 1000, POSITIONS)
    assert np.median(np.linalg.norm(known.at(LATENTS[:50] + 1000) - POSITIONS[:50], axis=1)) < 0.01


def test_what_does_not_belong_together_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(N, A\) and \(N, B\)"):
        Known(np.zeros((3, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="no points"):
        Known(np.zeros((0, 2)), np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"expected points \(M, 2\)"):
        MAP.unplace([[1.0, 2.0, 3.0]])


def test_one_point_among_70_000_takes_milliseconds() -> None:
    many = RANDOM.standard_normal((70_000, 16)).astype(np.float32)
    made = Placing(many, many[:, :2])
    made.prepare()
    times = []
    for row in range(20):
        start = time.process_time()
        made.unplace(made.place(many[row : row + 1] + 0.1))
        times.append(time.process_time() - start)
    assert np.median(times) < 0.04  # of both ways; benchmarks/maps.py holds it to the bound of 20 ms by the clock
