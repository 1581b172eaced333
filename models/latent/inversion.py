"""Which latent draws a picture: least squares over pixels and a perceptual distance, without gradients from a library.

GAN inversion by optimisation (Zhu et al. 2016, arXiv:1609.03552), here by the method of Levenberg (1944) and Marquardt
(1963). The decoder's derivatives are central differences of many latents in one batch, so any decoder will do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Draw = Callable[[Floats], Floats]

MOST_DIRECTIONS = 160  # a larger space is searched in so many random directions at a time, new ones each step
SCALES = (1, 2, 4)
EDGES = 1.0  # weight of the edges against the brightness of the same scale
DIFFERENCE = 0.05  # of a central difference, in units of `spread`
DAMPINGS = 10.0 ** np.arange(-2, 3)  # tried at once, in units of the one that was best before
NOT_BETTER = 3  # steps in a row without gain after which a search ends


def features(pictures: Floats) -> Floats:
    """What the distance compares: (N, H, W, C) -> (N, F) float32, linear in the pictures.

    Brightness, and its change to the right and downwards, at full size, a half and a quarter: the squared length of a
    difference is the mean squared error of each of these, added up. So shapes and edges count beside single pixels; it
    stands in for a learned perceptual distance and is none.
    """
    parts: list[Floats] = []
    for scale in SCALES:
        small = _reduced(pictures, scale)
        if min(small.shape[1:3]) < 2:
            break
        right, down = np.diff(small, axis=2), np.diff(small, axis=1)
        for part, weight in ((small, 1.0), (right, EDGES), (down, EDGES)):
            flat = part.reshape(len(part), -1)
            parts.append(flat * np.float32(np.sqrt(weight / flat.shape[1])))
    return np.concatenate(parts, axis=1)


def _reduced(pictures: Floats, scale: int) -> Floats:
    """Means over squares of `scale` pixels; what is left over at the right and at the bottom goes."""
    count, height, width, channels = pictures.shape
    rows, columns = height // scale, width // scale
    cut = pictures[:, : rows * scale, : columns * scale]
    return np.asarray(cut.reshape(count, rows, scale, columns, scale, channels).mean(axis=(2, 4)), np.float32)


@dataclass
class Search:
    """One start and how far it has come."""

    name: str
    latent: Floats  # (D,)
    loss: float = np.inf  # squared distance of the features, and the pull towards the data
    error: float = np.inf  # mean squared error over pixels and channels
    first: float = np.inf  # the error at the start
    damping: float = 1e-2
    idle: int = 0
    curve: list[float] = field(default_factory=list)  # the error after each step


class Inversion:
    """Looks for the latent of one picture from several starts; the better a start does, the longer it is followed."""

    def __init__(
        self, draw: Draw, target: Floats, centre: Floats, spread: Floats, *, pull: float, seed: int = 0
    ) -> None:
        """`draw`: (N, D) -> (N, H, W, C) float32 in [0, 1], the target is one such picture (H, W, C).

        centre, spread: (D,), where the data lie; `pull` weighs the mean squared distance from there, in units of the
        spread, against the error. Raises ValueError for shapes that do not fit or a spread that is not positive.
        """
        if centre.ndim != 1 or centre.shape != spread.shape or target.ndim != 3 or not (spread > 0).all():
            raise ValueError(f"expected a picture, centre (D,) and spread (D,) > 0; got {target.shape}, {centre.shape}")
        self._draw, self._target = draw, target
        self._wanted = features(target[np.newaxis])[0]
        self._centre, self._spread = centre.astype(np.float64), spread.astype(np.float64)
        self._pull = pull / len(centre)
        self._random = np.random.Generator(np.random.PCG64(seed))

    def search(self, starts: Sequence[Search], steps: int, told: Callable[[Search, int], None]) -> list[Search]:
        """Take `steps` steps in all, first one with each start, then two with the best two, then with the best alone.

        `told` hears of the best search and the number of steps done after each. Answers the searches, the best first.
        """
        done = 0
        for start in starts:
            self._look(start)
            start.first = start.error
        for few, each in ((len(starts), 1), (2, 2), (1, steps)):
            for current in sorted(starts, key=lambda start: start.loss)[:few]:
                for _ in range(each):
                    if done >= steps or current.idle >= NOT_BETTER:
                        break
                    self._step(current)
                    done += 1
                    told(min(starts, key=lambda start: start.loss), done)
        return sorted(starts, key=lambda start: start.loss)

    def _look(self, search: Search) -> None:
        losses, errors, _ = self._losses(search.latent[np.newaxis])
        search.loss, search.error = float(losses[0]), float(errors[0])
        search.curve.append(search.error)

    def _losses(self, latents: Floats) -> tuple[Doubles, Doubles, Floats]:
        """(N, D) -> the losses (N,), the errors (N,) and the differences of the features (N, F)."""
        pictures = self._draw(latents)
        errors = np.square(pictures - self._target).mean(axis=(1, 2, 3), dtype=np.float64)
        off = features(pictures) - self._wanted
        away = (latents - self._centre) / self._spread
        return np.einsum("nf,nf->n", off, off, dtype=np.float64) + self._pull * np.square(away).sum(axis=1), errors, off

    def _step(self, search: Search) -> None:
        """One step of Levenberg and Marquardt: several dampings are tried at once and the best is taken."""
        ways = self._directions()  # (m, D)
        here = search.latent.astype(np.float64)
        apart = np.concatenate([here + DIFFERENCE * ways, here - DIFFERENCE * ways]).astype(np.float32)
        ahead, behind = np.split(features(self._draw(apart)), 2)
        slopes = ((ahead - behind) / np.float32(2 * DIFFERENCE)).astype(np.float32)  # (m, F)
        _, _, off = self._losses(search.latent[np.newaxis])
        pulls = ways / self._spread  # (m, D): how each way changes the distance from the centre
        square = (slopes @ slopes.T).astype(np.float64) + self._pull * (pulls @ pulls.T)
        right = (slopes @ off[0]).astype(np.float64) + self._pull * (pulls @ ((here - self._centre) / self._spread))
        size = np.trace(square) / len(square) + 1e-12
        dampings = search.damping * DAMPINGS
        moves = [np.linalg.solve(square + each * size * np.eye(len(square)), -right) for each in dampings]
        tries = (here + np.stack(moves) @ ways).astype(np.float32)
        losses, errors, _ = self._losses(tries)
        best = int(np.argmin(losses))
        if losses[best] < search.loss * (1 - 1e-4):
            search.idle = 0
        else:
            search.idle += 1
        if losses[best] < search.loss:
            search.latent, search.loss, search.error = tries[best], float(losses[best]), float(errors[best])
            search.damping = float(np.clip(dampings[best], 1e-8, 1e6))
        else:
            search.damping = float(min(search.damping * 100, 1e6))
        search.curve.append(search.error)

    def _directions(self) -> Doubles:
        """The ways to go, each a standard deviation of the data long on average: (m, D)."""
        size = len(self._spread)
        if size <= MOST_DIRECTIONS:
            return np.diag(self._spread)
        drawn = self._random.standard_normal((size, MOST_DIRECTIONS))
        return np.asarray(np.linalg.qr(drawn)[0].T * self._spread)
