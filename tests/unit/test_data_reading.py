"""What is read off a picture: what a plane can tell is told, what it cannot is said not to be."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.data.folder import PictureSet
from models.data.imageset import Factor
from models.data.reading import FactorReader, nearest_differences, trusted
from server.settings import ROOT

COUNT, SIDE = 400, 12
RANDOM = np.random.default_rng(3)
BRIGHT = RANDOM.uniform(0.2, 1, COUNT)
PLACE = RANDOM.integers(0, 3, COUNT)  # which third of the picture is bright
LUCK = RANDOM.normal(size=COUNT)  # nothing in the picture says it


def pictures(bright: NDArray[np.float64] = BRIGHT, place: NDArray[np.int64] = PLACE) -> NDArray[np.uint8]:
    """(N, 12, 12, 1): one third is as bright as it is, noise everywhere."""
    found = np.random.default_rng(0).normal(0.1, 0.02, (len(bright), SIDE, SIDE, 1))
    for row, (level, third) in enumerate(zip(bright, place, strict=True)):
        found[row, :, 4 * third : 4 * third + 4] += 0.8 * level
    return (255 * np.clip(found, 0, 1)).astype(np.uint8)


FACTORS = (
    Factor("bright", "continuous", BRIGHT.astype(np.float32)),
    Factor("place", "categorical", PLACE.astype(np.float32), ("left", "middle", "right")),
    Factor("luck", "continuous", LUCK.astype(np.float32)),
)


def reader() -> FactorReader:
    return FactorReader(pictures(), FACTORS)


def test_a_number_and_a_category_are_read_and_luck_is_not() -> None:
    new = pictures(np.array([0.3, 0.9]), np.array([2, 0])).astype(np.float32) / 255
    for picture, level, third in zip(new, (0.3, 0.9), (2, 0), strict=True):
        bright, place, luck = reader().read(picture)
        assert bright.value == pytest.approx(level, abs=0.06)
        assert place.value == third
        assert place.categories == ("left", "middle", "right")
        assert trusted(bright)
        assert trusted(place)
        assert not trusted(luck)
        assert luck.trust < 0.1


def test_trust_is_at_most_one_and_far_below_for_noise() -> None:
    bright, place, luck = reader().trust
    assert 0.9 < bright <= 1
    assert 0.9 < place <= 1
    assert luck < 0.1


def test_a_reading_stays_within_what_is_known() -> None:
    white = np.ones((SIDE, SIDE, 1), np.float32)
    bright = reader().read(white)[0].value
    assert BRIGHT.min() - 1e-6 <= bright <= BRIGHT.max() + 1e-6


def test_near_by_factor_is_near_by_the_true_factors() -> None:
    picture = pictures(np.array([0.6]), np.array([1]))[0].astype(np.float32) / 255
    distances = reader().distances(reader().read(picture), picture)
    assert distances is not None
    nearest = np.argsort(distances)[:5]
    assert (PLACE[nearest] == 1).all()
    assert np.abs(BRIGHT[nearest] - 0.6).max() < 0.1
    elsewhere = distances[(PLACE != 1)]
    assert elsewhere.min() >= np.sqrt(2) - 1e-6  # another category is that far by itself


def test_known_factors_are_taken_as_they_are() -> None:
    known = reader().known(7)
    assert [reading.value for reading in known] == [pytest.approx(f.values[7]) for f in FACTORS]
    assert {reading.trust for reading in known} == {1.0}
    distances = reader().distances(known, pictures()[7].astype(np.float32) / 255)
    assert distances is not None
    assert distances.argmin() == 7


def test_with_classes_alone_the_ones_that_are_read_alike_come_first() -> None:
    only = FactorReader(pictures(), FACTORS[1:2])
    picture = pictures(np.array([0.95]), np.array([2]))[0].astype(np.float32) / 255
    distances = only.distances(only.read(picture), picture)
    assert distances is not None
    nearest = np.argsort(distances)[:10]
    assert (PLACE[nearest] == 2).all()
    assert distances[nearest].max() < 0.01
    assert BRIGHT[nearest].mean() > BRIGHT[PLACE == 2].mean()


def test_when_nothing_is_trusted_nothing_is_near() -> None:
    lost = FactorReader(pictures(), FACTORS[2:])
    picture = pictures()[0].astype(np.float32) / 255
    assert lost.distances(lost.read(picture), picture) is None


@pytest.mark.parametrize("side", [(12, 12), (64, 64), (70, 33)])
def test_any_size_of_picture_is_read(side: tuple[int, int]) -> None:
    images = RANDOM.integers(0, 256, (30, *side, 3), dtype=np.uint8)
    level = images.mean(axis=(1, 2, 3)).astype(np.float32)
    (reading,) = FactorReader(images, [Factor("level", "ordered", level)]).read(images[0].astype(np.float32) / 255)
    assert np.isfinite(reading.value)


def test_too_few_pictures_or_no_factor_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 10"):
        FactorReader(pictures()[:9], [Factor("bright", "continuous", BRIGHT[:9].astype(np.float32))])
    with pytest.raises(ValueError, match="a factor"):
        FactorReader(pictures(), ())


def test_a_factor_that_never_changes_is_not_trusted() -> None:
    same = (
        Factor("level", "continuous", np.full(COUNT, 2, np.float32)),
        Factor("kind", "categorical", np.zeros(COUNT, np.float32), ("only", "never")),
    )
    assert FactorReader(pictures(), same).trust == (0.0, 0.0)


def test_differences_to_the_nearest_are_those_of_every_pair() -> None:
    images = pictures()[:60]
    flat = images.reshape(60, -1) / 255
    pairs = np.sqrt(np.square(flat[:, np.newaxis] - flat).mean(axis=2))
    np.fill_diagonal(pairs, np.inf)
    np.testing.assert_allclose(nearest_differences(images), np.sort(pairs.min(axis=1)), atol=1e-4)
    assert len(nearest_differences(images, 20)) == 20


def test_the_class_of_a_shipped_picture_is_read_four_times_of_five() -> None:
    shipped = PictureSet(ROOT / "checkpoints/_data/fashion-mnist-test")
    assert shipped.reader is not None
    (trust,) = shipped.reader.trust
    assert 0.75 < trust < 0.9  # of the nine mistakes in ten of always guessing one class
