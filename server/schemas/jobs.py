"""Long work on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from server.schemas import ErrorBody

State = Literal["queued", "running", "done", "failed", "cancelled"]


class JobAnswer(BaseModel):
    """Where a piece of long work stands."""

    id: str
    kind: str
    model: str
    state: State
    progress: float | None = Field(description="0 to 1; null where nobody knows.")
    message: str = Field(description="What is going on, as a sentence for a person.")
    partial: dict[str, Any] | None = Field(description="What is found so far; its form depends on the kind.")
    error: ErrorBody | None = Field(description="Why it failed.")
    result: str | None = Field(description="Where its result is, once it is done.")
