"""Principal components of pixels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analysis import pixels
from models.analysis.pixels import PixelPca


def pictures(count: int = 60, seed: int = 0) -> NDArray[np.uint8]:
    """Two things vary: the brightness of the left half and that of the right."""
    sides = np.random.default_rng(seed).uniform(0, 1, (count, 2, 1)) * np.array([1.0, 0.5])[:, None]
    rows = np.repeat(sides.transpose(0, 2, 1), 8, axis=1)  # (N, 8, 2)
    return np.asarray(np.rint(255 * np.repeat(rows, 4, axis=2))[..., None], np.uint8)


@pytest.mark.parametrize("count", [60, 200], ids=["more pixels than pictures", "more pictures than pixels"])
def test_two_components_hold_all_that_varies(count: int) -> None:
    found = PixelPca.fit(pictures(count), 5)
    assert found.explained == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(found.components @ found.components.T, np.eye(len(found.components)), atol=1e-3)
    assert abs(found.components[0].reshape(8, 8)[0, 0]) > abs(found.components[0].reshape(8, 8)[0, 7])


def test_distances_stay_those_of_the_pictures() -> None:
    some = pictures()
    features = PixelPca.fit(some, 2).of(some)
    flat = some.reshape(60, -1) / 255
    np.testing.assert_allclose(
        np.linalg.norm(features[0] - features[1:], axis=1), np.linalg.norm(flat[0] - flat[1:], axis=1), rtol=0.01
    )


def test_no_more_pictures_are_fitted_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "FITTED", 20)
    assert len(PixelPca.fit(pictures(), 50).components) <= 19
    assert PixelPca.fit(pictures(), 1).of(pictures(3)).shape == (3, 1)


def test_equal_pictures_have_one_component_on_which_all_are_equal() -> None:
    same = np.full((5, 4, 4, 3), 7, np.uint8)
    found = PixelPca.fit(same, 3)
    assert (found.explained, len(found.components)) == (0, 1)
    np.testing.assert_allclose(found.of(same), 0, atol=1e-6)


def test_one_picture_is_not_enough() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        PixelPca.fit(pictures(1), 2)
