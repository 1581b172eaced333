"""Class indices by condition, as a person chooses them, -> what the inputs of a graph take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.adapter.errors import BadInput, NotSupported
from models.adapter.graph import Array
from models.manifest import Condition

Side = Literal["encoder", "decoder"]
Chosen = Mapping[str, NDArray[np.integer[Any]]]


def condition_input(condition: Condition, side: Side) -> str | None:
    return condition.encoder_input if side == "encoder" else condition.decoder_input


def condition_feeds(conditions: Sequence[Condition], side: Side, chosen: Chosen | None, rows: int) -> dict[str, Array]:
    """The condition inputs of one graph by input name: (rows,) indices or (rows, classes) one-hot.

    `chosen` maps the id of a condition to one class for all rows or one a row. Classes that only the other graph takes
    may be there too. NotSupported for a condition that is missing or unknown, BadInput for a class out of range.
    """
    chosen = chosen or {}
    for unknown in chosen.keys() - {condition.id for condition in conditions}:
        raise NotSupported(f'This model has no condition "{unknown}".')
    feeds: dict[str, Array] = {}
    for condition in conditions:
        name = condition_input(condition, side)
        if name is None:
            continue
        if condition.id not in chosen:
            raise NotSupported(f'The {side} of this model needs a class for the condition "{condition.id}".')
        feeds[name] = _encoded(condition, _indices(condition, chosen[condition.id], rows))
    return feeds


def _indices(condition: Condition, value: NDArray[np.integer[Any]], rows: int) -> NDArray[np.int64]:
    indices = np.asarray(value)
    if indices.dtype.kind not in "iu" or indices.shape not in ((), (1,), (rows,)):
        raise BadInput(f'The condition "{condition.id}" must be one class index or one for each of the {rows} rows.')
    if indices.size and not 0 <= indices.min() <= indices.max() < condition.classes:
        raise BadInput(f'The condition "{condition.id}" must be a class from 0 to {condition.classes - 1}.')
    return np.broadcast_to(indices.astype(np.int64), (rows,))


def _encoded(condition: Condition, indices: NDArray[np.int64]) -> Array:
    if condition.type == "class_index":
        return indices.astype(condition.dtype)
    one_hot = np.zeros((len(indices), condition.classes), condition.dtype)
    one_hot[np.arange(len(indices)), indices] = 1
    return one_hot
