"""What is measured of every row of a set: how well its picture is drawn again, and how unusual it is."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.latent import fidelity
from server.engine import translated
from server.opened import SNAPSHOT, OpenedModel, Points

Floats = NDArray[np.float32]
Tell = Callable[[float], object]

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
_ROWS = 100  # pictures a pass: progress is told after each, and a large picture still fits into memory


@dataclass(frozen=True)
class Measures:
    """One number a row of a set; None for what cannot be measured there."""

    error: Floats | None  # (N,) mean squared error over pixels and channels, pictures in [0, 1]
    unusual: Floats | None  # (N,) percentile among held-out points of the default set, 0 to 100


def measure(opened: OpenedModel, set_name: str, tell: Tell = lambda share: None) -> Measures:
    """Both measures of all rows; `tell` hears the share that is done, from 0 to 1.

    The error is that of the stored latent (the posterior mean) decoded without truncation, with noise seed 0 and the
    picture's own class where the model takes one: what an upload's error is measured like. None without original
    pictures or without a decoder. Unusual is None where the set lies in another space than the default set.
    Raises NotFound for an unknown set.
    """
    points = opened.points(set_name)
    unusual = opened.percentiles(points.latents, points.spec.space)
    tell(0.1)
    return Measures(_errors(opened, points, lambda share: tell(0.1 + 0.9 * share)), unusual)


def arrow(measures: Measures, count: int) -> bytes:
    """An Arrow stream of one batch: float32 `error` and `unusual`, null in all rows for what was not measured."""
    import pyarrow as pa  # tens of MB that a server without a map open does not need

    columns = [
        pa.nulls(count, pa.float32()) if values is None else pa.array(values, pa.float32())
        for values in (measures.error, measures.unusual)
    ]
    batch = pa.record_batch(columns, names=["error", "unusual"])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def row_classes(opened: OpenedModel, points: Points) -> dict[str, NDArray[np.int64]]:
    """The class of each row, (N,) by the condition's id: its label where the condition has the set's classes.

    Every other condition has its default for all rows.
    """
    count = len(points.latents)
    found = {name: np.full(count, index, np.int64) for name, index in opened.default_conditions.items()}
    if points.pictures is not None:
        labels, classes = points.pictures.labels[:count], points.pictures.info.classes
        for condition in opened.manifest.conditions:
            if condition.id != SNAPSHOT and condition.classes == len(classes) > 0:
                known = (labels >= 0) & (labels < condition.classes)
                found[condition.id] = np.where(known, labels, found[condition.id])
    return found


def _errors(opened: OpenedModel, points: Points, tell: Tell) -> Floats | None:
    pictures, image, count = points.pictures, opened.manifest.image, len(points.latents)
    if pictures is None or opened.manifest.decoder is None:
        return None
    if pictures.images.shape[1:] != (image.height, image.width, image.channels):
        return None
    classes = row_classes(opened, points)
    errors = np.empty(count, np.float32)
    for first in range(0, count, _ROWS):
        rows = slice(first, min(first + _ROWS, count))
        known = pictures.images[rows].astype(np.float32) / np.float32(255)
        with translated():
            drawn = opened.model.decode(
                points.latents[rows],
                space=points.spec.space,
                conditions={name: values[rows] for name, values in classes.items()},
            )
        errors[rows] = fidelity.mse(drawn, known)
        tell(rows.stop / count)
    return errors
