"""The wire of exports."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from server.schemas import ProjectionQuery


class ExportQuery(ProjectionQuery):
    """In what form a set is wanted, and the positions of which map with it. The set is the address's own."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "parquet", "npy"] = "csv"
    # The map's own field has a default: here it says whether there are positions at all.
    method: str | None = Field(None, max_length=32, description="The map whose positions to add; none when absent.")  # type: ignore[assignment]

    def projection(self, set_name: str) -> ProjectionQuery:
        """The query of the map. Raises ValidationError for a method that there is not."""
        given = self.model_dump(exclude={"format"}, exclude_unset=True)
        return ProjectionQuery.model_validate({**given, "set": set_name})
