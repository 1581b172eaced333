"""The wire of traversals: how far they go, strips of them, and grids over two dimensions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from server.schemas import MAX_DIMENSIONS, Coordinate, Latents, Output, PictureRequest, Wire

Dimension = Annotated[int, Field(ge=0, lt=MAX_DIMENSIONS)]


class AxesQuery(Wire):
    """Which values the dimensions of a traversal take."""

    space: str | None = Field(None, max_length=64, description="The model's default space when absent.")
    reach: Annotated[str, Field(pattern=r"^(data|prior|\d{1,3}(\.\d{1,2})?)$")] = Field(
        "data",
        description="data: the middle 98% of the encoded data; prior: of the prior; or a number: so far to both sides "
        "of 0, and of the data's mean where nothing says that 0 is the middle.",
    )
    spacing: Literal["even", "quantiles"] = Field(
        "even",
        description="even: from end to end; quantiles: the middles of parts of equal probability under the Gaussian of "
        "the reach, so that all of it is shown.",
    )
    steps: int = Field(11, ge=2, le=64)


class AxisEntry(BaseModel):
    """One dimension and the values it takes."""

    dim: int
    values: list[float]
    mean: float | None = Field(description="Of the Gaussian whose quantiles the values are; null for even steps.")
    std: float | None


class AxesAnswer(BaseModel):
    """Every dimension of a space, in the order of its sliders."""

    axes: list[AxisEntry]


class Line(Wire):
    """A dimension and the values it takes, one after the other."""

    dim: Dimension
    values: list[Coordinate] = Field(min_length=1, max_length=64)


class StripsRequest(PictureRequest):
    """One latent; along each line one dimension takes its values while all others stay."""

    latents: Latents = Field(min_length=1, max_length=1, description="The one row to start from.")
    lines: list[Line] = Field(min_length=1, max_length=64, description="All with the same number of values.")
    output: Output = "png"


class GridRequest(PictureRequest):
    """One latent; two dimensions take all pairs of values while the others stay."""

    latents: Latents = Field(min_length=1, max_length=1, description="The one row to start from.")
    across: Line = Field(description="The dimension that changes along a row.")
    up: Line = Field(description="The dimension that changes from row to row, the first value in the top row.")
    output: Output = "png"
