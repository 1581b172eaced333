"""What is measured of every row of a set: how well its picture is drawn again, and how unusual it is."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.analysis.neighbours import agreeing
from models.latent import fidelity
from server.classes import row_classes
from server.engine import translated
from server.opened import OpenedModel, Points

Floats = NDArray[np.float32]
Tell = Callable[[float], object]

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
NEIGHBOURS = 10
_ROWS = 100  # pictures a pass: progress is told after each, and a large picture still fits into memory


@dataclass(frozen=True)
class Measures:
    """One number a row of a set; None for what cannot be measured there."""

    error: Floats | None  # (N,) mean squared error over pixels and channels, pictures in [0, 1]
    unusual: Floats | None  # (N,) percentile among held-out points of the default set, 0 to 100
    distance: Floats | None  # (N,) what `unusual` ranks: mean distance to the 10 nearest, in standard deviations
    agrees: Floats | None = (
        None  # (N,) 1 where a row's label is the most frequent of its 10 nearest, else 0; NaN: no label
    )


def measure(opened: OpenedModel, set_name: str, tell: Tell = lambda share: None) -> Measures:
    """All measures of all rows; `tell` hears the share that is done, from 0 to 1.

    The error is that of the stored latent (the posterior mean) decoded without truncation, with noise seed 0 and the
    picture's own class where the model takes one: what an upload's error is measured like. None without original
    pictures or without a decoder. Unusual and distance are None where the set lies in another space than the
    default set; agreement where no labels are known. Raises NotFound for an unknown set.
    """
    points = opened.points(set_name)
    unusual, distance = opened.ranks(points.latents, points.spec.space) or (None, None)
    tell(0.05)
    agrees = _agreement(points)
    tell(0.1)
    errors = _errors(opened, points, lambda share: tell(0.1 + 0.9 * share))
    return Measures(errors, unusual, distance, agrees)


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
    """An Arrow stream of one batch: columns as in `Measures`, null in all rows for what was not measured."""
    import pyarrow as pa  # tens of MB that a server without a map open does not need

    types = {"error": pa.float32(), "unusual": pa.float32(), "distance": pa.float32(), "agrees": pa.bool_()}
    found = {name: getattr(measures, name) for name in types}
    columns = [
        pa.nulls(count, types[name]) if values is None else _column(values, types[name])
        for name, values in found.items()
    ]
    batch = pa.record_batch(columns, names=list(types))
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def read(content: bytes) -> Measures:
    """What `arrow` wrote."""
    import pyarrow as pa

    table = pa.ipc.open_stream(content).read_all()
    known = {name: table[name].cast(pa.float32()) for name in table.schema.names}
    arrays = {name: column.to_numpy() for name, column in known.items() if column.null_count < len(column)}
    return Measures(**{name: arrays.get(name) for name in known})


def _column(values: Floats, kind: Any) -> Any:
    """Values as a column of a type; null where they are not known."""
    import pyarrow as pa

    unknown = np.isnan(values)
    return pa.array(np.where(unknown, 0, values), pa.float32(), mask=unknown).cast(kind)


def _agreement(points: Points) -> Floats | None:
    """Among the rows that have a label; None where ten neighbours would be half of them, or all are the same."""
    if points.pictures is None or len(points.pictures.info.classes) < 2:
        return None
    labels = points.pictures.labels[: len(points.latents)]
    known = labels >= 0
    if known.sum() <= 2 * NEIGHBOURS:
        return None
    found = np.full(len(labels), np.nan, np.float32)
    found[known] = agreeing(points.latents[known], labels[known], NEIGHBOURS)
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
