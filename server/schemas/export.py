"""The wire of exports."""

from __future__ import annotations

from typing import Literal

from server.schemas.maps import ProjectionQuery


class ExportQuery(ProjectionQuery):
    """In what form a set is wanted, and the positions of which map with it. The set is the address's own."""

    format: Literal["csv", "parquet", "npy"] = "csv"

    @property
    def positioned(self) -> bool:
        """Whether a map was asked for: `method` has a default where it names the map alone."""
        return "method" in self.model_fields_set
