"""PCA: an orthonormal frame, the variance it says it explains, and the same map every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.latent.projection import Pca
from tests.properties.strategies import SEEDS, gaussian_set

COUNTS, SIZES = st.integers(3, 200), st.integers(1, 16)


@given(seed=SEEDS, count=COUNTS, size=SIZES)
def test_all_components_together_reconstruct_every_latent(seed: int, count: int, size: int) -> None:
    rows = gaussian_set(seed, count, size)
    pca = Pca.fit(rows, size)
    np.testing.assert_allclose(
        pca.reconstruct(pca.project(rows)), rows, atol=1e-4 * max(1.0, float(np.abs(rows).max()))
    )
    assert pca.explained.sum() == pytest.approx(1)


@given(seed=SEEDS, count=COUNTS, size=SIZES, dims=st.integers(1, 3))
def test_what_is_explained_is_the_variance_on_the_map(seed: int, count: int, size: int, dims: int) -> None:
    rows = gaussian_set(seed, count, size)
    pca = Pca.fit(rows, dims)
    placed = pca.project(rows)
    assert placed.shape == (count, dims)
    assert placed.dtype == np.float32
    assert (np.diff(pca.explained) <= 1e-12).all()
    assert pca.explained.sum() <= 1 + 1e-9
    total = rows.astype(np.float64).var(axis=0).sum()
    np.testing.assert_allclose(placed.astype(np.float64).var(axis=0) / total, pca.explained, atol=1e-4)
    np.testing.assert_allclose(placed.mean(axis=0), 0, atol=1e-3)


@given(seed=SEEDS, size=SIZES, dims=st.integers(1, 4))
def test_components_are_orthonormal(seed: int, size: int, dims: int) -> None:
    components = Pca.fit(gaussian_set(seed, 100, size), dims).components
    kept = min(dims, size)
    np.testing.assert_allclose(components @ components.T, np.diag([1.0] * kept + [0.0] * (dims - kept)), atol=1e-9)


@given(seed=SEEDS, size=st.integers(2, 16))
def test_the_map_does_not_depend_on_the_order_of_the_set(seed: int, size: int) -> None:
    rows = gaussian_set(seed, 300, size)
    rows *= np.geomspace(1, 4, size, dtype=np.float32)
    shuffled = np.random.default_rng(seed).permutation(rows)
    first, second = Pca.fit(rows, 1), Pca.fit(shuffled, 1)
    if first.explained[0] - Pca.fit(rows, 2).explained[1] < 0.02:
        return  # two directions as good as each other: no frame is the right one
    np.testing.assert_allclose(first.project(rows), second.project(rows), atol=1e-2)


@given(seed=SEEDS, size=SIZES)
def test_the_largest_entry_of_a_component_is_positive(seed: int, size: int) -> None:
    components = Pca.fit(gaussian_set(seed, 100, size), size).components
    assert (components[np.arange(size), np.abs(components).argmax(axis=1)] > 0).all()


@given(seed=SEEDS)
def test_mirrored_data_gets_a_mirrored_map(seed: int) -> None:
    rows = gaussian_set(seed, 100, 6)
    np.testing.assert_allclose(Pca.fit(-rows, 2).components, Pca.fit(rows, 2).components, atol=1e-6)


@settings(deadline=None)
@given(seed=SEEDS, count=st.integers(1, 500))
def test_a_place_does_not_depend_on_its_batch(seed: int, count: int) -> None:
    pca = Pca.fit(gaussian_set(0, 200, 9), 2)
    z = gaussian_set(seed, count, 9)
    np.testing.assert_array_equal(pca.project(z)[-1:], pca.project(z[-1:]))


def test_the_first_component_finds_the_direction_the_data_was_made_with() -> None:
    direction = np.array([0.6, 0.8, 0.0])
    generator = np.random.default_rng(0)
    rows = generator.standard_normal((5000, 1)) * 5 * direction + generator.standard_normal((5000, 3)) * 0.1
    pca = Pca.fit(rows, 2)
    np.testing.assert_allclose(pca.components[0], direction, atol=0.01)
    assert pca.explained[0] == pytest.approx(25 / 25.03, abs=0.001)


def test_a_latent_of_one_dimension_has_a_flat_map_too() -> None:
    rows = np.linspace(-1, 1, 50)[:, np.newaxis]
    pca = Pca.fit(rows, 2)
    placed = pca.project(rows)
    np.testing.assert_allclose(placed[:, 0], rows[:, 0], atol=1e-6)
    assert not placed[:, 1].any()
    assert pca.explained.tolist() == [pytest.approx(1), 0]
    np.testing.assert_allclose(pca.reconstruct(placed), rows, atol=1e-6)


def test_a_set_of_equal_latents_lies_on_one_point() -> None:
    pca = Pca.fit(np.ones((5, 3)), 2)
    assert not pca.project(np.ones((2, 3))).any()
    assert not pca.explained.any()


def test_what_cannot_be_mapped_is_refused() -> None:
    with pytest.raises(ValueError, match="dims of at least 1"):
        Pca.fit(np.ones((5, 3)), 0)
    with pytest.raises(ValueError, match=r"expected latents \(N, D\)"):
        Pca.fit(np.ones((0, 3)), 2)
    with pytest.raises(ValueError, match="finite"):
        Pca.fit(np.full((5, 3), np.inf), 2)
    pca = Pca.fit(gaussian_set(0, 9, 3), 2)
    with pytest.raises(ValueError, match=r"expected latents \(N, 3\)"):
        pca.project(np.ones((1, 4)))
    with pytest.raises(ValueError, match=r"expected positions \(N, 2\)"):
        pca.reconstruct(np.ones((1, 3)))
