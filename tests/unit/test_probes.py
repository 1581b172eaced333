"""Probes on codes whose answers are known, and path lengths of pictures whose lengths are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from models.analysis import probes
from models.analysis.probes import Floats


def normal(count: int, dimensions: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal((count, dimensions), np.float32)


def squared(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.square(a - b).sum(axis=1), np.float32)


class TestRidge:
    def test_a_line_is_read_fully_noise_not_and_half_by_half(self) -> None:
        codes, noise = normal(4000, 6), normal(4000, 2, 1)
        line = codes @ np.arange(6, dtype=np.float32)
        half = codes[:, 0] + noise[:, 1]
        found = probes.ridge_r2(codes, np.stack([line, noise[:, 0], half], axis=1), 3000)
        assert found == pytest.approx([1.0, 0.0, 0.5], abs=0.05)

    def test_what_is_no_line_is_not_read(self) -> None:
        codes = normal(4000, 3)
        assert probes.ridge_r2(codes, codes[:, 0] ** 2, 3000) == pytest.approx([0], abs=0.05)

    def test_it_is_scikit_learns_ridge_on_standardised_codes(self) -> None:
        codes = normal(300, 5) * np.array([1, 10, 0.1, 2, 3], np.float32) + 4
        target = codes[:, 1] - codes[:, 3] ** 2 + normal(300, 1, 2)[:, 0]
        standard = (codes - codes[:200].mean(0)) / codes[:200].std(0)
        reference = Ridge(alpha=0.5 * 200).fit(standard[:200], target[:200])
        expected = reference.score(standard[200:], target[200:])
        assert probes.ridge_r2(codes, target, 200, penalty=0.5)[0] == pytest.approx(expected, abs=1e-4)

    @pytest.mark.parametrize("train", [0, 10])
    def test_rows_to_judge_by_are_needed(self, train: int) -> None:
        with pytest.raises(ValueError, match="some beyond"):
            probes.ridge_r2(normal(10, 2), normal(10, 1), train)


class TestClasses:
    def test_a_plane_tells_two_halves_apart_and_chance_is_the_share(self) -> None:
        codes = normal(3000, 4)
        side = (codes[:, 0] > 0).astype(np.int64)
        assert probes.linear_accuracy(codes, side, 2000) > 0.98
        assert probes.linear_accuracy(codes, np.random.default_rng(1).integers(0, 4, 3000), 2000) < 0.32

    def test_separability_is_no_entropy_behind_a_plane_and_all_of_it_without_one(self) -> None:
        codes = normal(3000, 4)
        assert probes.linear_separability(codes, (codes[:, 0] > 0).astype(np.int64), 2000) < 0.1
        blind = np.random.default_rng(1).integers(0, 2, 3000)
        assert probes.linear_separability(codes, blind, 2000) == pytest.approx(math.log(2), abs=0.01)


class TestPathLength:
    def test_a_linear_picture_has_the_squared_length_of_the_path(self) -> None:
        starts, ends = normal(50, 4), normal(50, 4, 1)
        found = probes.path_lengths(lambda z: 2 * z, squared, starts, ends, np.random.default_rng(0), spherical=False)
        assert found == pytest.approx(4 * ((starts - ends) ** 2).sum(axis=1), rel=0.01)

    def test_on_a_circle_it_is_the_squared_angle(self) -> None:
        starts = np.tile(np.array([[2.0, 0.0]], np.float32), (20, 1))
        ends = np.tile(np.array([[0.0, 2.0]], np.float32), (20, 1))
        found = probes.path_lengths(
            lambda z: z, squared, starts, ends, np.random.default_rng(0), spherical=True, chunk=7
        )
        assert found == pytest.approx(np.full(20, (2 * math.pi / 2) ** 2), rel=0.02)

    def test_a_mapping_moves_the_ends(self) -> None:
        starts, ends = normal(10, 3), normal(10, 3, 1)
        seen = probes.path_lengths(
            lambda w: w,
            squared,
            starts,
            ends,
            np.random.default_rng(0),
            spherical=False,
            map_to=lambda z: 3 * z,
        )
        assert seen == pytest.approx(9 * ((starts - ends) ** 2).sum(axis=1), rel=0.01)
