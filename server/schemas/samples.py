"""The wire of samples: a sheet of draws."""

from __future__ import annotations

from pydantic import Field

from server.schemas import SampleAnswer


class SheetAnswer(SampleAnswer):
    """Draws with consecutive seeds, one a row of latents."""

    seed: int = Field(description="Of the first row; each next row has the next seed.")
    unusual: list[float] | None = Field(
        description="How unusual each row is among the model's data, 0 to 100; null where there is no data to compare."
    )
