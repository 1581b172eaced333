"""A traversal moves one dimension and nothing else; the order and the ranges come from the set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from models.latent.samplers import PRIORS, sample
from models.latent.traversal import (
    decoded_effects,
    in_all_styles,
    order_by_effect,
    prior_ranges,
    ranges,
    traverse,
)
from tests.properties.strategies import COORDINATES, SEEDS, Floats, gaussian_set, latents


@given(data=st.data(), size=st.integers(1, 16), rows=st.integers(1, 5), steps=st.integers(1, 9))
def test_only_the_named_dimension_moves(data: st.DataObject, size: int, rows: int, steps: int) -> None:
    z = data.draw(latents(size))
    dims = data.draw(st.lists(st.integers(0, size - 1), min_size=rows, max_size=rows))
    values = data.draw(npst.arrays(np.float32, (rows, steps), elements=COORDINATES))
    grid = traverse(z, dims, values)
    assert grid.shape == (rows, steps, size)
    for row, dim in enumerate(dims):
        np.testing.assert_array_equal(grid[row, :, dim], values[row])
        np.testing.assert_array_equal(np.delete(grid[row], dim, axis=1), np.tile(np.delete(z, dim), (steps, 1)))


def test_a_traversal_does_not_touch_its_start() -> None:
    z = np.zeros(3, np.float32)
    traverse(z, [1], [[5.0]])[...] = 7
    assert not z.any()


def test_a_dimension_that_is_not_there_is_refused() -> None:
    for dim in (-1, 3):
        with pytest.raises(IndexError, match="dimensions 0 to 2"):
            traverse([0.0, 0.0, 0.0], [dim], [[1.0]])
    with pytest.raises(ValueError, match="expected z"):
        traverse([0.0, 0.0, 0.0], [0, 1], [[1.0]])


@given(seed=SEEDS, count=st.integers(1, 300), size=st.integers(1, 8))
def test_ranges_lie_within_the_set_and_hold_98_in_100(seed: int, count: int, size: int) -> None:
    rows = gaussian_set(seed, count, size)
    spans = ranges(rows)
    assert spans.shape == (size, 2)
    assert (spans[:, 0] <= spans[:, 1]).all()
    slack = 1e-5 * np.abs(rows).max()
    assert (spans[:, 0] >= rows.min(axis=0) - slack).all()
    assert (spans[:, 1] <= rows.max(axis=0) + slack).all()
    inside = ((rows >= spans[:, 0] - slack) & (rows <= spans[:, 1] + slack)).mean(axis=0)
    assert (inside >= 0.98 - 2 / count).all()


@pytest.mark.parametrize("prior", PRIORS)
def test_prior_ranges_are_the_quantiles_of_draws(prior: str) -> None:
    reference = gaussian_set(1, 4000, 6)
    spans = prior_ranges(prior, 6, reference=reference)
    drawn = ranges(sample(prior, 6, 40_000, seed=3, reference=reference))
    np.testing.assert_allclose(spans, drawn, atol=0.06 * np.abs(drawn).max())


@pytest.mark.parametrize("prior", ["normal", "uniform", "sphere"])
def test_prior_ranges_are_symmetric_and_the_same_for_every_dimension(prior: str) -> None:
    spans = prior_ranges(prior, 5)
    assert (spans == spans[0]).all()
    np.testing.assert_allclose(spans[:, 0], -spans[:, 1], atol=0.03)


def test_an_empty_set_has_no_ranges() -> None:
    with pytest.raises(ValueError, match="expected latents"):
        ranges(np.empty((0, 3)))


def test_the_dimension_that_changes_the_picture_most_comes_first() -> None:
    strengths = np.array([0.1, 0.0, 1.0, 0.5], np.float32)

    def decode(z: Floats) -> Floats:
        return np.asarray((z * strengths).reshape(len(z), 2, 2, 1), np.float32)

    effects = decoded_effects(decode, np.random.default_rng(0).standard_normal((500, 4)))
    assert order_by_effect(effects).tolist() == [2, 3, 0, 1]
    # From the 5% to the 95% quantile of a normal are 3.29 standard deviations, seen in one of four pixels.
    np.testing.assert_allclose(effects, strengths * 3.29 / 4, atol=0.1)


def test_effects_follow_the_seed_and_nothing_else() -> None:
    rows = gaussian_set(0, 200, 5)

    def decode(z: Floats) -> Floats:
        return np.asarray(np.tanh(z.cumsum(axis=1)).reshape(len(z), 5, 1, 1), np.float32)

    np.testing.assert_array_equal(decoded_effects(decode, rows, seed=1), decoded_effects(decode, rows, seed=1))
    assert (decoded_effects(decode, rows, seed=1) != decoded_effects(decode, rows, seed=2)).any()


@given(effects=st.lists(st.one_of(st.floats(0, 1, width=32), st.just(float("nan"))), min_size=1, max_size=20))
def test_the_order_is_a_permutation_with_unknown_effects_last(effects: list[float]) -> None:
    order = order_by_effect(effects)
    assert sorted(order.tolist()) == list(range(len(effects)))
    known = np.array(effects)[order][: int(np.isfinite(effects).sum())]
    assert np.isfinite(known).all()
    assert (np.diff(known) <= 0).all()


@given(SEEDS, st.integers(1, 5), st.integers(1, 6))
def test_all_styles_move_by_as_much_and_the_mix_stays(seed: int, layers: int, size: int) -> None:
    random = np.random.default_rng(seed)
    start, change = random.normal(size=layers * size), random.normal(size=(3, size))
    walked = np.tile(start, (3, 1))
    walked[:, :size] += change
    moved = in_all_styles(start, walked, size) - start.astype(np.float32)
    np.testing.assert_allclose(moved.reshape(3, layers, size), np.repeat(change[:, None], layers, 1), atol=1e-5)


@pytest.mark.parametrize(("length", "size"), [(6, 4), (6, 0), (6, 12)])
def test_a_point_that_is_no_row_of_styles_is_refused(length: int, size: int) -> None:
    with pytest.raises(ValueError, match="styles of"):
        in_all_styles(np.zeros(length), np.zeros((2, length)), size)


def test_walked_points_must_be_as_long_as_their_start() -> None:
    with pytest.raises(ValueError, match="styles of"):
        in_all_styles(np.zeros(6), np.zeros((2, 4)), 3)
