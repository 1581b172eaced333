"""Roads between two latents on which the decoded picture changes as little and as evenly as it can: geodesics.

The decoder pulls the distance between pictures back to the latent space (Arvanitidis et al. 2018, arXiv:1710.11379); a
geodesic is the curve with the least energy, the integral of |dx/dt|^2. A deterministic decoder knows nothing of where
the data lie: where it is flat, a road costs nothing, and so the road happily crosses holes in the data. A second term,
lambda times the squared length in the latent space weighted by how unusual the points are, makes that dear.

Both terms are sums of squares, so they are minimised by Gauss-Newton steps, damped after Levenberg and Marquardt. The
decoder's derivatives are central differences: any function from latents to pictures will do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]
Decode = Callable[[Floats], Floats]  # (N, D) -> (N, ...) in [0, 1]
Unusual = Callable[[Floats], tuple[Floats, Floats]]  # (N, D) -> (N,) not negative, and its gradient (N, D)
Watch = Callable[[float, Floats], None]  # share of the work that is done, in [0, 1], and the road so far (N + 1, D)

KNOTS = 16
EVALUATIONS = 64
DENSER = 4
MOST_STEPS = 14
# Central differences: small against the spread of the data, large against the rounding of float32.
_DIFFERENCE = 0.02
# Decoder passes for the derivatives of one step. Beyond, they are taken at fewer points and interpolated between.
_PASSES = 1200
_EVERY = (1, 2, 4, 8)
_STALE = 0.03  # ... and a step that gains less than this share asks for new ones
_REUSED = 4  # steps for which derivatives serve: the energy that a step must lower is always the true one
_COARSE = 16  # evaluations of a road that is only weighed as a start
_ENOUGH = 1e-3  # a step that gains less than this share ends the search
# What the squared length in the latent space always costs: else a road may wander along what no picture shows.
_LEAST = 1e-3
_BATCH = 128


@dataclass(frozen=True)
class Geodesic:
    """A road and what it costs. Energies are in units of the straight line's decoded energy."""

    points: Floats  # (4 * 64 + 1, D) evenly in t, with both ends
    energy: float  # at the points where it was minimised
    dense_energy: float  # the same at `points`, four times denser: far above `energy` means that something was skipped
    decoded: float  # the part of `dense_energy` that is change of the picture
    straight: float  # what the straight line costs, measured as densely
    steps: int  # Gauss-Newton steps taken


def geodesic(
    decode: Decode,
    a: ArrayLike,
    b: ArrayLike,
    *,
    weight: float = 0.0,
    unusual: Unusual | None = None,
    spread: ArrayLike | None = None,
    through: ArrayLike | None = None,
    watch: Watch | None = None,
) -> Geodesic:
    """The road from `a` to `b`, both (D,), as a cubic spline of 16 knots with 64 evaluations.

    weight: lambda; without `unusual` it has no effect. spread: (D,) the unit of each dimension, 1 where it is None.
    through: (M, D) points by way of which a road may start: the best such detour is bettered beside the straight line.
    Raises ValueError for shapes that do not fit, values that are not finite, or a negative weight.
    """
    start, end = _ends(a, b)
    units = np.ones(len(start)) if spread is None else np.asarray(spread, np.float64)
    if units.shape != start.shape or not (units > 0).all():
        raise ValueError(f"spread must be {len(start)} positive numbers, got {units.shape}")
    if not (np.isfinite(weight) and weight >= 0):
        raise ValueError(f"lambda must not be negative, got {weight}")
    if (start == end).all():
        still = np.tile(start.astype(np.float32), (DENSER * EVALUATIONS + 1, 1))
        return Geodesic(still, 0.0, 0.0, 0.0, 0.0, 0)
    detours = np.empty((0, len(start))) if through is None else np.asarray(through, np.float64)
    if detours.ndim != 2 or detours.shape[1] != len(start):
        raise ValueError(f"expected points (M, {len(start)}) to lead through, got {detours.shape}")
    problem = _Problem(decode, unusual, weight if unusual is not None else 0.0, units, start, end)
    found = _search(problem, _starts(problem, detours / units), watch or (lambda _share, _points: None))
    return problem.measured(found)


@dataclass
class _Road:
    knots: Numbers  # (K, D) in units of the spread
    energy: float
    steps: int = 0


