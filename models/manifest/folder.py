"""A model folder on disk: the manifest read, and every file in it checked before anything opens it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.manifest.fields import ManifestError, shown
from models.manifest.parsing import parse
from models.manifest.schema import Manifest

MANIFEST_FILE = "model.json"
_MANIFEST_BYTES = 4 << 20
_CHUNK = 1 << 20


def read(folder: Path) -> Manifest:
    """The manifest of a model folder. ManifestError when it is malformed, or a file is missing, outside, or changed."""
    manifest = parse(_load(folder))
    for path, expected in manifest.files.items():
        actual = _sha256(_inside(folder, path, f"files.{path}"))
        if actual != expected:
            raise ManifestError(
                f"files.{path}",
                f"does not match the file: SHA-256 {expected[:12]}... expected, {actual[:12]}... found. "
                "It was changed or only partly copied.",
            )
    return manifest


def load_arrays(folder: Path, manifest: Manifest) -> dict[str, NDArray[np.float32]]:
    """The numpy files that a model's adapter needs beside its graphs, by file name: the mean of W, (size,) float32."""
    spaces = manifest.spaces
    if spaces is None or spaces.mean is None or spaces.w is None:
        return {}
    path = _inside(folder, spaces.mean, "spaces.mean")
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise ManifestError("spaces.mean", f"is not a plain numpy file: {error}.") from error
    if not isinstance(array, np.ndarray) or array.shape != (spaces.w.size,) or array.dtype.kind != "f":
        found = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else "an archive"
        raise ManifestError("spaces.mean", f"must hold {spaces.w.size} floats in one axis, but holds {found}.")
    return {spaces.mean: array.astype(np.float32)}


def _load(folder: Path) -> dict[str, Any]:
    path = _inside(folder, MANIFEST_FILE, MANIFEST_FILE)
    if path.stat().st_size > _MANIFEST_BYTES:
        raise ManifestError(MANIFEST_FILE, f"is larger than {_MANIFEST_BYTES >> 20} MB.")
    try:
        document = json.loads(path.read_bytes(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, ManifestError):
            raise
        raise ManifestError(MANIFEST_FILE, f"is not valid JSON: {error}.") from error
    if not isinstance(document, dict):
        raise ManifestError(MANIFEST_FILE, f"must be an object with named keys, but is {shown(document)}.")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON allows a key twice and the last would win in silence, so that what a person reads first would be ignored."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ManifestError(key[:60], "is given twice in one object.")
        result[key] = value
    return result


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")


def _inside(folder: Path, relative: str, field: str) -> Path:
    """The real path of a file of the folder; a link that leads out of it is refused."""
    path = (folder / relative).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ManifestError(field, "leads to a place outside the model's folder.")
    if not path.is_file():
        raise ManifestError(field, "names a file that is missing." if field != MANIFEST_FILE else "is missing.")
    return path


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
