"""Contours of a set on a flat map: levels enclose what they say."""

from __future__ import annotations

import numpy as np
import pytest

from models.latent.contours import SHARES, contours


def normal(count: int = 20_000, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, 2)) * (1, 3) + (10, -4)


def test_the_levels_enclose_their_share_of_the_points_and_of_others_of_the_same_kind() -> None:
    found = contours(normal())
    assert found.shares == SHARES
    for share, level in zip(found.shares, found.levels, strict=True):
        assert (found.at(normal()) >= level).mean() == pytest.approx(share, abs=0.001)
        assert (found.at(normal(seed=1)) >= level).mean() == pytest.approx(share, abs=0.02)
    assert found.levels[0] > found.levels[1] > found.levels[2] > 0


def test_a_normal_distribution_has_its_own_density() -> None:
    found = contours(normal())
    peak = 1 / (2 * np.pi * 3)
    assert found.at([[10, -4]])[0] == pytest.approx(peak, rel=0.08)
    assert found.at([[11, -4]])[0] == pytest.approx(peak * np.exp(-0.5), rel=0.08)
    # Half of a normal distribution lies within 1.18 standard deviations, where the density is half of the peak's.
    assert found.levels[0] == pytest.approx(peak / 2, rel=0.08)


def test_all_of_it_is_one() -> None:
    found = contours(normal(500))
    left, right, low, high = found.extent
    area = (right - left) * (high - low) / found.values.size
    assert found.values.sum() * area == pytest.approx(1, rel=1e-4)
    border = np.concatenate([found.values[[0, -1]].ravel(), found.values[:, [0, -1]].ravel()])
    assert border.max() < found.levels[-1]  # every contour closes within the grid


def test_y_runs_up_the_rows() -> None:
    positions = np.concatenate([normal(50) * 0.01 + (0, 0), [[0.0, 9.0]]])
    found = contours(positions)
    assert found.values[-10:].sum() > 0
    assert found.values.sum(axis=1).argmax() < 20


def test_two_clusters_stay_two() -> None:
    apart = np.concatenate([normal(2000) * 0.1, normal(2000, 1) * 0.1 + (5, 0)])
    found = contours(apart)
    middle = (apart[:2000].mean(axis=0) + apart[2000:].mean(axis=0)) / 2
    assert found.at([middle])[0] < 0.01 * found.at([apart[:2000].mean(axis=0)])[0]


def test_points_on_a_line_or_on_one_spot_have_contours_too() -> None:
    line = np.stack([np.linspace(0, 1, 100), np.zeros(100)], axis=1)
    assert np.isfinite(contours(line).values).all()
    assert np.isfinite(contours(np.ones((5, 2))).values).all()


def test_what_is_no_map_is_refused() -> None:
    for wrong in (np.ones((1, 2)), np.ones((5, 3)), np.full((5, 2), np.nan)):
        with pytest.raises(ValueError, match="positions"):
            contours(wrong)
