"""The name of what a model does: results computed with it are kept under this name, and links carry it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from models.manifest.document import to_document
from models.manifest.schema import Manifest


def model_hash(manifest: Manifest) -> str:
    """The first 16 hex digits of SHA-256 over canonical JSON of everything that changes a latent or a picture.

    In: image, latent, encoder, decoder, spaces, conditions, and the content (not the name) of the files they use,
    external data beside a graph included. Out: title, texts, labels, provenance, sets, samplers, cards and the rest.
    """
    document = to_document(manifest)
    facts = {key: document[key] for key in ("image", "latent", "encoder", "decoder", "spaces", "conditions")}
    for side in (facts["encoder"], facts["decoder"], (facts["spaces"] or {}).get("mapping")):
        if side is not None:
            side["file"] = _contents(manifest, side["file"])
    if facts["spaces"] is not None and facts["spaces"]["mean"] is not None:
        facts["spaces"]["mean"] = manifest.files[facts["spaces"]["mean"]]
    for condition in facts["conditions"]:
        del condition["labels"]
    return hashlib.sha256(_canonical(facts)).hexdigest()[:16]


def _contents(manifest: Manifest, graph: str) -> list[str]:
    """Hashes of a graph and of its external data, which exporters name after it: decoder.onnx, decoder.onnx.data."""
    return [digest for path, digest in sorted(manifest.files.items()) if path.startswith(graph)]


def _canonical(facts: Any) -> bytes:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
