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
from PIL.PngImagePlugin import PngImageFile

from models.data.imageset import ImageSet
from models.data.whole import replaced

COLUMNS = 100
FILES = {"pictures.png", "labels.npy"}


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
            document: dict[str, Any] = json.loads((folder / "set.json").read_text(encoding="utf-8"))
            self.info = PictureSetInfo(**{**document, "classes": tuple(document["classes"])})
            if set(self.info.files) != FILES:
                raise ValueError(f"{folder.name}/set.json must name {' and '.join(sorted(FILES))} under files.")
            for name, expected in self.info.files.items():
                if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                    raise ValueError(f"{folder.name}/{name} is not the file that set.json names: its sha256 differs.")
        except (OSError, KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as wrong:
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
        # The sheet is ours and its size is in set.json: Image.open would hold it to the bound for strangers' pictures.
        with PngImageFile(self.folder / "pictures.png") as picture:
            sheet = np.asarray(picture, np.uint8)
        rows = sheet.shape[0] // info.height
        cells = sheet.reshape(rows, info.height, info.columns, info.width, info.channels).swapaxes(1, 2)
        return np.ascontiguousarray(cells.reshape(-1, info.height, info.width, info.channels)[: info.count])


def write(folder: Path, images: ImageSet, *, name: str, title: str) -> PictureSetInfo:
    """Write a data set's folder, whole or not at all, and return what its set.json says."""
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
    with replaced(folder) as made:
        for file, content in contents.items():
            (made / file).write_bytes(content)
        document = json.dumps(asdict(info), indent=2, ensure_ascii=False)
        (made / "set.json").write_text(document + "\n", encoding="utf-8")
    return info
