"""From a manifest back to the JSON of model.json, every key written out, defaults too."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from models.manifest.schema import Manifest


def to_document(manifest: Manifest) -> dict[str, Any]:
    """A fresh JSON object (lists, not tuples) with `parse(to_document(m)) == m`."""
    return {key: _plain(value) for key, value in asdict(manifest).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
