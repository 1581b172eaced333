"""The sliders of an export, on a decoder so simple that the answers are known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from models.exporting import sliders
from models.latent.traversal import Decode, prior_ranges

Floats = NDArray[np.float32]


def linear(*gains: float) -> Decode:
    """z (N, 4) -> 0.5 + 0.1 gain_i z_i on the i-th quarter of the picture."""

    def decode(latents: Floats) -> Floats:
        values = 0.5 + 0.1 * np.array(gains, np.float32) * latents
        return np.repeat(values, 196, axis=1).reshape(-1, 28, 28, 1).astype(np.float32)

    return decode


def normal(count: int) -> Floats:
    return np.random.default_rng(0).standard_normal((count, 4)).astype(np.float32)


def test_the_order_is_by_what_a_dimension_does_and_none_is_left_out() -> None:
    found = sliders.describe(linear(0.5, 2, 0, 1), normal(500))
    assert [each["dim"] for each in found] == [1, 3, 0, 2]
    effects = [each["effect"] for each in found]
    assert effects == sorted(effects, reverse=True)
    assert effects[-1] == 0
    # From the 5% to the 95% quantile of a standard normal, a tenth of it, over a quarter of the picture.
    assert effects[1] == pytest.approx(0.1 * 2 * 1.645 / 4, rel=0.1)


def test_the_range_is_the_sets_for_encoded_points_and_what_is_given_for_drawn_ones() -> None:
    latents = 3 * normal(2000) + np.float32(1)
    kl = np.array([0.5, 0.25, 0.125, 1.0], np.float32)
    for each in sliders.describe(linear(1, 1, 1, 1), latents, kl=kl):
        low, high = np.quantile(latents[:, each["dim"]], [0.01, 0.99])
        assert (each["low"], each["high"]) == pytest.approx((low, high), abs=1e-3)
        assert each["kl"] == kl[each["dim"]]
        assert (each["mean"], each["std"]) == pytest.approx((1, 3), abs=0.3)
    drawn = sliders.describe(linear(1, 1, 1, 1), latents, ends=prior_ranges("normal", 4))
    assert {(each["low"], each["high"], each["kl"]) for each in drawn} == {(-2.3263, 2.3263, None)}


def test_a_dimension_without_spread_is_inactive_and_json_can_say_all_of_it() -> None:
    latents = normal(500)
    latents[:, 2] = 0
    found = sliders.describe(linear(1, 1, 1, 1), latents)
    assert {each["dim"]: each["active"] for each in found} == {0: True, 1: True, 2: False, 3: True}
    assert json.loads(json.dumps(found)) == found


def test_a_thousand_dimensions_are_compared_on_fewer_pictures() -> None:
    decoded = 0

    def decode(latents: Floats) -> Floats:
        nonlocal decoded
        decoded += len(latents)
        return latents.reshape(-1, 10, 100, 1)

    latents = np.random.default_rng(0).standard_normal((40, 1000)).astype(np.float32)
    assert len(sliders.describe(decode, latents)) == 1000
    assert decoded <= sliders.DECODINGS
