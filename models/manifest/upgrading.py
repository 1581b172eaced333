"""Formats of the manifest: one pure function per step from an older one to the next; a newer one is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from models.manifest.fields import ManifestError, shown

FORMAT = 1

Step = Callable[[Mapping[str, Any]], dict[str, Any]]

# STEPS[n] takes a document of format n to format n + 1. Format 1 is the first, so there are none yet.
STEPS: Mapping[int, Step] = {}


def upgrade(document: Mapping[str, Any], *, steps: Mapping[int, Step] = STEPS, newest: int = FORMAT) -> dict[str, Any]:
    """The document in the newest format; the one passed in is not changed. ManifestError when there is no way there."""
    current = dict(document)
    number = _number(current)
    if number > newest:
        raise ManifestError("format", f"is {shown(number)}, but this version reads formats up to {newest} only.")
    while number < newest:
        if number not in steps:
            raise ManifestError("format", f"is {number}, and there is no way from that format to {newest}.")
        current = {**steps[number](current), "format": number + 1}
        number += 1
    return current


def _number(document: Mapping[str, Any]) -> int:
    if "format" not in document:
        raise ManifestError("format", f"is missing; it must be a whole number, {FORMAT} today.")
    number = document["format"]
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ManifestError("format", f"must be a whole number from 1 to {FORMAT}, but is {shown(number)}.")
    return number
