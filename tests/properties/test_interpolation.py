"""lerp and slerp go from one latent to the other, the way each of them promises."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.latent.interpolation import METHODS, lerp, path, slerp
from tests.properties.strategies import Floats, pairs

T = np.linspace(0, 1, 9)


def _angle(a: Floats, b: Floats) -> float:
    u, v = a.astype(np.float64) / np.linalg.norm(a), b.astype(np.float64) / np.linalg.norm(b)
    return float(2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


def _span_a_plane(a: Floats, b: Floats) -> bool:
    if min(np.linalg.norm(a), np.linalg.norm(b)) < 1e-3:
        return False
    return 0.01 < _angle(a, b) < np.pi - 0.01


@pytest.mark.parametrize("method", METHODS)
@given(ends=pairs(), steps=st.integers(2, 20))
def test_a_path_begins_and_ends_exactly_on_its_ends(method: str, ends: tuple[Floats, Floats], steps: int) -> None:
    way = path(*ends, steps, method)
    assert way.shape == (steps, len(ends[0]))
    assert way.dtype == np.float32
    np.testing.assert_array_equal(way[0], ends[0])
    np.testing.assert_array_equal(way[-1], ends[1])


@pytest.mark.parametrize("method", METHODS)
@given(ends=pairs())
def test_the_way_back_is_the_way_there_reversed(method: str, ends: tuple[Floats, Floats]) -> None:
    a, b = ends
    np.testing.assert_allclose(path(a, b, 9, method), path(b, a, 9, method)[::-1], atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
@given(ends=pairs())
def test_a_path_between_equal_latents_stays(method: str, ends: tuple[Floats, Floats]) -> None:
    np.testing.assert_allclose(path(ends[0], ends[0], 5, method), np.tile(ends[0], (5, 1)), rtol=1e-6, atol=1e-6)


@given(ends=pairs())
def test_lerp_makes_equal_steps(ends: tuple[Floats, Floats]) -> None:
    steps = np.diff(lerp(*ends, T).astype(np.float64), axis=0)
    np.testing.assert_allclose(steps, np.tile((ends[1].astype(np.float64) - ends[0]) / 8, (8, 1)), atol=1e-4)


@given(ends=pairs())
def test_the_norm_goes_linearly_along_slerp(ends: tuple[Floats, Floats]) -> None:
    a, b = ends
    assume(_span_a_plane(a, b))
    expected = (1 - T) * np.linalg.norm(a) + T * np.linalg.norm(b)
    np.testing.assert_allclose(np.linalg.norm(slerp(a, b, T), axis=1), expected, rtol=1e-4)


@given(ends=pairs())
def test_slerp_turns_at_constant_angular_speed(ends: tuple[Floats, Floats]) -> None:
    a, b = ends
    assume(_span_a_plane(a, b))
    way = slerp(a, b, T)
    np.testing.assert_allclose([_angle(p, q) for p, q in itertools.pairwise(way)], _angle(a, b) / 8, rtol=1e-3)


@given(ends=pairs())
def test_slerp_stays_in_the_plane_of_its_ends(ends: tuple[Floats, Floats]) -> None:
    a, b = ends
    assume(_span_a_plane(a, b))
    way = slerp(a, b, T).astype(np.float64)
    plane = np.linalg.qr(np.stack([a, b], axis=1).astype(np.float64))[0]
    np.testing.assert_allclose(way @ plane @ plane.T, way, atol=1e-3)


@given(ends=pairs(), factor=st.sampled_from([0.0, 1.0, 2.5, -1.0, -0.5]))
def test_slerp_of_parallel_opposite_or_zero_latents_is_lerp(ends: tuple[Floats, Floats], factor: float) -> None:
    a = ends[0]
    b = (a * np.float32(factor)).astype(np.float32)
    np.testing.assert_allclose(slerp(a, b, T), lerp(a, b, T), rtol=1e-3, atol=1e-3)


@given(ends=pairs(), t=st.floats(0, 1))
def test_a_point_does_not_depend_on_the_others_of_its_path(ends: tuple[Floats, Floats], t: float) -> None:
    for interpolate in METHODS.values():
        alone = interpolate(*ends, np.array([t]))
        among = interpolate(*ends, np.array([0.1, t, 0.9, 1.0]))
        np.testing.assert_array_equal(alone[0], among[1])


def test_a_gaussian_path_keeps_its_distance_from_the_origin_with_slerp_only() -> None:
    a, b = np.random.default_rng(0).standard_normal((2, 512)).astype(np.float32)
    assert np.linalg.norm(slerp(a, b, [0.5])) == pytest.approx(np.sqrt(512), rel=0.05)
    assert np.linalg.norm(lerp(a, b, [0.5])) == pytest.approx(np.sqrt(512 / 2), rel=0.05)


@pytest.mark.parametrize(
    ("a", "b", "t"),
    [
        ([1.0, 2.0], [1.0], [0.5]),
        ([[1.0, 2.0]], [[1.0, 2.0]], [0.5]),
        ([1.0, 2.0], [2.0, 1.0], 0.5),
        ([1.0, np.nan], [2.0, 1.0], [0.5]),
        ([1.0, 2.0], [np.inf, 1.0], [0.5]),
        ([1.0, 2.0], [2.0, 1.0], [np.nan]),
    ],
)
def test_what_is_no_pair_of_latents_is_refused(a: list[float], b: list[float], t: list[float]) -> None:
    for interpolate in METHODS.values():
        with pytest.raises(ValueError, match=r"expected two latents|finite"):
            interpolate(a, b, t)


def test_slerp_does_not_extrapolate_and_lerp_does() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        slerp([1.0, 0.0], [0.0, 1.0], [1.5])
    np.testing.assert_allclose(lerp([1.0, 0.0], [0.0, 1.0], [2.0]), [[-1.0, 2.0]])


def test_a_path_has_two_steps_at_least_and_a_known_method() -> None:
    with pytest.raises(ValueError, match="at least 2 steps"):
        path([1.0], [2.0], 1)
    with pytest.raises(ValueError, match="no interpolation is called 'cubic'; known: lerp, slerp"):
        path([1.0], [2.0], 3, "cubic")
