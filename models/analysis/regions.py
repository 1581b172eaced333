"""Regions of a map in which something is amiss for nearly all points: where a generator's samples never come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analysis.search import Nearest
from models.latent.units import Units

Rows = NDArray[np.int64]
NEIGHBOURS = 20
LOCAL = 0.75  # share of marked points around a point, itself included, from which on it belongs to a region
LEAST = 0.01  # of all points: smaller regions are not worth a line
_FAST = 2_000
_FAR = 4.0  # times the usual distance to the farthest of the neighbours: no link leads across a gap


@dataclass(frozen=True)
class Region:
    """Marked points that lie together."""

    rows: Rows  # the nearest to the middle first
    centre: tuple[float, float]


def regions(positions: ArrayLike, marked: ArrayLike, least: float = LEAST) -> tuple[Region, ...]:
    """Where on a map (N, 2) the marked points (N,) lie together, the largest region first.

    A marked point belongs to a region when three quarters of the 20 points around it are marked, too; two such points
    are of one region when one is among the other's nearest. Regions of fewer than `least` of all points are left out:
    points that are missed here and there make none. ValueError for shapes that do not fit.
    """
    places, chosen = np.asarray(positions, np.float32), np.asarray(marked, bool)
    if places.ndim != 2 or places.shape[1] != 2 or chosen.shape != (len(places),):
        raise ValueError(f"expected positions (N, 2) and marks (N,), got {places.shape} and {chosen.shape}")
    if not chosen.any() or len(places) <= NEIGHBOURS:
        return ()
    near, lengths = Nearest(places, Units(places), large=_FAST)(places, NEIGHBOURS)
    inside = chosen & ((chosen[near].sum(axis=1) + 1) / (near.shape[1] + 1) >= LOCAL)
    linked = inside[:, None] & inside[near] & (lengths <= _FAR * np.median(lengths[:, -1]))
    starts, neighbours = np.nonzero(linked)
    names = _components(len(places), starts, near[starts, neighbours])
    found = []
    for name in np.unique(names[inside]):
        rows = np.flatnonzero(inside & (names == name))
        if len(rows) >= max(2, least * len(places)):
            centre = np.median(places[rows], axis=0)
            order = np.argsort(np.square(places[rows] - centre).sum(axis=1), kind="stable")
            found.append(Region(rows[order], (float(centre[0]), float(centre[1]))))
    return tuple(sorted(found, key=lambda region: -len(region.rows)))


def _components(count: int, starts: Rows, ends: Rows) -> Rows:
    """The smallest row that each of `count` rows is connected with by links from `starts` to `ends`, (count,)."""
    names = np.arange(count)
    while True:
        before = names.copy()
        least = np.minimum(names[starts], names[ends])
        np.minimum.at(names, starts, least)
        np.minimum.at(names, ends, least)
        names = names[names]  # a chain of names is followed two links at a time
        if np.array_equal(names, before):
            return names
