"""What is written about a set: the draft while it is being added, its progress, the head once it is whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from models.data.folder import FactorInfo
from models.manifest.schema import Space

MOST_NAMED = 200  # skipped files that are named; the others are counted

T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """What a person said will come. `place` is a folder or a zip beside the server, which is read where it is."""

    kind: Literal["archive", "files", "place"]
    name: str
    bytes: int
    files: int  # 0: nobody counted them


@dataclass(frozen=True)
class Draft:
    """A set that is being added."""

    id: str
    title: str
    model_hash: str
    begun: str  # ISO 8601, UTC
    source: Source


@dataclass(frozen=True)
class Skipped:
    """A file that is not in the set, and why, as a sentence."""

    file: str
    reason: str


@dataclass(frozen=True)
class Tally:
    """What came of the files."""

    skipped: int = 0
    named: tuple[Skipped, ...] = ()  # the first of them
    steps: dict[str, int] = field(default_factory=dict)  # how many pictures each step of the preparation changed
    assumed: int = 0  # encoded as the model's first class, for want of a label that it knows


@dataclass(frozen=True)
class Progress:
    """How far the encoding is: what lies in the growing files beyond this does not count."""

    id: str  # the draft's
    done: int = 0  # files that were looked at
    rows: int = 0
    text: int = 0  # bytes of files.txt
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class Head:
    """A whole set."""

    id: str
    title: str
    model_hash: str
    made: str  # ISO 8601, UTC
    source: str
    count: int
    height: int
    width: int
    channels: int
    colour: str
    dimensions: int
    space: Space
    classes: tuple[str, ...]
    factors: tuple[FactorInfo, ...]
    files: dict[str, str]  # SHA-256 by file name
    hash: str  # 16 hex digits over all of them
    unlabelled: int  # pictures without a label, where others have one
    unmatched: int  # rows of the CSV that no picture has
    tally: Tally


_ADAPTERS: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (Draft, Progress, Head)}


def written(document: Draft | Progress | Head) -> bytes:
    """As JSON."""
    content: bytes = _ADAPTERS[type(document)].dump_json(document, indent=1)
    return content


def read(kind: type[T], content: bytes | None) -> T | None:
    """The document; None where there is none, or one that is damaged."""
    if content is None:
        return None
    try:
        found: T = _ADAPTERS[kind].validate_json(content)
    except ValidationError:
        return None
    return found


def facts(tally: Tally) -> dict[str, Any]:
    """A tally as the wire has it."""
    return {"skipped": tally.skipped, "named": [asdict(each) for each in tally.named], "steps": dict(tally.steps)}
