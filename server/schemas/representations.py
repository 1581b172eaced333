"""The wire of representations: the same pictures as pixels, components, and latents."""

from __future__ import annotations

from pydantic import BaseModel, Field

from server.schemas.selections import Interval


class Representation(BaseModel):
    """One way to write the pictures down."""

    name: str = Field(description="`pixels`, `pixels-pca`, or the id of a model.")
    title: str
    size: int = Field(description="Numbers a picture.")
    agreement: Interval | None = Field(
        description="Share of pictures whose label is the most frequent one of their 10 nearest others; null without."
    )


class RepresentationsAnswer(BaseModel):
    """How near pictures of one kind are to each other in each representation."""

    data: str
    rows: list[int] = Field(description="Rows of the data set that were compared, in the order of the maps.")
    labels: list[int] = Field(description="Their classes, as indices.")
    classes: list[str]
    total: int = Field(description="Rows that all models have encoded.")
    chance: float = Field(description="What the answer `always the most frequent label` would score.")
    representations: list[Representation]
