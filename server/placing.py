"""Where a picture lies in a latent space, for models whose graphs want a class as well as for those that don't."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.adapter import Posterior
from models.latent import fidelity
from server.engine import Ask, Engine, check_conditions
from server.errors import BadRequest
from server.opened import OpenedModel

MOST_CLASSES = 100  # more ways to try than this take too long for an answer


@dataclass(frozen=True)
class Placed:
    """One picture's posterior, the classes it was found with, and the mean squared error of its reconstruction."""

    posterior: Posterior
    conditions: Mapping[str, int]
    mse: float | None  # None where nothing can be decoded


async def place(engine: Engine, opened: OpenedModel, images: NDArray[np.float32], given: Mapping[str, int]) -> Placed:
    """Encode one picture (1, H, W, C) float32 in [0, 1].

    A class that a graph needs and that was not given is tried in all its values, and the best reconstruction wins.
    Raises BadRequest for an unknown class, or where there are too many to try; Unsupported without an encoder.
    """
    check_conditions(opened, given)
    known = {condition.id: condition.classes for condition in opened.manifest.conditions}
    needed = dict.fromkeys((*opened.model.needs("encoder"), *opened.model.needs("decoder")))
    open_ids = [name for name in needed if name not in given]
    tries = list(itertools.product(*(range(known[name]) for name in open_ids)))
    if len(tries) > MOST_CLASSES:
        raise BadRequest(f"Say which class the picture has: {', '.join(open_ids)}.", field="conditions")
    found = [await _place(engine, opened, images, {**given, **dict(zip(open_ids, one, strict=True))}) for one in tries]
    return min(found, key=lambda placed: placed.mse if placed.mse is not None else 0.0)


async def _place(
    engine: Engine, opened: OpenedModel, images: NDArray[np.float32], conditions: Mapping[str, int]
) -> Placed:
    posterior = await engine.encode(opened.id, images, conditions)
    if opened.manifest.decoder is None:
        return Placed(posterior, conditions, None)
    # From the decoder's floats, not the live path's bytes: rounding to 8 bits would hide errors below 1e-6.
    drawn = await engine.image(Ask(opened.id, posterior.mean, conditions=conditions))
    return Placed(posterior, conditions, float(fidelity.mse(drawn, images)[0]))
