"""Roads through a latent space on the wire."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from server.schemas import MAX_ROWS, Latents, PictureRequest

MAX_KEYFRAMES = 64


class RoadRequest(PictureRequest):
    """A road that is to be measured."""

    latents: Latents = Field(
        min_length=2, max_length=MAX_ROWS, description="Keyframes to walk between; or, for the method points, the road."
    )
    method: Literal["lerp", "slerp", "points"] = Field(
        "lerp", description="How to walk between the keyframes; points: the rows are the road itself."
    )
    steps: int = Field(128, ge=1, le=512, description="Steps from one keyframe to the next.")


class RoadAnswer(BaseModel):
    """What a road is like. Its T points lie evenly in t, from 0 at the first to 1 at the last."""

    changes: list[float] = Field(
        description="T - 1 numbers: the root mean squared difference of neighbouring pictures, pixels from 0 to 1."
    )
    unusual: list[float] | None = Field(
        description="T percentiles among held-out points of the default set; null where no data are known in the space."
    )
    length: float = Field(description="The sum of all changes.")
    continuity: float = Field(description="The largest change over the mean change: 1 for an even walk.")
    fastest: float = Field(description="Where the largest change is, as t.")
    off: float | None = Field(description="The share of the points above the 95th percentile.")
    sentence: str = Field(description="All that in words.")


class GeodesicRequest(PictureRequest):
    """Two points and what the road between them should shun."""

    latents: Latents = Field(min_length=2, max_length=2, description="The two ends.")
    weight: float = Field(
        1.0,
        ge=0,
        le=1e4,
        allow_inf_nan=False,
        description="Lambda: 0 minimises the decoded steps alone; the larger, the further the road keeps to the data.",
    )


class GeodesicAnswer(BaseModel):
    """The result of a job of the kind `geodesic`. Energies are in units of the straight line's decoded energy."""

    points: list[list[float]] = Field(description="257 latents evenly in t, with both ends.")
    weight: float = Field(description="Lambda as it was used: 0 where no data are known in the space.")
    energy: float = Field(description="At the 65 points where it was minimised.")
    dense_energy: float = Field(description="The same measured four times denser.")
    decoded: float = Field(description="The part of it that is change of the picture.")
    straight: float = Field(description="What the straight line costs, measured as densely.")
    steps: int = Field(description="Gauss-Newton steps taken.")
