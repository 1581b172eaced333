"""Geodesics of decoders whose geometry is known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.latent.geodesic import DENSER, EVALUATIONS, geodesic, spline

Floats = NDArray[np.float32]
ROOT = Path(__file__).resolve().parent.parent.parent


def sphere(z: Floats) -> Floats:
    """Two angles -> a point of the unit sphere, in double precision rounded once."""
    polar, azimuth = z.astype(np.float64).T
    x = [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)]
    return np.stack(x, axis=1).astype(np.float32)


def corridor(z: Floats) -> Floats:
    """Nothing changes along x between -1 and 1: the decoder is flat there. Along y the picture always changes."""
    x, y = z.T
    return np.stack([np.sign(x) * np.maximum(np.abs(x) - 1, 0), y], axis=1).astype(np.float32)


def hole(z: Floats) -> tuple[Floats, Floats]:
    """How unusual: no data lie within 0.9 of the origin; 1 is typical elsewhere."""
    radius = np.linalg.norm(z, axis=1)
    inside = np.maximum(0, 0.9 - radius)
    slope = np.where(inside > 0, -12 * 2 * inside / np.maximum(radius, 1e-6), 0)
    return (1 + 12 * inside**2).astype(np.float32), (slope[:, None] * z).astype(np.float32)


def ring(count: int, radius: float) -> Floats:
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return (radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)).astype(np.float32)


def steps(points: Floats) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(np.diff(points.astype(np.float64), axis=0), axis=1))


def test_the_geodesic_of_a_sphere_is_its_great_circle() -> None:
    a, b = np.array([0.7, 0.2]), np.array([0.9, 2.4])
    found = geodesic(sphere, a, b)
    road = sphere(found.points).astype(np.float64)
    first, last = road[0], road[-1]
    normal = np.cross(first, last)
    assert np.abs(road @ (normal / np.linalg.norm(normal))).max() < 0.01  # it stays in the circle's plane ...
    angle = np.arccos(first @ last)
    assert steps(road.astype(np.float32)).sum() == pytest.approx(angle, rel=1e-3)  # ... is as long as the arc ...
    assert steps(road.astype(np.float32)).std() < 0.01 * angle / len(road)  # ... and evenly walked
    straight = steps(sphere(np.linspace(a, b, 257).astype(np.float32)))
    assert straight.sum() > 1.1 * angle  # the straight line in angles is not
    assert found.decoded == pytest.approx(angle**2 / (256 * np.square(straight).sum()), rel=0.01)


def test_the_geodesic_of_a_linear_decoder_is_the_straight_line() -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=(5, 30)).astype(np.float32)
    a, b = random.normal(size=(2, 5))
    found = geodesic(lambda z: (z @ weights).reshape(-1, 5, 6), a, b, through=random.normal(size=(8, 5)))
    np.testing.assert_allclose(found.points, np.linspace(a, b, DENSER * EVALUATIONS + 1), atol=2e-3)
    assert found.decoded == pytest.approx(1, rel=1e-3)


def test_a_flat_hole_is_crossed_without_lambda_and_gone_round_with_it() -> None:
    a, b, detours = np.array([-2.0, 0.0]), np.array([2.0, 0.0]), ring(24, 1.1)
    across = geodesic(corridor, a, b, weight=0, unusual=hole, through=detours)
    around = geodesic(corridor, a, b, weight=3, unusual=hole, through=detours)
    assert np.linalg.norm(across.points, axis=1).min() < 0.05
    assert np.linalg.norm(around.points, axis=1).min() > 0.6
    assert hole(around.points)[0].max() < 0.3 * hole(across.points)[0].max()
    assert around.decoded > 1.5 * across.decoded  # going round costs change of the picture


def test_a_flat_decoder_leaves_the_straight_line_alone() -> None:
    found = geodesic(lambda z: np.zeros((len(z), 4), np.float32), np.zeros(3), np.ones(3))
    np.testing.assert_allclose(found.points, np.linspace(np.zeros(3), np.ones(3), 257), atol=1e-3)


def test_dimensions_that_change_nothing_do_not_wander() -> None:
    found = geodesic(lambda z: sphere(z[:, :2]), np.array([0.7, 0.2, 0.5]), np.array([0.9, 2.4, 0.5]))
    assert np.abs(found.points[:, 2] - 0.5).max() < 0.05


def test_the_ends_are_exact_and_equal_ends_stay() -> None:
    a, b = np.array([0.1, 0.3], np.float32), np.array([1.1, -0.4], np.float32)
    found = geodesic(sphere, a, b)
    np.testing.assert_array_equal(found.points[[0, -1]], [a, b])
    assert found.points.shape == (257, 2)
    assert found.points.dtype == np.float32
    still = geodesic(sphere, a, a)
    assert (still.points == a).all()
    assert still.energy == still.steps == 0


def test_measured_again_denser_the_energy_is_about_the_same() -> None:
    found = geodesic(corridor, np.array([-2.0, 0.0]), np.array([2.0, 0.3]), weight=1, unusual=hole, through=ring(24, 1))
    assert found.dense_energy == pytest.approx(found.energy, rel=0.05)
    assert found.energy < found.straight


def test_the_work_is_told_and_the_road_so_far_with_it() -> None:
    told: list[tuple[float, tuple[int, ...]]] = []
    geodesic(
        sphere, np.array([0.7, 0.2]), np.array([0.9, 2.4]), watch=lambda share, road: told.append((share, road.shape))
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] < 1
    assert {shape for _, shape in told} == {(EVALUATIONS + 1, 2)}


def test_many_dimensions_are_interpolated_between_fewer_derivatives() -> None:
    random = np.random.default_rng(1)
    weights = (random.normal(size=(128, 12)) / 12).astype(np.float32)
    passes = 0

    def decode(z: Floats) -> Floats:
        nonlocal passes
        passes += len(z)
        return np.asarray(np.tanh(z @ weights), np.float32)

    a, b = random.normal(size=(2, 128))
    found = geodesic(decode, a, b)
    assert found.dense_energy <= found.straight
    assert passes < 40_000  # 128 dimensions at all 65 points would take 16,640 for every step


@pytest.mark.parametrize(
    ("a", "b", "more", "words"),
    [
        ([0.0, 1.0], [0.0], {}, "two latents"),
        ([0.0, np.nan], [0.0, 1.0], {}, "finite"),
        ([0.0, 0.0], [0.0, 1.0], {"weight": -1.0}, "negative"),
        ([0.0, 0.0], [0.0, 1.0], {"spread": [1.0, 0.0]}, "spread"),
        ([0.0, 0.0], [0.0, 1.0], {"through": [[1.0]]}, "lead through"),
    ],
)
def test_what_makes_no_sense_is_refused(a: list[float], b: list[float], more: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        geodesic(sphere, a, b, **more)  # type: ignore[arg-type]


def test_a_spline_goes_through_its_knots_and_keeps_straight_lines() -> None:
    knots = np.random.default_rng(2).normal(size=(7, 3))
    np.testing.assert_allclose(spline(np.linspace(0, 1, 7), 7) @ knots, knots, atol=1e-12)
    line = np.linspace([0.0, 1.0], [2.0, -1.0], 9)
    np.testing.assert_allclose(spline(np.linspace(0, 1, 33), 9) @ line, np.linspace([0, 1], [2, -1], 33), atol=1e-12)
    with pytest.raises(ValueError, match="3 knots"):
        spline([0.5], 2)


def test_torch_is_not_needed() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\n"
        "from models.latent.geodesic import geodesic\n"
        "found = geodesic(np.sin, np.zeros(2), np.ones(2))\n"
        "assert found.dense_energy < 1.01, found\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
