"""The pictures of a person's own set, as the shipped ones are read: mapped from the disk, never held in memory."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.data.folder import FACTORS, LABELS, PictureSet, PictureSetInfo
from models.data.imageset import Factor
from models.data.reading import FactorReader
from server.own_sets.heads import Head

PICTURES_FILE, LATENTS_FILE, NAMES_FILE = "pictures.u8", "latents.f32", "files.txt"
LABELS_FILE, FACTORS_FILE = "labels.i32", "factors.f32"
Number = TypeVar("Number", np.uint8, np.float32)


class OwnPictures(PictureSet):
    """Pictures in the model's own form with what is known of them: -1 for a label, NaN or -1 for a factor unknown."""

    def __init__(self, folder: Path, head: Head) -> None:
        """Nothing is read but what is asked for."""
        self.folder = folder
        self.info = PictureSetInfo(
            name=folder.name,
            title=head.title,
            count=head.count,
            height=head.height,
            width=head.width,
            channels=head.channels,
            colour=head.colour,
            classes=head.classes,
            licence="",
            citation="",
            source=head.source,
            columns=0,
            files={LABELS: head.files[LABELS_FILE], FACTORS: head.files[FACTORS_FILE]},
            factors=head.factors,
        )

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """(N,) indices into `info.classes`, -1 where nobody gave one."""
        return np.fromfile(self.folder / LABELS_FILE, "<i4", self.info.count).astype(np.int64)

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The columns of the CSV with their values (N,): NaN where there is none, -1 of a categorical one."""
        shape = (self.info.count, len(self.info.factors))
        values = np.fromfile(self.folder / FACTORS_FILE, "<f4", shape[0] * shape[1]).reshape(shape).astype(np.float32)
        return tuple(
            Factor(each.name, each.kind, values[:, i].copy(), each.categories, each.description)
            for i, each in enumerate(self.info.factors)
        )

    @property
    def reader(self) -> FactorReader | None:
        """None: what a CSV says of some pictures is not learnt for others."""
        return None

    @cached_property
    def images(self) -> NDArray[np.uint8]:
        """(N, H, W, C) uint8, on the disk until rows of it are taken."""
        info = self.info
        return mapped(self.folder / PICTURES_FILE, np.uint8, (info.count, info.height, info.width, info.channels))


def mapped(path: Path, dtype: type[Number], shape: tuple[int, ...]) -> NDArray[Number]:
    """A file's numbers as an array that cannot be written. Raises OSError or ValueError where the file is shorter."""
    found: NDArray[Number] = np.asarray(np.memmap(path, np.dtype(dtype).newbyteorder("<"), "r", shape=shape))
    return found
