"""Compute the maps that come with a model: `python -m models.maps <id> ...`, or --all.

For the default set, and for `samples` where there is such a set: UMAP, t-SNE, PaCMAP and LocalMAP in 2-D with their
defaults, and how far to trust them and PCA. They go to `maps/` in the model's folder. Run it again after an export.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.analysis import maps
from models.analysis.maps import about, shipped
from models.analysis.maps.shipped import Entry
from models.data.folder import PictureSet
from models.data.whole import replaced
from models.latent.projection import Pca
from models.manifest import Manifest, ManifestError, PointSet, model_hash, read
from models.places import CHECKPOINTS

Floats = NDArray[np.float32]
LIBRARIES = ("faiss-cpu", "numpy", "opentsne", "pacmap", "umap-learn")
SEED = 0
PIXELS = 2000  # of a map on a large screen: a stored position may be wrong by half of one


class Changed(RuntimeError):
    """The folder was written anew while its maps were computed."""


def compute(folder: Path) -> list[Entry]:
    """Compute and store the maps of a model folder, in the place of older ones; what maps.json says of them.

    Raises ManifestError for a folder that is not whole, ValueError for a set that has no maps, Changed.
    """
    manifest = read(folder)
    entries: list[Entry] = []
    contents: dict[str, bytes] = {}
    for spec in manifest.sets:
        if spec.default or spec.name == "samples":
            latents = np.load(folder / spec.latents, allow_pickle=False).astype(np.float32)
            pictures = PictureSet(folder.parent / "_data" / spec.data) if spec.data else None
            for entry, content in _maps(manifest, spec, latents, pictures):
                entries.append(entry)
                contents |= {} if entry.file is None else {entry.file: content}
    document = shipped.document(entries, {name: version(name) for name in LIBRARIES})
    contents[shipped.FILE] = (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
    _store(folder, manifest, contents)
    return entries


def _maps(
    manifest: Manifest, spec: PointSet, latents: Floats, pictures: PictureSet | None
) -> Iterator[tuple[Entry, bytes]]:
    labels = about.labels_of(pictures, len(latents))
    hashes = manifest.files[spec.latents][:16], about.labels_hash(pictures)
    for method in maps.METHODS:
        for dims in (2, 3) if method.linear else (2,):
            if dims > latents.shape[1]:
                continue
            settings = maps.settled(method, {}, len(latents))
            asked = {"method": method.name, "dims": dims, "settings": settings, "seed": SEED, "control": False}
            start = time.monotonic()
            if method.linear:
                pca = Pca.fit(latents, dims)
                told = about.of_pca(asked, pca, latents, pca.project(latents), labels)
                yield Entry(spec.name, *hashes, None, None, told), b""
            else:
                made = maps.fit(method.name, latents, dims, settings, SEED, lambda *_: None)
                stored, rounding = rounded(made.positions)
                told = about.of_fitted(
                    asked, maps.Fitted(stored.astype(np.float32), made.reduced, made.share), latents, labels
                )
                file = f"maps/{spec.name}-{method.name}-{dims}d.npy"
                yield Entry(spec.name, *hashes, file, rounding, told), _npy(stored)
            took = f"{time.monotonic() - start:.0f} s"
            print(f"{manifest.name} {spec.name} {method.title} {dims}-D: {took}", file=sys.stderr, flush=True)


def rounded(positions: Floats) -> tuple[NDArray[Any], float]:
    """Positions (N, dims) about their centre, float16 where no screen shows the difference, and the largest error.

    The error is a share of the longer side of the map.
    """
    centred = positions - (positions.max(axis=0) + positions.min(axis=0)) / 2
    with np.errstate(over="ignore"):  # what is too large for it becomes infinite, and the error shows that
        half = centred.astype(np.float16)
    error = float(np.abs(half.astype(np.float32) - centred).max() / np.ptp(centred, axis=0).max())
    return (half, error) if error < 0.5 / PIXELS else (centred.astype(np.float32), 0.0)


def _npy(values: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def _store(folder: Path, manifest: Manifest, contents: dict[str, bytes]) -> None:
    """Put the maps into the folder and their hashes into its manifest, whole or not at all."""
    if read(folder) != manifest:
        raise Changed(f"{folder.name} was written anew while its maps were computed: compute them again.")
    with replaced(folder) as made:
        shutil.copytree(folder, made, dirs_exist_ok=True)
        shutil.rmtree(made / "maps", ignore_errors=True)
        (made / "maps").mkdir()
        document = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        files = {name: known for name, known in document["files"].items() if not name.startswith("maps/")}
        for name, content in contents.items():
            (made / name).write_bytes(content)
            files[name] = hashlib.sha256(content).hexdigest()
        document["files"] = dict(sorted(files.items()))
        (made / "model.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if model_hash(read(made)) != model_hash(manifest):
            raise Changed(f"{folder.name}: maps must not change what the model does.")


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m models.maps", description=__doc__)
    parser.add_argument("models", nargs="*", metavar="model")
    parser.add_argument("--all", action="store_true", help="every model folder that is there")
    parser.add_argument("--missing", action="store_true", help="every one whose maps are missing or of other points")
    parser.add_argument("--checkpoints", type=Path, default=CHECKPOINTS, help="where model folders are")
    chosen = parser.parse_args(arguments)
    if bool(chosen.models) + chosen.all + chosen.missing != 1:
        parser.error("name models, or say --all or --missing")
    # One thread: the same map every time, and the machine is left to others.
    os.environ.update({f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")})
    names = chosen.models or sorted(path.parent.name for path in chosen.checkpoints.glob("*/model.json"))
    status = 0
    for name in names:
        folder = chosen.checkpoints / name
        try:
            if not chosen.missing or due(folder):
                compute(folder)
        except (ManifestError, OSError, ValueError, Changed) as wrong:
            print(f"{name}: nothing was stored. {wrong}", file=sys.stderr)
            status = 1
    return status


def due(folder: Path) -> bool:
    """Whether a model's maps are missing, or of other points. Raises ManifestError, OSError or ValueError."""
    manifest = read(folder)
    if shipped.FILE not in manifest.files:
        return True
    known = shipped.entries(json.loads((folder / shipped.FILE).read_text(encoding="utf-8")))
    have = {(entry.set, entry.set_hash) for entry in known}
    want = {
        (spec.name, manifest.files[spec.latents][:16])
        for spec in manifest.sets
        if spec.default or spec.name == "samples"
    }
    return not want <= have


if __name__ == "__main__":
    sys.exit(main())
