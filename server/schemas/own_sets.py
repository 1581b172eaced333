"""People's own sets on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from server.schemas import Hash, Wire

SetName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=300)]


class SetRequest(Wire):
    """A set that is to be added, before any of its pictures."""

    title: str = Field(min_length=1, max_length=80, description="What people call it; its name is made from this.")
    kind: Literal["archive", "files"] = Field(description="One zip archive, or files in batches.")
    source: FileName = Field(description="The name of the archive or folder; only shown.")
    bytes: int = Field(ge=1, le=2**50, description="Of the archive, or of all files together.")
    files: int = Field(0, ge=0, le=1_000_000, description="How many files there are; needed for batches.")
    hash: Hash | None = Field(None, description="The version of the model this is meant for; another one is refused.")


class SetBegun(BaseModel):
    """Where the pictures go."""

    name: str = Field(description="The set's name in addresses.")
    received: int = Field(description="Bytes of the archive that have arrived, or batches of files.")


class LabelsTaken(BaseModel):
    """What a CSV of labels says."""

    classes: list[str]
    factors: list[str] = Field(description="The names of the further columns.")


class SkippedFile(BaseModel):
    """A file that is not in the set."""

    file: str
    reason: str


class SetReport(BaseModel):
    """What came of the files of a set."""

    name: str
    title: str
    count: int = Field(description="Pictures in the set.")
    skipped: int
    named: list[SkippedFile] = Field(description="The first 200 that were skipped.")
    steps: dict[str, int] = Field(description="How many pictures each step of the preparation changed.")
    assumed: int = Field(description="Encoded as the model's first class, for want of a label that it knows.")
    unlabelled: int = Field(description="Pictures without a label, where others have one.")
    unmatched: int = Field(description="Rows of the CSV that no picture has.")
