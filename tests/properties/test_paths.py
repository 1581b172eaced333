"""What holds for every road: geodesics never cost more than the straight line, measures do not depend on direction."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.latent.density import Unusual
from models.latent.geodesic import geodesic
from models.latent.path_measures import PathMeasures, changes, measure, sentence, through

Floats = NDArray[np.float32]
SIZES = st.integers(1, 6)
SEEDS = st.integers(0, 2**32 - 1)


def network(random: np.random.Generator, size: int) -> tuple[Floats, Floats]:
    return random.normal(size=(size, 8)).astype(np.float32), random.normal(size=(8, 12)).astype(np.float32)


@settings(max_examples=15, deadline=None)
@given(size=SIZES, seed=SEEDS, weight=st.sampled_from([0.0, 0.5, 20.0]))
def test_a_geodesic_never_costs_more_than_the_straight_line(size: int, seed: int, weight: float) -> None:
    random = np.random.default_rng(seed)
    first, second = network(random, size)
    unusual = Unusual(random.normal(size=(60, size)))
    a, b = random.normal(size=(2, size)).astype(np.float32)
    found = geodesic(
        lambda z: np.tanh(np.tanh(z @ first) @ second),
        a,
        b,
        weight=weight,
        unusual=unusual.slope,
        through=random.normal(size=(4, size)),
    )
    assert found.dense_energy <= found.straight * 1.02
    assert np.isfinite(found.points).all()
    np.testing.assert_allclose(found.points[[0, -1]], [a, b], rtol=1e-6, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(size=SIZES, seed=SEEDS, steps=st.integers(1, 150), count=st.integers(2, 5))
def test_measures_of_a_road_are_those_of_its_way_back(size: int, seed: int, steps: int, count: int) -> None:
    random = np.random.default_rng(seed)
    first, second = network(random, size)
    road = through(random.normal(size=(count, size)), "lerp", steps)
    there, back = (measure(lambda z: np.tanh(z @ first) @ second, rows) for rows in (road, road[::-1]))
    np.testing.assert_allclose(there.changes, back.changes[::-1], atol=1e-4)
    assert 1 <= there.continuity <= len(there.changes) + 1e-6
    assert 0 <= there.fastest <= 1


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.floats(0, 1), min_size=1, max_size=40),
    unusual=st.none() | st.lists(st.floats(0, 100), min_size=2, max_size=41),
)
def test_there_is_one_sentence_for_every_road(steps: list[float], unusual: list[float] | None) -> None:
    said = sentence(PathMeasures(np.array(steps), None if unusual is None else np.array(unusual)))
    assert said.endswith(".")
    assert said.count(".") <= 2  # its own, and that of "0.6"
    assert said[0].isupper()


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 5), seed=SEEDS)
def test_the_slope_of_unusual_is_how_the_distance_changes(size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    unusual = Unusual(random.normal(size=(90, size)) * random.uniform(0.5, 3, size), k=3)
    points = random.normal(size=(8, size)).astype(np.float32) * 6  # outside: there the nearest points stay the nearest
    distances, slopes = unusual.slope(points)
    np.testing.assert_array_equal(distances, unusual.distance(points))
    way = random.normal(size=(8, size)).astype(np.float32)
    way *= 1e-2 / np.linalg.norm(way, axis=1, keepdims=True)
    along = (unusual.distance(points + way) - unusual.distance(points - way)) / 2
    rough = 0.3 * np.linalg.norm(slopes, axis=1).max() * 1e-2 + 1e-4
    assert np.median(np.abs(along - (slopes * way).sum(axis=1))) < rough


def test_pictures_of_one_colour_do_not_change() -> None:
    assert (changes(np.full((5, 3, 3, 1), 0.4, np.float32)) == 0).all()
