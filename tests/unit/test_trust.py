"""Trust: scikit-learn's trustworthiness, chance on noise, 1 for a map that moves nothing, and a sentence on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as of_sklearn
from sklearn.neighbors import KNeighborsClassifier

from models.analysis.nearest import nearest
from models.analysis.trust import Trust, agreement, judge, sentence

RANDOM = np.random.default_rng(0)
LATENTS = RANDOM.standard_normal((400, 5)).astype(np.float32)
FLAT = LATENTS[:, :2].copy()
LABELS = (LATENTS[:, 0] > 0).astype(np.int64)


@pytest.mark.parametrize("noise", [0.0, 0.3, 3.0])
def test_trustworthiness_is_scikit_learns(noise: float) -> None:
    positions = FLAT + noise * RANDOM.standard_normal(FLAT.shape).astype(np.float32)
    found = judge(LATENTS, positions).trustworthiness
    assert found == pytest.approx(of_sklearn(LATENTS, positions, n_neighbors=10), abs=1e-6)


def test_a_map_that_moves_nothing_keeps_everything() -> None:
    turned = 3 * LATENTS[:, ::-1] + 7
    found = judge(LATENTS, turned, LABELS)
    assert (found.trustworthiness, found.kept) == (1.0, 1.0)
    assert found.neighbour_accuracy == found.latent_accuracy


def test_noise_is_chance() -> None:
    found = judge(LATENTS, RANDOM.standard_normal((400, 2)).astype(np.float32), LABELS)
    assert found.trustworthiness == pytest.approx(0.5, abs=0.03)
    assert found.kept == pytest.approx(10 / 399, abs=0.02)
    assert found.neighbour_accuracy == pytest.approx(0.5, abs=0.08)
    assert found.latent_accuracy is not None
    assert found.latent_accuracy > 0.8


def test_accuracy_is_that_of_scikit_learns_classifier_with_each_point_left_out() -> None:
    labels = RANDOM.integers(0, 5, 400)
    labels[LATENTS[:, 1] > 0] = 2
    right = 0
    for row in range(400):
        rest = np.arange(400) != row
        made = KNeighborsClassifier(9, algorithm="brute").fit(LATENTS[rest], labels[rest])
        right += int(made.predict(LATENTS[row : row + 1])[0] == labels[row])
    assert agreement(nearest(LATENTS, 9)[0], labels) == pytest.approx(right / 400, abs=1e-9)


def test_points_without_a_class_neither_vote_nor_count() -> None:
    some = np.where(RANDOM.random(400) < 0.5, LABELS, -1)
    found = judge(LATENTS, FLAT, some)
    assert found.latent_accuracy is not None
    assert found.latent_accuracy > 0.8
    none = judge(LATENTS, FLAT, np.full(400, -1))
    assert (none.neighbour_accuracy, none.latent_accuracy, none.chance) == (None, None, None)
    assert agreement(np.array([[1], [0]]), np.array([0, -1])) == 0.0


def test_of_very_many_points_some_are_compared_and_it_says_so() -> None:
    found = judge(LATENTS, FLAT, LABELS, most=100)
    assert (found.judged, found.points) == (100, 400)
    assert found == judge(LATENTS, FLAT, LABELS, most=100)
    assert "measured on 100 of 400 points" in sentence(found, linear=False)


def test_a_handful_of_points_is_compared_with_fewer_neighbours() -> None:
    assert judge(LATENTS[:7], LATENTS[:7]).kept == 1.0
    with pytest.raises(ValueError, match="too few"):
        judge(LATENTS[:2], FLAT[:2])


def test_the_sentence_says_how_far_to_trust() -> None:
    good = Trust(0.97, 0.4, 0.8, 0.85, 0.1, 400, 400)
    text = sentence(good, linear=False)
    assert "40% are among its 10 nearest here" in text
    assert "right for 80% of the points, in the latent space for 85% (chance 10%)" in text
    assert "is near there (trustworthiness 0.97), but distances between groups mean little" in text
    assert text[0].isupper()
    assert text.endswith(".")
    assert "mostly near" in sentence(replace(good, trustworthiness=0.9), linear=False)
    poor = replace(good, trustworthiness=0.6, neighbour_accuracy=None, latent_accuracy=None, chance=None)
    flat = sentence(poor, linear=True, explained=0.31)
    assert flat.startswith("These axes hold 31% of the variance")
    assert "often far apart there (trustworthiness 0.60), though what lies far apart here is far apart there" in flat
    assert "class" not in flat
    assert "shuffled by itself" in sentence(poor, linear=False, control=True)
