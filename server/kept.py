"""Results that several answers are read from: a JSON document with arrays beside it, as a plain .npz file."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEDIA_TYPE = "application/x-npz"
_DOCUMENT = "document"  # its bytes are an array like the others


def pack(document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bytes:
    """One file of both; no array may be called `document`."""
    file = io.BytesIO()
    text = json.dumps(document, allow_nan=False).encode()
    # A name is an array's, so mypy cannot tell it from savez's own arguments.
    np.savez_compressed(file, allow_pickle=False, **{_DOCUMENT: np.frombuffer(text, np.uint8), **arrays})
    return file.getvalue()


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What `pack` was given."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    document: dict[str, Any] = json.loads(arrays.pop(_DOCUMENT).tobytes())
    return document, arrays
