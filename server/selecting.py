"""What is known of some rows of a set: their classes, factors, measures, mean, and what leads to others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.data.folder import PictureSet
from models.data.imageset import Factor
from models.latent.directions import cohens_d, difference
from server.errors import BadRequest
from server.measuring import Measures
from server.opened import OpenedModel, Points
from server.schemas.selections import (
    Change,
    DirectionAnswer,
    FactorFacts,
    Interval,
    MeasureFacts,
    Selected,
    SelectionAnswer,
    Share,
)

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]
MEASURED = 2000  # rows whose unusualness is found on the spot: a fifth of a second
BOOTSTRAPPED = 4000  # rows of each selection
SHOWN = 8
_CHUNK = 500


def chosen(points: Points, selected: Selected, field: str = "rows") -> Rows:
    """The rows of a selection, sorted. Raises BadRequest for none, or for rows that the set does not have."""
    try:
        rows = selected.array()
    except ValueError as wrong:
        raise BadRequest(f"The selection cannot be read: {wrong}.", field=field) from wrong
    if not len(rows):
        raise BadRequest("The selection holds no row.", field=field)
    if rows[-1] >= len(points.latents):
        raise BadRequest(f"The set has {len(points.latents)} rows, numbered from 0; {rows[-1]} is none.", field=field)
    return rows


def describe(opened: OpenedModel, points: Points, rows: Rows, measures: Measures | None) -> SelectionAnswer:
    """What is known of some rows; `measures` are those of the whole set, where they have been computed."""
    pictures, count = points.pictures, len(points.latents)
    some, unusual = _unusual(opened, points, rows, measures)
    order = np.argsort(unusual, kind="stable") if unusual is not None else np.arange(0)
    everywhere = None if measures is None or measures.unusual is None else float(measures.unusual.mean())
    return SelectionAnswer(
        count=len(rows),
        total=count,
        classes=_shares(pictures.labels[:count], rows, pictures.info.classes) if pictures else [],
        factors=[_factor(each, rows, count) for each in pictures.factors] if pictures else [],
        error=_measured(measures.error if measures else None, rows),
        unusual=None
        if unusual is None
        else MeasureFacts(mean=float(unusual.mean()), set_mean=everywhere, measured=len(some)),
        agreement=_measured(measures.agrees if measures else None, rows),
        mean=points.latents[rows].mean(axis=0, dtype=np.float64).tolist(),
        space=points.spec.space,
        typical=some[order[:SHOWN]].tolist(),
        rarest=some[order[::-1][:SHOWN]].tolist(),
    )


def direction(points: Points, start: Rows, end: Rows, seed: int) -> DirectionAnswer:
    """What leads from the mean of some rows to that of others. Raises BadRequest where nothing does."""
    random = np.random.Generator(np.random.PCG64(seed))
    parts = [_part(rows, BOOTSTRAPPED, random) for rows in (start, end)]
    means = [points.latents[rows].mean(axis=0, dtype=np.float64) for rows in (start, end)]
    try:
        found = difference(points.latents[parts[0]], points.latents[parts[1]], seed=seed)
    except ValueError as wrong:
        raise BadRequest(f"These two selections have no direction: {wrong}.", field="end") from wrong
    vector = means[1] - means[0]
    return DirectionAnswer(
        vector=vector.tolist(),
        start=means[0].tolist(),
        length=Interval(
            value=float(np.linalg.norm(vector)), low=found.length_interval[0], high=found.length_interval[1]
        ),
        effect=Interval(value=found.effect, low=found.effect_interval[0], high=found.effect_interval[1]),
        cosine=Interval(value=found.cosine, low=found.cosine_interval[0], high=found.cosine_interval[1]),
        measured=(len(parts[0]), len(parts[1])),
        changes=_changes(points, start, end),
        space=points.spec.space,
    )


def average(pictures: PictureSet, rows: Rows) -> NDArray[np.uint8]:
    """The mean of some original pictures, (1, H, W, C)."""
    total = np.zeros(pictures.images.shape[1:], np.float64)
    for first in range(0, len(rows), _CHUNK):
        total += pictures.images[rows[first : first + _CHUNK]].sum(axis=0, dtype=np.float64)
    return np.asarray(np.rint(total / len(rows))[np.newaxis], np.uint8)


def _unusual(opened: OpenedModel, points: Points, rows: Rows, measures: Measures | None) -> tuple[Rows, Floats | None]:
    """The rows whose percentiles are known or found, and these."""
    if measures is not None and measures.unusual is not None:
        return rows, measures.unusual[rows]
    some = _part(rows, MEASURED, np.random.Generator(np.random.PCG64(0)))
    return some, opened.percentiles(points.latents[some], points.spec.space)


def _part(rows: Rows, most: int, random: np.random.Generator) -> Rows:
    return rows if len(rows) <= most else np.sort(random.choice(rows, most, replace=False))


def _measured(values: Floats | None, rows: Rows) -> MeasureFacts | None:
    """None where nothing is known of these rows."""
    here = np.zeros(0) if values is None else values[rows]
    here = here[np.isfinite(here)]
    if values is None or not len(here):
        return None
    return MeasureFacts(mean=float(here.mean()), set_mean=float(np.nanmean(values)), measured=len(here))


def _shares(indices: NDArray[np.int64], rows: Rows, names: tuple[str, ...]) -> list[Share]:
    """The names that are there, the most frequent first; an index below 0 has none."""
    here = _counts(indices[rows], names)
    everywhere = _counts(indices, names) / max(1, len(indices))
    order = np.argsort(-here, kind="stable")
    return [
        Share(name=names[i], count=int(here[i]), share=float(here[i] / len(rows)), expected=float(everywhere[i]))
        for i in order
        if here[i]
    ]


def _counts(indices: NDArray[np.int64], names: tuple[str, ...]) -> NDArray[np.int64]:
    """How often each name is there, (len(names),)."""
    return np.bincount(indices[indices >= 0], minlength=len(names))


def _factor(factor: Factor, rows: Rows, count: int) -> FactorFacts:
    values = factor.values[:count]
    if factor.categories:
        shares = _shares(values.astype(np.int64), rows, factor.categories)
        nothing = dict.fromkeys(("mean", "std", "set_mean", "set_std"))
        return FactorFacts(name=factor.name, kind=factor.kind, shares=shares, **nothing)
    known, here = values[np.isfinite(values)].astype(np.float64), values[rows].astype(np.float64)
    here = here[np.isfinite(here)]
    return FactorFacts(
        name=factor.name,
        kind=factor.kind,
        mean=float(here.mean()) if len(here) else None,
        std=float(here.std()) if len(here) else None,
        set_mean=float(known.mean()) if len(known) else None,
        set_std=float(known.std()) if len(known) else None,
        shares=[],
    )


def _changes(points: Points, start: Rows, end: Rows) -> list[Change]:
    """Factors by Cohen's d, classes by the change of their share."""
    if points.pictures is None:
        return []
    found = []
    for factor in points.pictures.factors:
        if factor.categories:
            found += _share_changes(factor.values.astype(np.int64), start, end, factor.categories, factor.name)
        else:
            known = [factor.values[rows][np.isfinite(factor.values[rows])] for rows in (start, end)]
            effect = cohens_d(*known)
            if np.isfinite(effect):
                found.append(Change(name=factor.name, effect=effect, kind=factor.kind))
    if not any(factor.categories == points.pictures.info.classes for factor in points.pictures.factors):
        found += _share_changes(points.pictures.labels, start, end, points.pictures.info.classes, "")
    return sorted(found, key=lambda change: -abs(change.effect))


def _share_changes(indices: NDArray[np.int64], start: Rows, end: Rows, names: tuple[str, ...], of: str) -> list[Change]:
    before, after = (_counts(indices[rows], names) / len(rows) for rows in (start, end))
    named = [f"{of}: {name}" if of else name for name in names]
    return [
        Change(name=name, effect=float(after[i] - before[i]), kind="class")
        for i, name in enumerate(named)
        if after[i] != before[i]
    ]
