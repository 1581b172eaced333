"""Errors between pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from models.latent.fidelity import mse, psnr

PICTURES = npst.arrays(np.float32, (3, 4, 5, 1), elements=st.floats(0, 1, width=32))


@given(first=PICTURES, second=PICTURES)
def test_the_error_is_symmetric_bounded_and_zero_for_equals(
    first: NDArray[np.float32], second: NDArray[np.float32]
) -> None:
    errors = mse(first, second)
    assert errors.shape == (3,)
    np.testing.assert_array_equal(errors, mse(second, first))
    assert ((errors >= 0) & (errors <= 1)).all()
    assert not mse(first, first).any()


def test_a_known_error_in_decibels() -> None:
    errors = mse(np.zeros((2, 4, 4, 1)), np.stack([np.full((4, 4, 1), 0.1), np.zeros((4, 4, 1))]))
    np.testing.assert_allclose(errors, [0.01, 0])
    assert psnr(errors).tolist() == [pytest.approx(20), np.inf]


def test_pictures_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        mse(np.zeros((1, 4, 4, 1)), np.zeros((1, 4, 4, 3)))