class _Problem:
    """The energy of a road given by its knots, and its Gauss-Newton step. Latents are in units of the spread here."""

    def __init__(
        self, decode: Decode, unusual: Unusual | None, weight: float, units: Numbers, start: Numbers, end: Numbers
    ) -> None:
        self._decode, self._unusual = decode, unusual
        self.units, self.start, self.end = units, start / units, end / units
        self.basis = spline(np.linspace(0, 1, EVALUATIONS + 1), KNOTS)
        length = float(np.square(self.end - self.start).sum())
        self._lambda, self._least = weight / length, _LEAST / length
        self._unit = 1.0
        line = _line(self.start, self.end, np.linspace(0, 1, EVALUATIONS + 1))
        # A decoder that is flat all the way has no energy to compare with.
        self._unit = max(self._parts(line)[0], 1e-9)

    def latents(self, road: Numbers) -> Floats:
        return (road * self.units).astype(np.float32)

    def pictures(self, road: Numbers) -> Floats:
        """(N, D) -> (N, P), in batches."""
        rows = self.latents(road)
        parts = [self._decode(rows[first : first + _BATCH]) for first in range(0, len(rows), _BATCH)]
        return np.concatenate([part.reshape(len(part), -1) for part in parts])

    def _dearness(self, road: Numbers) -> tuple[Numbers, Numbers]:
        if self._unusual is None or self._lambda == 0:
            return np.zeros(len(road)), np.zeros_like(road)
        values, slopes = self._unusual(self.latents(road))
        return values.astype(np.float64), slopes.astype(np.float64) * self.units

    def _parts(self, road: Numbers) -> tuple[float, float]:
        """The two terms: the decoded energy, and what the latents' way costs, with lambda times the unusualness."""
        count = len(road) - 1
        moved = np.diff(self.pictures(road), axis=0)
        decoded = count * float(np.square(moved, dtype=np.float64).sum()) / self._unit
        values, _ = self._dearness(road)
        between = (values[1:] + values[:-1]) / 2
        steps = np.square(np.diff(road, axis=0)).sum(axis=1)
        return decoded, count * float(((self._least + self._lambda * np.square(between)) * steps).sum())

    def energy(self, knots: Numbers, evaluations: int = EVALUATIONS) -> float:
        basis = self.basis if evaluations == EVALUATIONS else spline(np.linspace(0, 1, evaluations + 1), KNOTS)
        return sum(self._parts(basis @ knots))

    def measured(self, road: _Road) -> Geodesic:
        t = np.linspace(0, 1, DENSER * EVALUATIONS + 1)
        dense = spline(t, KNOTS) @ road.knots
        dense[0], dense[-1] = self.start, self.end
        decoded, dear = self._parts(dense)
        straight = sum(self._parts(_line(self.start, self.end, t)))
        points = self.latents(dense)
        return Geodesic(points, road.energy, decoded + dear, decoded, straight, road.steps)

    def slopes(self, knots: Numbers) -> _Slopes:
        """The decoder's derivatives along the road, by central differences."""
        road = self.basis @ knots
        size = road.shape[1]
        every = next((n for n in _EVERY if (EVALUATIONS // n + 1) * 2 * size <= _PASSES), _EVERY[-1])
        taken = road[::every]
        offsets = _DIFFERENCE * np.eye(size)
        parts = []
        for point in taken:
            pictures = self.pictures(np.concatenate([point + offsets, point - offsets]))  # (2D, P)
            parts.append((pictures[:size] - pictures[size:]) / np.float32(2 * _DIFFERENCE))
        return _Slopes(parts, _hats(len(road), every))

    def system(self, knots: Numbers, slopes: _Slopes) -> tuple[Numbers, Numbers]:
        """The Gauss-Newton matrix and gradient over the inner knots: (K - 2) * D squared, and (K - 2) * D."""
        road = self.basis @ knots
        own, beside = slopes.squares()
        scale = EVALUATIONS / self._unit
        terms = [(scale * slopes.gradient(self.pictures(road)), scale * own, scale * beside), self._dear_system(road)]
        gradient, own, beside = (sum(parts[1:], parts[0]) for parts in zip(*terms, strict=True))
        inner = self.basis[:, 1:-1]
        square = _projected(inner, inner, own)
        other = _projected(inner[:-1], inner[1:], beside)
        return square + other + other.T, (inner.T @ gradient).reshape(-1)

    def _dear_system(self, road: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Of the latents' way and its unusualness: gradient (N + 1, D), the matrix's blocks (N + 1, D, D), and those
        beside the diagonal (N, D, D).
        """
        count, size = len(road) - 1, road.shape[1]
        values, slopes = self._dearness(road)
        scale = np.sqrt(count * self._lambda)
        between, steps = (values[1:] + values[:-1]) / 2, np.diff(road, axis=0)
        rest = scale * between[:, None] * steps  # (N, D), whose squares are summed
        even = scale * between[:, None, None] * np.eye(size)
        before = scale * steps[:, :, None] * slopes[:-1, None, :] / 2 - even  # d rest / d its first point
        after = scale * steps[:, :, None] * slopes[1:, None, :] / 2 + even
        gradient, own = np.zeros_like(road), np.zeros((count + 1, size, size))
        gradient[:-1] += np.einsum("nij,ni->nj", before, rest)
        gradient[1:] += np.einsum("nij,ni->nj", after, rest)
        own[:-1] += before.transpose(0, 2, 1) @ before
        own[1:] += after.transpose(0, 2, 1) @ after
        always = count * self._least
        gradient[:-1] -= always * steps
        gradient[1:] += always * steps
        own[:-1] += always * np.eye(size)
        own[1:] += always * np.eye(size)
        return gradient, own, before.transpose(0, 2, 1) @ after - always * np.eye(size)


class _Slopes:
    """d picture / d latent at some points of a road, linear between them."""

    def __init__(self, parts: list[Floats], hats: Numbers) -> None:
        """`parts`: M of (D, P); `hats`: (N + 1, M), the share that each has at each point of the road."""
        self._parts, self._hats = parts, hats
        self._squares: tuple[Numbers, Numbers] | None = None

    def gradient(self, pictures: Floats) -> Numbers:
        """Of the sum of squared steps, halved: pictures (N + 1, P) -> (N + 1, D)."""
        moved = np.diff(pictures, axis=0)
        bend = np.zeros_like(pictures)
        bend[1:] += moved
        bend[:-1] -= moved
        found = np.zeros((len(pictures), len(self._parts[0])))
        for part, hat in zip(self._parts, self._hats.T, strict=True):
            near = np.flatnonzero(hat)
            found[near] += hat[near, None] * (bend[near] @ part.T)
        return found

    def squares(self) -> tuple[Numbers, Numbers]:
        """The blocks of its Gauss-Newton matrix: on the diagonal (N + 1, D, D), and beside it (N, D, D)."""
        if self._squares is None:
            count, size = len(self._hats), len(self._parts[0])
            own, beside = np.zeros((count, size, size)), np.zeros((count - 1, size, size))
            for k, part in enumerate(self._parts):
                for other in range(max(0, k - 1), min(len(self._parts), k + 2)):
                    product = (part @ self._parts[other].T).astype(np.float64)
                    own += (self._hats[:, k] * self._hats[:, other])[:, None, None] * product
                    beside -= (self._hats[:-1, k] * self._hats[1:, other])[:, None, None] * product
            own[1:-1] *= 2
            self._squares = own, beside
        return self._squares


def _hats(count: int, every: int) -> Numbers:
    """Linear interpolation between each `every`-th of `count` points as a matrix (count, M)."""
    places, nodes = np.arange(count), np.arange(0, count, every)
    return np.asarray(np.maximum(0, 1 - np.abs(places[:, None] - nodes) / every), np.float64)


def _projected(left: Numbers, right: Numbers, blocks: Numbers) -> Numbers:
    """Blocks over points -> a matrix over knots: (N, K), (N, K), (N, D, D) -> (K * D, K * D)."""
    free, size = left.shape[1], blocks.shape[1]
    shares = np.einsum("nk,nl->kln", left, right).reshape(free * free, -1)
    found = (shares @ blocks.reshape(len(blocks), -1)).reshape(free, free, size, size)
    return np.asarray(found.transpose(0, 2, 1, 3).reshape(free * size, free * size), np.float64)


def _starts(problem: _Problem, detours: Numbers) -> list[_Road]:
    """The straight line, and the best roads by way of one of the detours."""
    t = np.linspace(0, 1, KNOTS)
    straight = _line(problem.start, problem.end, t)
    weighed = []
    for middle in detours:
        first, second = np.linalg.norm(middle - problem.start), np.linalg.norm(problem.end - middle)
        if first == 0 or second == 0:
            continue
        turn = first / (first + second)
        knots = np.where(
            (t < turn)[:, None],
            _line(problem.start, middle, np.minimum(t / turn, 1)),
            _line(middle, problem.end, np.maximum((t - turn) / (1 - turn), 0)),
        )
        weighed.append(_Road(knots, problem.energy(knots, _COARSE)))
    weighed.sort(key=lambda road: road.energy)
    starts = [_Road(knots, problem.energy(knots)) for knots in [straight, *(road.knots for road in weighed[:1])]]
    dear = (EVALUATIONS // _EVERY[-1] + 1) * 2 * len(problem.units) > _PASSES
    return [min(starts, key=lambda road: road.energy)] if dear else starts


def _search(problem: _Problem, starts: list[_Road], watch: Watch) -> _Road:
    """Better each start, and the best of them wins."""
    found: list[_Road] = []
    for number, road in enumerate(starts):

        def told(share: float, knots: Numbers, number: int = number) -> None:
            watch((number + share) / len(starts), problem.latents(problem.basis @ knots))

        found.append(_descend(problem, road, told))
    best = min(found, key=lambda road: road.energy)
    return _Road(best.knots, best.energy, sum(road.steps for road in found))


def _descend(problem: _Problem, road: _Road, told: Callable[[float, Numbers], None]) -> _Road:
    """Damped Gauss-Newton steps, each accepted only when the energy itself falls."""
    knots, energy, damping = road.knots.copy(), road.energy, 1e-3
    slopes, age = problem.slopes(knots), 0
    for step in range(MOST_STEPS):
        told(step / MOST_STEPS, knots)
        matrix, gradient = problem.system(knots, slopes)
        level = max(float(np.trace(matrix)) / len(matrix), 1e-12)
        before = energy
        for _ in range(6):
            change = np.linalg.solve(matrix + damping * level * np.eye(len(matrix)), -gradient)
            tried = knots.copy()
            tried[1:-1] += change.reshape(len(knots) - 2, -1)
            reached = problem.energy(tried)
            if reached < energy:
                knots, energy, damping = tried, reached, max(damping / 4, 1e-9)
                break
            damping *= 6
        gain = (before - energy) / max(before, 1e-12)
        if age == 0 and gain < _ENOUGH:
            return _Road(knots, energy, step + 1)
        age += 1
        if gain < _STALE or age == _REUSED:
            slopes, age = problem.slopes(knots), 0
    return _Road(knots, energy, MOST_STEPS)


def spline(t: ArrayLike, knots: int) -> Numbers:
    """The natural cubic spline through evenly placed knots as a matrix: (T,) in [0, 1] -> (T, knots).

    Its product with the knots' values (knots, D) is the curve at t; a row sums to 1. Raises ValueError below 3 knots.
    """
    if knots < 3:
        raise ValueError(f"a cubic spline has at least 3 knots, got {knots}")
    places = np.clip(np.asarray(t, np.float64), 0, 1) * (knots - 1)
    before = np.minimum(places.astype(int), knots - 2)
    share = places - before
    # The second derivatives at the inner knots solve a tridiagonal system; at the ends they are 0.
    system = 4 * np.eye(knots - 2) + np.eye(knots - 2, k=1) + np.eye(knots - 2, k=-1)
    curved = np.zeros((knots, knots))
    curved[1:-1] = np.linalg.solve(system, 6 * np.diff(np.eye(knots), n=2, axis=0))
    own = np.eye(knots)
    left, right = (1 - share)[:, None], share[:, None]
    bent = (left**3 - left) * curved[before] + (right**3 - right) * curved[before + 1]
    return np.asarray(left * own[before] + right * own[before + 1] + bent / 6, np.float64)


def _line(start: Numbers, end: Numbers, t: Numbers) -> Numbers:
    return np.asarray((1 - t[:, None]) * start + t[:, None] * end, np.float64)


def _ends(a: ArrayLike, b: ArrayLike) -> tuple[Numbers, Numbers]:
    start, end = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if start.ndim != 1 or not start.size or start.shape != end.shape:
        raise ValueError(f"expected two latents (D,), got {start.shape} and {end.shape}")
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        raise ValueError("latents must be finite numbers")
    return start, end
