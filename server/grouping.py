"""How groups of a set fare: error, agreement and unusualness of each; and how its latents are distributed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.analysis.intervals import mean_interval, thirds
from models.data.imageset import Factor
from models.training.resampling import probabilities  # numpy only
from server.errors import BadRequest, NotFound
from server.measuring import Measures
from server.opened import OpenedModel, Points
from server.schemas.groups import GroupEntry, GroupsAnswer, Histogram, HistogramsAnswer
from server.schemas.selections import Interval

LABEL = "label"
MOST_DIMENSIONS = 64
ENDS = 6
RAREST = 24


def groups(points: Points, by: str, measures: Measures) -> GroupsAnswer:
    """The groups of a set by its labels or by a factor; numbers in thirds. Raises NotFound for what is not known."""
    of, names = known(points, by)
    found = []
    for index, name in enumerate(names):
        rows = np.flatnonzero(of == index)
        if len(rows):
            found.append(
                GroupEntry(
                    name=name,
                    count=len(rows),
                    share=len(rows) / len(of),
                    error=_interval(measures.error, rows),
                    agreement=_interval(measures.agrees, rows),
                    unusual=None if measures.unusual is None else float(measures.unusual[rows].mean()),
                )
            )
    every = np.arange(len(of))
    return GroupsAnswer(
        by=by, groups=found, error=_interval(measures.error, every), agreement=_interval(measures.agrees, every)
    )


def histograms(opened: OpenedModel, points: Points, bins: int) -> HistogramsAnswer:
    """The histograms of the active dimensions, the first 64 in the order of the sliders, and the rarest rows."""
    units = opened.units(points)
    active = set() if units is None else set(units.dims.tolist())
    order = [slider["dim"] for slider in opened.sliders if slider["dim"] in active]
    if points.spec.space != opened.model.default_space:
        order = sorted(active)
    # In their own units, so that a dimension counts that hardly varies but is all that this model has.
    rows = points.latents if units is None else units.of(points.latents)
    weights = probabilities(rows, rule="maximum", bins=bins) * len(rows)
    rarest = np.argsort(-weights, kind="stable")[:RAREST]
    return HistogramsAnswer(
        histograms=[_histogram(points.latents[:, dim], dim, bins) for dim in order[:MOST_DIMENSIONS]],
        rarest=rarest.tolist(),
        weights=np.round(weights[rarest], 3).tolist(),
    )


def _histogram(values: NDArray[np.float32], dim: int, bins: int) -> Histogram:
    counts, edges = np.histogram(values.astype(np.float64), bins)
    order = np.argsort(values, kind="stable")
    return Histogram(
        dim=dim,
        low=float(edges[0]),
        high=float(edges[-1]),
        counts=counts.tolist(),
        lowest=order[:ENDS].tolist(),
        highest=order[::-1][:ENDS].tolist(),
    )


def known(points: Points, by: str) -> tuple[NDArray[np.int64], list[str]]:
    """The number of each row's group, -1 for none, and the groups' names."""
    pictures, count = points.pictures, len(points.latents)
    if pictures is None:
        raise BadRequest(f"Nothing is known of the pictures of {points.spec.name}, so it has no groups.", field="set")
    if by == LABEL:
        return pictures.labels[:count], list(pictures.info.classes)
    factor = next((each for each in pictures.factors if each.name == by), None)
    if factor is None:
        known = ", ".join([LABEL, *(each.name for each in pictures.factors)])
        raise NotFound(f"The set {points.spec.name} has no groups by {by!r}. There are: {known}.", field="by")
    return _of_factor(factor, count)


def _of_factor(factor: Factor, count: int) -> tuple[NDArray[np.int64], list[str]]:
    if factor.categories:
        return factor.values[:count].astype(np.int64), list(factor.categories)
    values = factor.values[:count]
    distinct = np.unique(values[np.isfinite(values)])
    if len(distinct) <= 6:
        places = np.where(np.isfinite(values), np.searchsorted(distinct, values), -1)
        return places.astype(np.int64), [f"{value:.3g}" for value in distinct]
    of, (low, high) = thirds(values)
    return of, [f"up to {low:.3g}", f"{low:.3g} to {high:.3g}", f"above {high:.3g}"]


def _interval(values: NDArray[np.float32] | None, rows: NDArray[np.int64]) -> Interval | None:
    found = None if values is None else mean_interval(values[rows])
    return None if found is None else Interval(value=found.mean, low=found.low, high=found.high)
