"""The wire of coverage: which real pictures a generator's samples reach."""

from __future__ import annotations

from pydantic import BaseModel, Field

from server.schemas.maps import ProjectionQuery


class ClassCoverage(BaseModel):
    """A class of the data, and what the samples make of it."""

    name: str
    coverage: float | None = Field(description="Share of its real pictures that some sample reaches.")
    real: float = Field(description="Its share among the real pictures.")
    drawn: float = Field(description="Its share among the samples, by their nearest real pictures.")
    missing: bool = Field(description="Whether it is drawn less than a tenth as often as it should be.")


class StepCoverage(BaseModel):
    """The coverage of a model, at one step of its training where it keeps several."""

    label: str = Field(description="The step; empty for a model that has but one.")
    coverage: float = Field(description="Share of real pictures that some sample reaches.")
    entropy: float | None = Field(description="Of the samples' classes, in nats; null without labels.")
    classes: list[ClassCoverage]


class CoverageAnswer(BaseModel):
    """What a generator covers of its data."""

    set: str
    features: str = Field(description="In what pictures are compared.")
    explained: float = Field(description="Share of the pictures' variance that these features hold.")
    real: int
    samples: int
    sampler: str
    k: int
    ceiling: float = Field(description="What one half of the real pictures reaches of the other.")
    classifier: float | None = Field(description="Share of real pictures whose class their neighbours tell.")
    steps: list[StepCoverage]
    hash: str


class RegionEntry(BaseModel):
    """Real pictures that lie together on the map, and that no sample reaches."""

    count: int
    share: float = Field(description="Of the real pictures that were judged.")
    centre: tuple[float, float]
    classes: list[tuple[str, float]] = Field(description="Its classes with their shares, the most frequent first.")
    rows: list[int] = Field(description="Rows in its middle.")


class CoverageMap(BaseModel):
    """Samples and unreached real pictures on a map."""

    step: int
    samples: list[tuple[float, float]] = Field(description="Where encoded samples lie.")
    unreached: list[int] = Field(description="Rows that no sample reaches.")
    judged: int = Field(description="Rows that were judged: the first ones of the set.")
    regions: list[RegionEntry]


class CoverageQuery(ProjectionQuery):
    """A map, and a step of the training."""

    step: int | None = Field(None, ge=0, le=10_000, description="Of `steps`; the last one when absent.")
