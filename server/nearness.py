"""Who the neighbours of a picture are, in three senses: by its pixels, by its latent, by what made it what it is.

That they differ is the semantic gap: what looks alike to a computer, to a model and to a person is not the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.folder import PictureSet
from models.data.reading import Reading
from server.opened import OpenedModel, Points

Floats = NDArray[np.float32]
_CHUNK = 500  # pictures compared at a time: 500 of 64 x 64 in colour are 25 MB as floats
# A picture of the set is sent with 8 bits and compared with 8 bits: it is that very one, or another.
_SAME = 0.5 / 255


@dataclass(frozen=True)
class Neighbour:
    """A row of the set, and how far it is in one of the senses."""

    row: int
    distance: float


@dataclass(frozen=True)
class Nearness:
    """The nearest rows of the default set, nearest first; None where a sense does not apply to this model."""

    known: int | None  # the row that is this very picture: it is no neighbour of itself
    pixels: tuple[Neighbour, ...] | None  # root mean squared difference, pixels in [0, 1]
    latent: tuple[Neighbour, ...] | None  # over the active dimensions, in standard deviations
    factors: tuple[Neighbour, ...] | None  # over the factors that can be read, in standard deviations
    readings: tuple[Reading, ...]
    strange: float | None  # percent of the known pictures that have another one nearer by pixels than this one has


def nearest(opened: OpenedModel, picture: Floats, latent: Floats, count: int) -> Nearness | None:
    """The neighbours of a picture (H, W, C) in [0, 1], as the model sees it, and of its latent (D,).

    None for a model without a set of points.
    """
    if opened.default_set is None:
        return None
    points = opened.points()
    pictures = _comparable(points, picture)
    differences = None if pictures is None else _differences(pictures.images[: len(points.latents)], picture)
    known = None
    if differences is not None and differences.min() < _SAME:
        known = int(differences.argmin())
    in_latent = None
    if points.spec.space == opened.model.default_space and points.latents.shape[1] == len(latent):
        in_latent = _first(_latent_distances(opened, points, latent), count, known)
    readings, by_factors = _read(pictures, picture, known)
    return Nearness(
        known=known,
        pixels=None if differences is None else _first(differences, count, known),
        latent=in_latent,
        factors=None if by_factors is None else _first(by_factors[: len(points.latents)], count, known),
        readings=readings,
        strange=None if pictures is None or differences is None else _strange(pictures, differences, known),
    )


def _comparable(points: Points, picture: Floats) -> PictureSet | None:
    """The originals of a set, where they are pictures of the model's own form."""
    pictures = points.pictures
    return pictures if pictures is not None and pictures.images.shape[1:] == picture.shape else None


def _differences(images: NDArray[np.uint8], picture: Floats) -> NDArray[np.float64]:
    """Root mean squared difference of a picture from each of (N, H, W, C): (N,)."""
    found = np.empty(len(images))
    for first in range(0, len(images), _CHUNK):
        part = images[first : first + _CHUNK].astype(np.float32) / np.float32(255) - picture
        found[first : first + _CHUNK] = np.sqrt(np.square(part).mean(axis=(1, 2, 3), dtype=np.float64))
    return found


def _strange(pictures: PictureSet, differences: NDArray[np.float64], known: int | None) -> float:
    """Far beyond all known pictures nothing that was learnt from them can be believed."""
    others = differences if known is None else np.delete(differences, known)
    return float(100 * (pictures.nearest < others.min(initial=np.inf)).mean())


def _latent_distances(opened: OpenedModel, points: Points, latent: Floats) -> NDArray[np.float64]:
    """Distances as `models.latent.units` measures them, (N,)."""
    units = opened.units(points)
    if units is None:
        return np.zeros(len(points.latents))
    away = units.of(points.latents) - units.of(latent[np.newaxis])
    return np.asarray(np.sqrt(np.square(away).sum(axis=1)), np.float64)


def _read(
    pictures: PictureSet | None, picture: Floats, known: int | None
) -> tuple[tuple[Reading, ...], NDArray[np.float64] | None]:
    """The picture's factors, true ones where the set has this very picture, and each row's distance by them."""
    reader = pictures.reader if pictures is not None else None
    if reader is None:
        return (), None
    readings = reader.read(picture) if known is None else reader.known(known)
    return readings, reader.distances(readings, picture)


def _first(distances: NDArray[np.float64], count: int, without: int | None) -> tuple[Neighbour, ...]:
    order = np.argsort(distances, kind="stable")
    rows = [int(row) for row in order[: count + 1] if row != without][:count]
    return tuple(Neighbour(row, float(distances[row])) for row in rows)
