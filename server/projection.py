"""A map that is there: its positions, what is known of it, and the way from latents to positions and back.

Maps of one method come in three ways: computed on the spot (PCA), shipped with the model, or made by a job and kept.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.latent.placing import Placing
from models.latent.projection import Pca

Floats = NDArray[np.float32]
Document = dict[str, Any]
MEDIA_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Projection:
    """A map of latents."""

    latents: Floats  # (N, D), those that the map shows: shuffled ones on a control map
    positions: Floats  # (N, dims)
    about: Document  # what X-Projection says
    pca: Pca | None = None  # where places and latents follow from each other exactly

    @cached_property
    def placing(self) -> Placing:
        """The way between the points, where there is no formula."""
        made = Placing(self.latents, self.positions)
        made.prepare()
        return made

    def place(self, latents: Floats) -> Floats:
        """Where latents lie: (M, D) -> (M, dims)."""
        return self.pca.project(latents) if self.pca is not None else self.placing.place(latents)

    def unplace(self, positions: Floats) -> Floats:
        """The latents at positions: (M, dims) -> (M, D)."""
        return self.pca.reconstruct(positions) if self.pca is not None else self.placing.unplace(positions)


def packed(positions: Floats, about: Document) -> bytes:
    """A map as a file: a numpy archive with `positions` (N, dims) float32 and `about`, JSON as UTF-8 bytes."""
    sink = io.BytesIO()
    text = np.frombuffer(json.dumps(about, allow_nan=False).encode(), np.uint8)
    np.savez(sink, positions=np.asarray(positions, np.float32), about=text)
    return sink.getvalue()


def unpacked(content: bytes) -> tuple[Floats, Document]:
    """What `packed` made. Raises ValueError for anything else."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            positions, about = archive["positions"], json.loads(archive["about"].tobytes())
    except Exception as wrong:  # zipfile and numpy raise a dozen kinds for damaged files
        raise ValueError(f"no map: {wrong}") from wrong
    if positions.ndim != 2 or positions.dtype != np.float32 or not isinstance(about, dict):
        raise ValueError("no map: its arrays are of another form")
    return positions, about
