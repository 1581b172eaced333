"""What is in checkpoints/: the models, each ready or broken with the reason. Nothing is loaded here, only verified."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models import manifest
from models.data.folder import PictureSet
from models.manifest import Manifest, ManifestError
from server.errors import Broken, NotFound
from server.shelves import place

if TYPE_CHECKING:
    from server.own_sets.store import OwnSets

DATA = "_data"
STRIP = "strip.png"  # ten pictures in a row, in their own size
# Opened first: VAEs, whose space has no holes, and faces before clothes: everybody sees a smile come and go.
PREFERRED = (
    "fashion-vae-16",
    "faces-vae",
)  # clothing falls into clusters on the map; the faces' eyes are still blurred


@dataclass(frozen=True)
class Checkpoint:
    """One model folder. `manifest` is None exactly when `reason` says why the model is broken."""

    id: str
    folder: Path
    manifest: Manifest | None
    hash: str
    reason: str | None = None

    @property
    def strip(self) -> str | None:
        """The hash of the pictures that the list shows, 16 hex digits; None for a model that came without."""
        return self.manifest.files.get(STRIP, "")[:16] or None if self.manifest else None


class Catalog:
    """The models and the data sets they share."""

    def __init__(self, folder: Path, *, only: str | None = None) -> None:
        """Read every folder, or `only` one, and verify all hashes. A folder that is not there is an empty catalogue."""
        self.folder = folder
        self.own_sets: OwnSets | None = None  # set by whoever knows where people's own sets are kept
        names = sorted(path.name for path in folder.glob("[!._]*/") if only in (None, path.name))
        self.checkpoints = {name: _read(folder / name) for name in names}
        self.picture_sets: dict[str, PictureSet] = {}
        for path in sorted(folder.glob(f"{DATA}/*/set.json")):
            try:
                self.picture_sets[path.parent.name] = PictureSet(path.parent)
            except ValueError as wrong:
                self._break_users_of(path.parent.name, str(wrong))
        for checkpoint in list(self.checkpoints.values()):
            self._break_without_pictures(checkpoint)

    @property
    def default(self) -> str | None:
        """The model to open first: one of PREFERRED, else any VAE, else the first that is ready."""
        ready = {c.id: c.manifest.kind for c in self.listed if c.manifest}
        vaes = [name for name, kind in ready.items() if kind == "vae"]
        return next((name for name in (*PREFERRED, *vaes, *ready) if name in ready), None)

    @property
    def listed(self) -> list[Checkpoint]:
        """All models in the order of the list (see `shelves`), the broken ones last."""
        return sorted(self.checkpoints.values(), key=lambda checkpoint: place(checkpoint.id, checkpoint.manifest))

    def ready(self, model_id: str) -> tuple[Checkpoint, Manifest]:
        """The model by its id. Raises NotFound, or Broken with the reason."""
        checkpoint = self.checkpoints.get(model_id)
        if checkpoint is None:
            known = ", ".join(self.checkpoints) or "none"
            raise NotFound(f"There is no model {model_id!r}. Known models: {known}.", field="model")
        if checkpoint.manifest is None:
            raise Broken(f"The model {model_id} cannot be used: {checkpoint.reason}", field="model")
        return checkpoint, checkpoint.manifest

    def _break_users_of(self, data: str, reason: str) -> None:
        for checkpoint in self.checkpoints.values():
            if checkpoint.manifest and any(points.data == data for points in checkpoint.manifest.sets):
                broken = Checkpoint(checkpoint.id, checkpoint.folder, None, checkpoint.hash, reason)
                self.checkpoints[checkpoint.id] = broken

    def _break_without_pictures(self, checkpoint: Checkpoint) -> None:
        reason = self._missing_pictures(checkpoint)
        if reason:
            broken = Checkpoint(checkpoint.id, checkpoint.folder, None, checkpoint.hash, reason)
            self.checkpoints[checkpoint.id] = broken

    def _missing_pictures(self, checkpoint: Checkpoint) -> str:
        """Why a set cannot be shown, "" where all can: its rows are the data set's first ones, fewer but not more."""
        for points in checkpoint.manifest.sets if checkpoint.manifest else ():
            pictures = self.picture_sets.get(points.data or "")
            if pictures is None:
                continue
            try:
                rows = len(np.load(checkpoint.folder / points.latents, mmap_mode="r", allow_pickle=False))
            except (ValueError, TypeError, EOFError, OSError) as wrong:
                return f"{points.latents} is not a plain numpy file: {wrong}."
            if rows > pictures.info.count:
                return f"Its set {points.name} has {rows} rows, but {points.data} only {pictures.info.count} pictures."
        return ""


def _read(folder: Path) -> Checkpoint:
    try:
        read = manifest.read(folder)
    except (ManifestError, OSError) as wrong:
        return Checkpoint(folder.name, folder, None, "0" * 16, str(wrong))
    if read.name != folder.name:
        reason = f"model.json calls the model {read.name!r}, but its folder is {folder.name!r}."
        return Checkpoint(folder.name, folder, None, "0" * 16, reason)
    return Checkpoint(folder.name, folder, read, manifest.model_hash(read))
