"""The model folder's contract: what `checkpoints/<id>/model.json` may say, and how it is read.

`docs/model-format.md` describes every key. The package needs the standard library and numpy only.

    read(folder)            the manifest of a folder, its files checked against their hashes
    parse(document)         the same from JSON already loaded, without looking at any file
    to_document(manifest)   the way back: parse(to_document(m)) == m
    model_hash(manifest)    16 hex digits that name what the model does
    load_arrays(folder, m)  the numpy files that the adapter needs beside the graphs (the mean of W)
"""

from __future__ import annotations

from models.manifest.document import to_document
from models.manifest.fields import ManifestError
from models.manifest.folder import MANIFEST_FILE, load_arrays, read
from models.manifest.hashing import model_hash
from models.manifest.parsing import parse
from models.manifest.schema import (
    Batch,
    Condition,
    Decoder,
    Encoder,
    Image,
    Latent,
    Manifest,
    MappingGraph,
    NoiseInput,
    Normalize,
    OutputSlice,
    PointSet,
    Provenance,
    Sampler,
    Spaces,
    WSpace,
)
from models.manifest.upgrading import FORMAT, upgrade

__all__ = [
    "FORMAT",
    "MANIFEST_FILE",
    "Batch",
    "Condition",
    "Decoder",
    "Encoder",
    "Image",
    "Latent",
    "Manifest",
    "ManifestError",
    "MappingGraph",
    "NoiseInput",
    "Normalize",
    "OutputSlice",
    "PointSet",
    "Provenance",
    "Sampler",
    "Spaces",
    "WSpace",
    "load_arrays",
    "model_hash",
    "parse",
    "read",
    "to_document",
    "upgrade",
]
