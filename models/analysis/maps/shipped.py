"""The maps that come with a model: `maps/maps.json` in its folder, and beside it a numpy file for each fitted one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Document = dict[str, Any]
FILE = "maps/maps.json"


@dataclass(frozen=True)
class Entry:
    """One map: of what, made how, and what is known of it."""

    set: str
    set_hash: str  # the first 16 hex digits of the SHA-256 of the set's file
    labels: str  # the same of the labels that its figures rest on, "" without any
    file: str | None  # the positions (N, dims), float16 or float32; None for PCA, which is computed on the spot
    rounding: float | None  # the largest error of a stored position, as a share of the map's longer side
    about: Document  # what the header X-Projection says

    @property
    def key(self) -> tuple[str, str, int]:
        """No two maps of a model agree in this."""
        return self.set, self.about["method"], self.about["dims"]


def entries(document: Mapping[str, Any]) -> list[Entry]:
    """What a maps.json says; an entry that is none is passed over, so that the map is computed instead."""
    found = []
    listed = document.get("maps", [])
    for each in listed if isinstance(listed, list) else []:
        try:
            entry = Entry(**each)
            about = entry.about
            sane = isinstance(about["trust"]["sentence"], str) and isinstance(about["parameters"], dict)
            if sane and isinstance(about["seed"], int) and all(isinstance(part, str | int) for part in entry.key):
                found.append(entry)
        except (TypeError, KeyError):
            continue
    return found


def document(maps: list[Entry], libraries: Mapping[str, str]) -> Document:
    """maps.json as JSON."""
    return {"libraries": dict(libraries), "maps": [asdict(entry) for entry in maps]}
