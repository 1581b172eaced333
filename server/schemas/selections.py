"""The wire of selections: some rows of a set, what is known of them, and what leads from one to another."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, FailFast, Field, StringConstraints, model_validator

from server.schemas import Output, Wire

MAX_SELECTED = 1_000_000
MOST_LISTED = 200_000
_BITS = MAX_SELECTED // 8 * 4 // 3 + 4  # characters of as many bits as base64

Row = Annotated[int, Field(ge=0, lt=MAX_SELECTED)]


class Selected(Wire):
    """Rows of a set: listed, or as one bit a row."""

    rows: Annotated[list[Row], FailFast(), Field(max_length=MOST_LISTED)] = Field(
        default_factory=list, description="Row numbers from 0, in any order."
    )
    bits: Annotated[str, StringConstraints(max_length=_BITS)] = Field(
        "", description="One bit a row, the first row in the lowest bit of the first byte, as base64."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.rows) == bool(self.bits):
            raise ValueError("give some rows, either as `rows` or as `bits`")
        return self

    def array(self) -> NDArray[np.int64]:
        """The rows, each once and in order. Raises ValueError for bits that are no base64."""
        if self.rows:
            return np.unique(np.array(self.rows, np.int64))
        try:
            raw = base64.b64decode(self.bits, validate=True)
        except binascii.Error as wrong:
            raise ValueError("bits must be base64") from wrong
        return np.flatnonzero(np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")).astype(np.int64)


class PicturesRequest(Selected):
    """A selection, and the form in which its two pictures are wanted."""

    output: Output = "png"


class DirectionRequest(Wire):
    """Two selections of one set."""

    start: Selected
    end: Selected
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Of the bootstrap.")


class Share(BaseModel):
    """How often a class, or a category of a factor, is among some rows."""

    name: str
    count: int
    share: float = Field(description="Of the rows, 0 to 1.")
    expected: float = Field(description="Its share in the whole set.")


class FactorFacts(BaseModel):
    """A factor among some rows, beside the whole set."""

    name: str
    kind: str
    mean: float | None = Field(description="Null for a category.")
    std: float | None
    set_mean: float | None
    set_std: float | None
    shares: list[Share] = Field(description="Of its categories, the most frequent first; empty for a number.")


class MeasureFacts(BaseModel):
    """A measure among some rows, beside the whole set."""

    mean: float
    set_mean: float | None = Field(description="Null where it was measured for these rows only.")
    measured: int = Field(description="How many rows were measured: all, or a random part of very many.")


class SelectionAnswer(BaseModel):
    """What is known of some rows of a set."""

    count: int
    total: int = Field(description="Rows of the whole set.")
    classes: list[Share] = Field(description="The most frequent first; empty where no labels are known.")
    factors: list[FactorFacts]
    error: MeasureFacts | None = Field(description="Reconstruction error; null until /facts has been computed.")
    unusual: MeasureFacts | None = Field(description="Percentile among held-out points of the default set.")
    agreement: MeasureFacts | None = Field(description="Share of rows whose 10 nearest have mostly the same label.")
    mean: list[float] = Field(description="The mean latent.")
    space: str
    typical: list[int] = Field(description="The rows that are least unusual, that one first.")
    rarest: list[int] = Field(description="The rows that are most unusual, that one first.")


class Change(BaseModel):
    """How far apart two selections are in something that is known of their pictures."""

    name: str
    effect: float = Field(description="Cohen's d of a factor; for a class, the change of its share.")
    kind: str = Field(description="class, or the factor's kind.")


class Interval(BaseModel):
    """An estimate and its bootstrap interval of 95%."""

    value: float
    low: float
    high: float


class DirectionAnswer(BaseModel):
    """What leads from the mean of one selection to that of another."""

    vector: list[float] = Field(description="In the set's space; one step from mean to mean.")
    start: list[float] = Field(description="The mean of the first selection.")
    length: Interval
    effect: Interval = Field(description="Cohen's d along the direction, on rows that it was not drawn from.")
    cosine: Interval = Field(description="Between the direction and those of the bootstrap's repetitions.")
    measured: tuple[int, int] = Field(description="How many rows of each took part in the bootstrap.")
    changes: list[Change] = Field(description="What else differs between the two, the largest first.")
    space: str
