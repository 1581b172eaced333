"""Measures on nearest neighbours, on constructed cases whose answer is known, chance included."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analysis import neighbours
from models.analysis.neighbours import covered, kth_distances, label_agreement, precision_recall

Floats = NDArray[np.float32]


def normal(count: int, dims: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal((count, dims)).astype(np.float32)


def clusters(count: int, seed: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Ten tight clusters far apart, and which one each point is in."""
    labels = np.arange(count) % 10
    centres = 100 * np.eye(10, dtype=np.float32)
    return centres[labels] + normal(count, 10, seed), labels.astype(np.int64)


class TestLabelAgreement:
    def test_clusters_of_one_label_agree_wholly(self) -> None:
        latents, labels = clusters(300)
        assert label_agreement(latents, labels) == 1

    def test_labels_without_anything_to_do_with_the_place_agree_by_chance(self) -> None:
        labels = np.random.default_rng(1).integers(0, 10, 4000)
        assert label_agreement(normal(4000, 4), labels) == pytest.approx(0.1, abs=0.02)

    def test_a_point_is_not_its_own_neighbour(self) -> None:
        # Pairs of different labels, far from each other: the one neighbour always disagrees.
        places = np.repeat(100 * np.arange(20), 2) + np.tile([0, 1], 20)
        labels = np.tile([0, 1], 20)
        assert label_agreement(places[:, None].astype(np.float32), labels, k=1) == 0

    def test_it_counts_the_points_that_are_outvoted(self) -> None:
        latents, labels = clusters(300)
        labels[[0, 1, 2]] = (labels[[0, 1, 2]] + 5) % 10  # three strangers, each in another cluster
        assert label_agreement(latents, labels) == pytest.approx(297 / 300)

    def test_a_tie_goes_to_the_smaller_label(self) -> None:
        latents = np.array([[0.0], [1.0], [-1.0], [100], [101], [102]], np.float32)
        labels = np.array([1, 2, 1, 3, 3, 3])
        # The first sees 1 and 2, the second sees 1 and 1, the third 1 and 2, the last three themselves.
        assert label_agreement(latents, labels, k=2) == pytest.approx(5 / 6)
        labels[[0, 2]], labels[1] = 2, 1
        assert label_agreement(latents, labels, k=2) == pytest.approx(3 / 6)

    def test_the_place_of_the_origin_does_not_matter(self) -> None:
        latents, labels = clusters(300)
        assert label_agreement(latents / np.float32(100) + np.float32(3000), labels) == 1

    def test_the_chunks_do_not_matter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        latents, labels = normal(500, 5), np.random.default_rng(2).integers(0, 3, 500)
        labels[latents[:, 0] > 0] = 0
        known = label_agreement(latents, labels)
        monkeypatch.setattr(neighbours, "CHUNK", 7)
        assert label_agreement(latents, labels) == known


class TestKthDistances:
    def test_on_a_line_they_are_the_squares_of_the_gaps(self) -> None:
        line = np.array([[0], [1], [3], [7]], np.float32)
        np.testing.assert_allclose(kth_distances(line, 1), [1, 1, 4, 16])
        np.testing.assert_allclose(kth_distances(line, 3), [49, 36, 16, 49])

    def test_they_are_what_a_sort_of_all_distances_says(self) -> None:
        rows = normal(60, 3)
        every = np.sort(((rows[:, None] - rows[None]) ** 2).sum(2), axis=1)
        np.testing.assert_allclose(kth_distances(rows, 3), every[:, 3], rtol=1e-4)


class TestPrecisionRecall:
    def test_the_same_set_twice_is_perfect(self) -> None:
        real = normal(300, 8)
        assert precision_recall(real, real.copy()) == (1, 1)

    def test_two_draws_of_one_distribution_are_nearly_so(self) -> None:
        precision, recall = precision_recall(normal(1500, 2, 1), normal(1500, 2, 2))
        assert precision > 0.9
        assert recall > 0.9

    def test_sets_far_apart_share_nothing(self) -> None:
        real = normal(200, 8)
        assert precision_recall(real, real + np.float32(1000)) == (0, 0)

    def test_one_mode_of_ten_is_precise_and_recalls_a_tenth(self) -> None:
        real, labels = clusters(600, seed=1)
        fake, of = clusters(600, seed=2)
        precision, recall = precision_recall(real, fake[of == 3])
        assert precision > 0.5
        assert recall <= 0.1
        assert (labels == 3).mean() == pytest.approx(0.1)
        assert recall > 0.05

    def test_all_modes_and_as_much_junk_recall_all_with_half_the_precision(self) -> None:
        real = np.random.default_rng(3).uniform(size=(1000, 2)).astype(np.float32)
        good = np.random.default_rng(4).uniform(size=(1000, 2)).astype(np.float32)
        junk = good * 1000 + np.float32(5000)
        precision, recall = precision_recall(real, np.concatenate([good, junk]))
        assert precision == pytest.approx(0.5, abs=0.03)
        assert recall > 0.9

    def test_swapping_the_sets_swaps_the_figures(self) -> None:
        real, fake = normal(200, 4, 1), 0.5 * normal(150, 4, 2)
        assert precision_recall(real, fake) == precision_recall(fake, real)[::-1]
        precision, recall = precision_recall(real, fake)
        assert precision > recall

    def test_one_dimension_by_hand(self) -> None:
        manifold = np.array([[0], [10]], np.float32)
        rows = np.array([[1], [3], [9], [12.5]], np.float32)
        assert covered(rows, manifold, np.array([4, 1], np.float32)) == 0.5  # balls [-2, 2] and [9, 11]
