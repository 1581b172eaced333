"""Where a model stands in the list: on the shelf of what it was trained on, there in the order of a textbook."""

from __future__ import annotations

import re

from models.manifest import Manifest
from models.manifest.schema import KINDS

# How a data set's title begins, and what is written over its models.
SHELVES = {"Fashion-MNIST": "Clothing", "MNIST": "Digits", "Sprites": "Sprites", "Faces": "Faces"}
OWN = "Your own"
BROKEN = "Cannot be opened"
ORDER = (*SHELVES.values(), OWN, BROKEN)

Place = tuple[int, int, tuple[tuple[int, str], ...]]


def shelf(manifest: Manifest | None) -> str:
    """The heading over a model; None is a broken one."""
    if manifest is None:
        return BROKEN
    dataset = manifest.provenance.dataset
    return next((title for start, title in SHELVES.items() if dataset.startswith(start)), OWN)


def place(model_id: str, manifest: Manifest | None) -> Place:
    """What the list is sorted by: shelf, family (the order of `Kind`), name with its numbers."""
    # The name's numbers count as numbers: beta-4 stands before beta-16.
    name = tuple((int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", model_id) if part)
    order = ORDER.index(shelf(manifest))
    return (order, 0 if manifest is None else KINDS.index(manifest.kind), name)
