"""A data set as it ships with the models: `_data/<name>/` with a lossless sheet of pictures and what is known of them.

set.json      what the set is: counts, classes, licence, citation, and the sha256 of the other files
pictures.png  all pictures, row-major, `columns` a row; pictures.webp in its place for colours
labels.npy    uint8 (N,), indices into `classes`
factors.npy   float32 (N, F), where set.json names F factors: what made each picture what it is
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from models.data import sheet
from models.data.imageset import Factor, FactorKind, ImageSet
from models.data.reading import FactorReader, nearest_differences
from models.data.whole import replaced

LABELS, FACTORS = "labels.npy", "factors.npy"
RESERVED = ("latents", "label")  # columns beside which factors are sent, by their names


@dataclass(frozen=True)
class FactorInfo:
    """What set.json says of a factor; `models.data.imageset.Factor` has the values, too."""

    name: str
    kind: FactorKind
    categories: tuple[str, ...] = ()
    description: str = ""


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
    factors: tuple[FactorInfo, ...] = ()


class PictureSet:
    """The pictures of a shipped data set; the sheet is decoded when first asked for."""

    def __init__(self, folder: Path) -> None:
        """Read set.json. Raises ValueError when it or a file of it is missing or altered."""
        self.folder = folder
        try:
            self.info = _info(json.loads((folder / "set.json").read_text(encoding="utf-8")))
            self._sheet = _sheet_of(folder.name, self.info)
            for name, expected in self.info.files.items():
                if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                    raise ValueError(f"{folder.name}/{name} is not the file that set.json names: its sha256 differs.")
        except (OSError, KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as wrong:
            raise ValueError(f"The data set {folder.name} cannot be read: {wrong}.") from wrong
        _check_factors(folder, self.info)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """(N,) indices into `info.classes`."""
        labels: NDArray[np.uint8] = np.load(self.folder / LABELS, allow_pickle=False)
        return labels.astype(np.int64)

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The known factors with their values (N,), none where the set knows none."""
        if not self.info.factors:
            return ()
        values: NDArray[np.float32] = np.load(self.folder / FACTORS, allow_pickle=False)
        return tuple(
            Factor(each.name, each.kind, values[:, i].copy(), each.categories, each.description)
            for i, each in enumerate(self.info.factors)
        )

    @cached_property
    def reader(self) -> FactorReader | None:
        """Reads the factors of any picture of this size; the class counts as one. None where nothing can be learnt."""
        info, factors = self.info, list(self.factors)
        if len(info.classes) > 1 and info.classes not in [factor.categories for factor in factors]:
            factors.insert(0, Factor("class", "categorical", self.labels.astype(np.float32), info.classes))
        try:
            return FactorReader(self.images, factors)
        except ValueError:  # too few pictures, or no factor
            return None

    @cached_property
    def nearest(self) -> NDArray[np.float32]:
        """How far some of the pictures are from their nearest other one, sorted: (at most 200,)."""
        return nearest_differences(self.images)

    @cached_property
    def images(self) -> NDArray[np.uint8]:
        """(N, H, W, C) uint8."""
        info = self.info
        return sheet.decode(
            (self.folder / self._sheet).read_bytes(),
            self._sheet,
            count=info.count,
            height=info.height,
            width=info.width,
            channels=info.channels,
            columns=info.columns,
        )


def write(folder: Path, images: ImageSet, *, name: str, title: str) -> PictureSetInfo:
    """Write a data set's folder, whole or not at all, and return what its set.json says.

    Raises ValueError for more colour pictures than fit a sheet.
    """
    count, height, width, channels = images.images.shape
    file, content = sheet.encode(images.images)
    contents = {file: content, LABELS: _npy(images.labels.astype(np.uint8))}
    if images.factors:
        contents[FACTORS] = _npy(np.stack([f.values for f in images.factors], axis=1).astype(np.float32))
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
        columns=sheet.COLUMNS,
        files={each: hashlib.sha256(held).hexdigest() for each, held in contents.items()},
        factors=tuple(FactorInfo(f.name, f.kind, f.categories, f.description) for f in images.factors),
    )
    document = asdict(info)
    if not info.factors:
        del document["factors"]
    with replaced(folder) as made:
        for each, held in contents.items():
            (made / each).write_bytes(held)
        (made / "set.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return info


def _npy(values: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def _info(document: dict[str, Any]) -> PictureSetInfo:
    """set.json as facts. Raises KeyError, TypeError or AttributeError for one that is none."""
    factors = tuple(
        FactorInfo(**{**each, "categories": tuple(each.get("categories", ()))}) for each in document.get("factors", ())
    )
    return PictureSetInfo(**{**document, "classes": tuple(document["classes"]), "factors": factors})


def _sheet_of(folder: str, info: PictureSetInfo) -> str:
    """The sheet's file. Raises ValueError unless set.json names just the files that belong to such a set."""
    rest = {LABELS, FACTORS} if info.factors else {LABELS}
    for name in sheet.FILES.values():
        if set(info.files) == {name, *rest}:
            return name
    expected = f"pictures.png or pictures.webp, and {' and '.join(sorted(rest))}"
    raise ValueError(f"{folder}/set.json must name {expected} under files, and nothing else.")


def _check_factors(folder: Path, info: PictureSetInfo) -> None:
    """ValueError unless factors.npy holds what set.json says of the factors."""
    if not info.factors:
        return
    names = [each.name for each in info.factors]
    for each in info.factors:
        if not each.name or names.count(each.name) > 1 or each.name in RESERVED:
            raise ValueError(f"{folder.name}/set.json has a factor {each.name!r}: names must be unique, and not taken.")
        if each.kind not in get_args(FactorKind) or (each.kind == "categorical") != bool(each.categories):
            raise ValueError(
                f"{folder.name}/set.json: the factor {each.name} must be continuous, ordered, or categorical with its "
                "categories."
            )
    try:
        values = np.load(folder / FACTORS, allow_pickle=False)
    except (OSError, ValueError, EOFError) as wrong:
        raise ValueError(f"{folder.name}/{FACTORS} cannot be read: {wrong}.") from wrong
    if values.dtype != np.float32 or values.shape != (info.count, len(names)):
        raise ValueError(
            f"{folder.name}/{FACTORS} must be float32 of shape {(info.count, len(names))}, but is {values.dtype} of "
            f"shape {values.shape}."
        )
    for each, column in zip(info.factors, values.T, strict=True):
        if each.categories and not np.isin(column, np.arange(len(each.categories))).all():
            raise ValueError(f"{folder.name}/{FACTORS}: {each.name} has values that are none of its categories.")
