"""The wire of what is said about an upload: its neighbours, and the factors that were read off it."""

from __future__ import annotations

from pydantic import BaseModel, Field


class NeighbourEntry(BaseModel):
    """A known picture that is near."""

    row: int = Field(description="Row of the set.")
    distance: float = Field(description="0 is the same; in the unit of the sense it is near in.")


class ReadingEntry(BaseModel):
    """One factor of the picture, as far as it can be told."""

    name: str
    kind: str = Field(description="continuous, ordered or categorical.")
    value: float | None = Field(description="Of a number; null for a category.")
    category: str | None
    trust: float = Field(
        description="How much of the factor is read off held-out pictures: R^2, or for categories the share of the "
        "mistakes of always guessing the commonest that is avoided. 1 where the factors are known."
    )
    used: bool = Field(description="Whether it counts for what is near by factors.")


class ExplainAnswer(BaseModel):
    """The nearest known pictures in three senses; null where a sense does not apply."""

    set: str | None = Field(description="Name of the set that the rows are of; null for a model without one.")
    known: int | None = Field(description="The row that is this very picture: it is left out below.")
    by_pixels: list[NeighbourEntry] | None = Field(description="By root mean squared difference, pixels in [0, 1].")
    by_latent: list[NeighbourEntry] | None = Field(
        description="By distance over the active dimensions, in standard deviations."
    )
    by_factors: list[NeighbourEntry] | None = Field(
        description="By distance over the factors that can be read, in standard deviations."
    )
    readings: list[ReadingEntry] = Field(description="What was read off the picture; empty where nothing is known.")
    strange: float | None = Field(
        description="Percent of the known pictures that have another one nearer by pixels than this one has: near 100, "
        "the readings are guesses."
    )
    hash: str
