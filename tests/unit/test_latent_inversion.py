"""Inversion of decoders whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.latent import inversion
from models.latent.inversion import Inversion, Search, features

Floats = NDArray[np.float32]
SIZE = 12


def nothing(search: Search, done: int) -> None:
    """Nobody listens."""


def picture_of(rows: NDArray[np.floating]) -> Floats:
    """(N, SIZE*SIZE) -> (N, SIZE, SIZE, 1)."""
    return np.asarray(rows, np.float32).reshape(len(rows), SIZE, SIZE, 1)


def blob(latents: Floats) -> Floats:
    """A soft spot whose place is the latent: (N, 2) in -1..1 -> pictures. Far from convex in pixels."""
    at = np.linspace(-1.5, 1.5, SIZE)
    x, y = at - latents[:, :1], at - latents[:, 1:]
    spots = np.exp(-6 * (np.square(x)[:, np.newaxis, :] + np.square(y)[:, :, np.newaxis]))
    return picture_of(spots.reshape(len(latents), -1))


def test_a_linear_decoder_is_inverted_as_least_squares_does() -> None:
    size = 6
    draws = np.random.Generator(np.random.PCG64(1))
    basis = draws.standard_normal((size, SIZE * SIZE)) / SIZE
    target = picture_of(draws.standard_normal((1, SIZE * SIZE)))[0]

    def draw(latents: Floats) -> Floats:
        return picture_of(latents @ basis)

    ones = np.ones(size, np.float32)
    search = Inversion(draw, target, 0 * ones, ones, pull=0)
    (found,) = search.search([Search("start", 3 * ones)], 12, nothing)
    # Linear in the latent, and so is the distance: lstsq on the features is the answer.
    ways = features(draw(np.eye(size, dtype=np.float32)))
    expected = np.linalg.lstsq(ways.T, features(target[np.newaxis])[0], rcond=None)[0]
    np.testing.assert_allclose(found.latent, expected, atol=2e-2)
    assert found.error == pytest.approx(float(np.square(draw(found.latent[np.newaxis])[0] - target).mean()), rel=1e-5)


def test_a_place_is_found_again_from_the_best_of_several_starts() -> None:
    truth = np.array([[0.5, -0.4]], np.float32)
    starts = [Search("far", np.array(s, np.float32)) for s in ([-1, 1], [0.9, 0.9], [0.2, -0.2], [1.0, -1.0])]
    search = Inversion(blob, blob(truth)[0], np.zeros(2, np.float32), np.full(2, 0.6, np.float32), pull=1e-6)
    found = search.search(starts, 30, nothing)
    np.testing.assert_allclose(found[0].latent, truth[0], atol=1e-2)
    assert [each.loss for each in found] == sorted(each.loss for each in found)
    for each in found:
        assert each.first >= 0
        assert each.curve[0] == each.first
        assert each.curve[-1] == each.error


def test_the_loss_never_rises_and_whoever_follows_hears_of_each_step() -> None:
    heard: list[tuple[int, float]] = []
    starts = [Search("a", np.array([0.2, 0.1], np.float32)), Search("b", np.array([-1, 0.5], np.float32))]
    target = blob(np.array([[-0.3, 0.3]], np.float32))[0]
    search = Inversion(blob, target, np.zeros(2, np.float32), np.ones(2, np.float32), pull=1e-4)
    search.search(starts, 10, lambda best, done: heard.append((done, best.loss)))
    assert [done for done, _ in heard] == list(range(1, len(heard) + 1))
    losses = [loss for _, loss in heard]
    assert losses == sorted(losses, reverse=True)
    assert len(heard) <= 10


def test_a_pull_keeps_the_latent_nearer_the_data() -> None:
    target = blob(np.array([[1.0, 1.0]], np.float32))[0]
    lengths = []
    for pull in (0.0, 0.01, 1.0):
        start = Search("start", np.array([0.8, 0.8], np.float32))
        centre, spread = np.zeros(2, np.float32), np.full(2, 0.5, np.float32)
        (found,) = Inversion(blob, target, centre, spread, pull=pull).search([start], 20, nothing)
        lengths.append(float(np.linalg.norm(found.latent)))
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[2] < 0.5 * lengths[0]


def test_a_large_space_is_searched_in_random_directions_which_are_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inversion, "MOST_DIRECTIONS", 8)
    draws = np.random.Generator(np.random.PCG64(2))
    basis = draws.standard_normal((40, SIZE * SIZE)) / SIZE
    truth = draws.standard_normal((1, 40)).astype(np.float32)

    def draw(latents: Floats) -> Floats:
        return picture_of(latents @ basis)

    def found() -> Search:
        spread = np.ones(40, np.float32)
        start = Search("start", np.zeros(40, np.float32))
        return Inversion(draw, draw(truth)[0], 0 * spread, spread, pull=0).search([start], 60, nothing)[0]

    once, again = found(), found()
    assert once.error < 0.05 * once.first
    np.testing.assert_array_equal(once.latent, again.latent)


def test_a_search_that_gains_nothing_ends_early() -> None:
    target = blob(np.array([[0.1, 0.1]], np.float32))[0]
    start = Search("start", np.array([0.1, 0.1], np.float32))
    search = Inversion(blob, target, np.zeros(2, np.float32), np.ones(2, np.float32), pull=0)
    (found,) = search.search([start], 100, nothing)
    assert found.error < 1e-6
    assert len(found.curve) < 10


def test_the_distance_is_the_mean_squared_error_of_shapes_and_edges() -> None:
    flat, lighter = np.zeros((1, 8, 8, 3), np.float32), np.full((1, 8, 8, 3), 0.5, np.float32)
    # The same everywhere: no edges, and at each of three scales an error of 0.25.
    assert float(np.square(features(lighter) - features(flat)).sum()) == pytest.approx(0.75)
    # Smallest pictures have fewer scales, and odd edges lose their last line where they are halved.
    assert features(np.zeros((2, 2, 3, 1), np.float32)).shape == (2, 6 + 4 + 3)
    assert features(np.zeros((2, 7, 5, 1), np.float32)).shape == (2, (35 + 28 + 30) + (6 + 3 + 4))


def test_what_does_not_fit_is_refused() -> None:
    one, two = np.ones(1, np.float32), np.ones(2, np.float32)
    target = np.zeros((SIZE, SIZE, 1), np.float32)
    for centre, spread, picture in ((one, two, target), (two, two, target[0]), (two, 0 * two, target)):
        with pytest.raises(ValueError, match="expected a picture"):
            Inversion(blob, picture, centre, spread, pull=0)
