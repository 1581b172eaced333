"""IDX, the format of MNIST and its kin: two zeros, 8 for bytes, the count of axes, each axis big-endian, the values."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.imageset import DataSetDamaged


def read(path: Path, sha256: str, of: str) -> NDArray[np.uint8]:
    """The array in a file, plain or compressed (.gz), whose decompressed content has this hash.

    Raises DataSetDamaged, which says that the file is not that of the data set `of`.
    """
    raw = path.read_bytes()
    if path.suffix == ".gz":
        try:
            raw = gzip.decompress(raw)
        except (EOFError, gzip.BadGzipFile, zlib.error) as wrong:
            raise DataSetDamaged(f"{path} is not {of}'s: it cannot be decompressed ({wrong}).") from wrong
    if (digest := hashlib.sha256(raw).hexdigest()) != sha256:
        raise DataSetDamaged(f"{path} is not {of}'s: its SHA-256 is {digest}, expected {sha256}.")
    dims = raw[3]
    shape = struct.unpack(f">{dims}I", raw[4 : 4 + 4 * dims])
    found: NDArray[np.uint8] = np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)
    return found
