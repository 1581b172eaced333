"""The wire of groups and histograms."""

from __future__ import annotations

from pydantic import BaseModel, Field

from server.schemas.selections import Interval


class GroupEntry(BaseModel):
    """The rows of one class, category, or third of a factor."""

    name: str
    count: int
    share: float
    error: Interval | None = Field(description="Mean reconstruction error.")
    agreement: Interval | None = Field(description="Share of rows whose 10 nearest have mostly the same label.")
    unusual: float | None = Field(description="Mean percentile among held-out points.")


class GroupsAnswer(BaseModel):
    """How a set's groups fare, each with its bootstrap interval of 95%."""

    by: str
    groups: list[GroupEntry]
    error: Interval | None = Field(description="Of the whole set.")
    agreement: Interval | None


class Histogram(BaseModel):
    """How one latent dimension is distributed over a set."""

    dim: int
    low: float
    high: float
    counts: list[int] = Field(description="Rows in each of equally wide bins from low to high.")
    lowest: list[int] = Field(description="Rows at its lower end, the outermost first.")
    highest: list[int]


class HistogramsAnswer(BaseModel):
    """The histograms of a set's active dimensions, and the rows that lie where few others do."""

    histograms: list[Histogram] = Field(description="In the order of the sliders.")
    rarest: list[int] = Field(description="Rows whose latents are the rarest, that one first.")
    weights: list[float] = Field(description="How many times more often than evenly a resampling would draw each.")
