"""The wire of neighbours in latent space."""

from __future__ import annotations

from pydantic import BaseModel, Field

from server.schemas import Latents, Wire


class NeighboursRequest(Wire):
    """Latents whose neighbours are wanted."""

    latents: Latents = Field(min_length=1, max_length=64)
    count: int = Field(10, ge=1, le=100, description="Neighbours of each.")


class NeighboursAnswer(BaseModel):
    """The nearest rows of each latent, nearest first."""

    rows: list[list[int]]
    distances: list[list[float]] = Field(description="Over the active dimensions, in standard deviations.")
    labels: list[list[str | None]] = Field(description="The rows' classes; null where no labels are known.")
