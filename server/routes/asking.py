"""From the wire's form of a request to the engine's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from server.engine import Ask
from server.errors import BadRequest
from server.schemas import PictureRequest

Floats = NDArray[np.float32]


def as_array(latents: list[list[float]]) -> Floats:
    """Rows of numbers -> (N, D) float32. Raises BadRequest when rows differ in length."""
    if len({len(row) for row in latents}) != 1:
        raise BadRequest("All rows of latents must have the same length.", field="latents")
    return np.array(latents, np.float32)


def ask(model_id: str, request: PictureRequest, latents: Floats) -> Ask:
    """The engine's form of a request. Raises BadRequest when body and address name different models."""
    if request.model is not None and request.model != model_id:
        raise BadRequest(f"The address names {model_id}, the body {request.model}.", field="model")
    noise_seed = request.noise_seed if request.noise else None
    return Ask(model_id, latents, request.space, request.conditions, request.psi, noise_seed, request.hash)
