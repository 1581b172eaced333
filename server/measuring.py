"""What is measured of every row of a set: how well its picture is drawn again, and how unusual it is."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.latent import fidelity
from server.classes import row_classes
from server.engine import translated
from server.opened import OpenedModel, Points

Floats = NDArray[np.float32]
Tell = Callable[[float], object]

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
_ROWS = 100  # pictures a pass: progress is told after each, and a large picture still fits into memory


@dataclass(frozen=True)
class Measures:
    """One number a row of a set; None for what cannot be measured there."""

    error: Floats | None  # (N,) mean squared error over pixels and channels, pictures in [0, 1]
    unusual: Floats | None  # (N,) percentile among held-out points of the default set, 0 to 100
    distance: Floats | None  # (N,) what `unusual` ranks: mean distance to the 10 nearest, in standard deviations


def measure(opened: OpenedModel, set_name: str, tell: Tell = lambda share: None) -> Measures:
    """All measures of all rows; `tell` hears the share that is done, from 0 to 1.

    The error is that of the stored latent (the posterior mean) decoded without truncation, with noise seed 0 and the
    picture's own class where the model takes one: what an upload's error is measured like. None without original
    pictures or without a decoder. Unusual and distance are None where the set lies in another space than the
    default set. Raises NotFound for an unknown set.
    """
    points = opened.points(set_name)
    unusual, distance = opened.ranks(points.latents, points.spec.space) or (None, None)
    tell(0.1)
    return Measures(_errors(opened, points, lambda share: tell(0.1 + 0.9 * share)), unusual, distance)


def versions(opened: OpenedModel, set_name: str) -> dict[str, Any]:
    """The set by its own name, and the hashes of all files beside the graphs that decide what is measured.

    Raises NotFound for an unknown set.
    """
    points = opened.points(set_name)
    files, default = opened.manifest.files, opened.default_set
    return {
        "set": points.spec.name,
        "latents": points.hash,
        "reference": files[default.latents] if default else None,
        "sliders": files.get("sliders.json"),
        "pictures": dict(points.pictures.info.files) if points.pictures else None,
    }


def arrow(measures: Measures, count: int) -> bytes:
    """An Arrow stream of one batch: float32 columns as in `Measures`, null in all rows for what was not measured."""
    import pyarrow as pa  # tens of MB that a server without a map open does not need

    columns = [
        pa.nulls(count, pa.float32()) if values is None else pa.array(values, pa.float32())
        for values in (measures.error, measures.unusual, measures.distance)
    ]
    batch = pa.record_batch(columns, names=["error", "unusual", "distance"])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


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
