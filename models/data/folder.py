"""A data set as it ships with the models: `_data/<name>/` with a lossless sheet of pictures and their labels.

set.json      what the set is: counts, classes, licence, citation, and the sha256 of the other files
pictures.png  all pictures, row-major, `columns` a row
labels.npy    uint8 (N,), indices into `classes`
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.data.imageset import ImageSet

COLUMNS = 100


@dataclass(frozen=True)
class PictureSetInfo:
    """What set.json says."""

    name: str
    title: str
    count: int
    height: int
    width: int
    channels: int
    colour: str
    classes: tuple[str, ...]
    licence: str
    citation: str
    source: str
    columns: int
    files: dict[str, str]


class PictureSet:
    """The pictures of a shipped data set; the sheet is decoded when first asked for."""

    def __init__(self, folder: Path) -> None:
        """Read set.json. Raises ValueError when it or a file of it is missing or altered."""
        self.folder = folder
        try:
            document: dict[str, Any] = json.loads((folder / "set.json").read_text())
            self.info = PictureSetInfo(**{**document, "classes": tuple(document["classes"])})
            for name, expected in self.info.files.items():
                if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                    raise ValueError(f"{folder.name}/{name} is not the file that set.json names: its sha256 differs.")
        except (OSError, KeyError, TypeError, json.JSONDecodeError) as wrong:
            raise ValueError(f"The data set {folder.name} cannot be read: {wrong}.") from wrong

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """(N,) indices into `info.classes`."""
        labels: NDArray[np.uint8] = np.load(self.folder / "labels.npy", allow_pickle=False)
        return labels.astype(np.int64)

    @cached_property
    def images(self) -> NDArray[np.uint8]:
        """(N, H, W, C) uint8."""
        info = self.info
        # The sheet is ours and its size is in set.json, so Pillow's bound for strangers' pictures does not apply.
        with Image.open(self.folder / "pictures.png") as picture:
            sheet = np.asarray(picture, np.uint8)
        rows = sheet.shape[0] // info.height
        cells = sheet.reshape(rows, info.height, info.columns, info.width, info.channels).swapaxes(1, 2)
        return np.ascontiguousarray(cells.reshape(-1, info.height, info.width, info.channels)[: info.count])


def write(folder: Path, images: ImageSet, *, name: str, title: str) -> PictureSetInfo:
    """Write a data set's folder and return what its set.json says."""
    folder.mkdir(parents=True, exist_ok=True)
    count, height, width, channels = images.images.shape
    rows = -(-count // COLUMNS)
    cells = np.zeros((rows * COLUMNS, height, width, channels), np.uint8)
    cells[:count] = images.images
    sheet = cells.reshape(rows, COLUMNS, height, width, channels).swapaxes(1, 2)
    sheet = sheet.reshape(rows * height, COLUMNS * width, channels)
    picture = Image.fromarray(sheet[..., 0] if channels == 1 else sheet)
    buffer = io.BytesIO()
    picture.save(buffer, "png", optimize=True)
    labels = io.BytesIO()
    np.save(labels, images.labels.astype(np.uint8), allow_pickle=False)
    contents = {"pictures.png": buffer.getvalue(), "labels.npy": labels.getvalue()}
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    info = PictureSetInfo(
        name=name,
        title=title,
        count=count,
        height=height,
        width=width,
        channels=channels,
        colour={1: "gray", 3: "rgb", 4: "rgba"}[channels],
        classes=images.classes,
        licence=images.licence,
        citation=images.citation,
        source=images.source,
        columns=COLUMNS,
        files={file: hashlib.sha256(content).hexdigest() for file, content in contents.items()},
    )
    (folder / "set.json").write_text(json.dumps(asdict(info), indent=2, ensure_ascii=False) + "\n")
    return info
