"""Ways from one latent to another: straight (lerp) and along the sphere (slerp)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Interpolation = Callable[[ArrayLike, ArrayLike, ArrayLike], Floats]

# Below this sine of the angle between two latents their plane is not defined well enough in float32 to turn in it.
_SMALLEST_SINE = 1e-6


def lerp(a: ArrayLike, b: ArrayLike, t: ArrayLike) -> Floats:
    """Linear interpolation: (D,), (D,), (T,) -> (T, D) float32; exactly `a` at t = 0 and `b` at t = 1.

    t outside [0, 1] extrapolates. Raises ValueError for shapes that do not fit or values that are not finite.
    """
    start, end, weight = _checked(a, b, t)
    return _lerp(start, end, weight).astype(np.float32)


def slerp(a: ArrayLike, b: ArrayLike, t: ArrayLike) -> Floats:
    """Spherical linear interpolation (Shoemake 1985): (D,), (D,), (T,) in [0, 1] -> (T, D) float32.

    The direction turns at constant angular speed and the norm goes linearly from |a| to |b|, so that a path between two
    draws of a Gaussian stays where the Gaussian has its mass. Parallel, opposite and zero latents span no plane to turn
    in: they are joined by `lerp`. Raises ValueError for shapes that do not fit, values that are not finite, or t
    outside [0, 1].
    """
    start, end, weight = _checked(a, b, t)
    if weight.size and (weight.min() < 0 or weight.max() > 1):
        raise ValueError("slerp is defined for t between 0 and 1")
    norm_a, norm_b = np.linalg.norm(start), np.linalg.norm(end)
    if norm_a == 0 or norm_b == 0:
        return _lerp(start, end, weight).astype(np.float32)
    unit_a, unit_b = start / norm_a, end / norm_b
    angle = _angle(unit_a, unit_b)
    sine = np.sin(angle)
    if sine < _SMALLEST_SINE:
        return _lerp(start, end, weight).astype(np.float32)
    column = weight[:, np.newaxis]  # (T, 1)
    direction = (np.sin((1 - column) * angle) * unit_a + np.sin(column * angle) * unit_b) / sine  # (T, D), norm 1
    turned = direction * ((1 - column) * norm_a + column * norm_b)
    turned[weight == 0] = start  # exact ends: a path must begin and end on the kept points, not one rounding beside
    turned[weight == 1] = end
    return np.asarray(turned, np.float32)


METHODS: dict[str, Interpolation] = {"lerp": lerp, "slerp": slerp}


def path(a: ArrayLike, b: ArrayLike, steps: int, method: str = "slerp") -> Floats:
    """`steps` latents from `a` to `b`, both included, at equal t: (D,), (D,) -> (steps, D) float32.

    Raises ValueError for fewer than 2 steps or a method other than those in METHODS.
    """
    if method not in METHODS:
        raise ValueError(f"no interpolation is called {method!r}; known: {', '.join(METHODS)}")
    if steps < 2:
        raise ValueError("a path has at least 2 steps: its two ends")
    return METHODS[method](a, b, np.linspace(0.0, 1.0, steps))


def _checked(
    a: ArrayLike, b: ArrayLike, t: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    start, end, weight = np.asarray(a, np.float64), np.asarray(b, np.float64), np.asarray(t, np.float64)
    if start.ndim != 1 or start.shape != end.shape or weight.ndim != 1:
        raise ValueError(f"expected two latents (D,) and t (T,), got {start.shape}, {end.shape} and {weight.shape}")
    if not (np.isfinite(start).all() and np.isfinite(end).all() and np.isfinite(weight).all()):
        raise ValueError("latents and t must be finite numbers")
    return start, end, weight


def _lerp(start: NDArray[np.float64], end: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    column = weight[:, np.newaxis]
    return (1 - column) * start + column * end


def _angle(unit_a: NDArray[np.float64], unit_b: NDArray[np.float64]) -> float:
    """The angle between unit vectors in [0, pi], exact for small angles too, where arccos loses half the digits."""
    return float(2 * np.arctan2(np.linalg.norm(unit_a - unit_b), np.linalg.norm(unit_a + unit_b)))
