"""The same pictures in several representations: pixels, their principal components, and the latents of each model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.analysis.intervals import mean_interval
from models.analysis.neighbours import agreeing
from models.analysis.pixels import PixelPca
from models.data.folder import PictureSet
from models.latent.projection import Pca
from models.manifest import Manifest, PointSet
from server.catalog import Catalog, Checkpoint
from server.errors import NotFound

Floats = NDArray[np.float32]

MEASURED = 2000
NEIGHBOURS = 10
COMPONENTS = 16
SEED = 0
PIXELS, COMPONENTS_NAME = "pixels", "pixels-pca"


@dataclass(frozen=True)
class Shared:
    """A data set and the encodings of it that models came with."""

    pictures: PictureSet
    latents: dict[str, Floats]  # by the model's id; rows are the set's first ones
    titles: dict[str, str]
    hashes: dict[str, str]  # of the files of the latents
    set_of: dict[str, str]  # the name of the set

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows that all of them encode, a random 2,000 where there are more, in order."""
        count = min([len(each) for each in self.latents.values()] or [self.pictures.info.count])
        order = np.random.Generator(np.random.PCG64(SEED)).permutation(count)
        return np.sort(order[:MEASURED]).astype(np.int64)


def shared(catalog: Catalog, data: str) -> Shared:
    """What the models know of a data set. Raises NotFound for one that no model shares."""
    pictures = catalog.picture_sets.get(data)
    users = _users(catalog, data)
    if pictures is None or not users:
        known = sorted(
            {spec.data for each in catalog.listed if each.manifest for spec in each.manifest.sets if spec.data}
        )
        raise NotFound(f"No model has pictures of {data!r}. Data sets: {', '.join(known) or 'none'}.", field="data")
    latents, titles, hashes, names = {}, {}, {}, {}
    for each, manifest, spec in users:
        rows = np.load(each.folder / spec.latents, allow_pickle=False)
        latents[each.id] = rows.reshape(len(rows), -1).astype(np.float32)
        titles[each.id] = manifest.title or each.id
        hashes[each.id], names[each.id] = manifest.files[spec.latents], spec.name
    return Shared(pictures, latents, titles, hashes, names)


def _users(catalog: Catalog, data: str) -> list[tuple[Checkpoint, Manifest, PointSet]]:
    """The models with a set of this data, in the order of the list, each with its first one."""
    found = []
    for each in catalog.listed:
        specs = [spec for spec in each.manifest.sets if spec.data == data] if each.manifest else []
        if each.manifest and specs:
            found.append((each, each.manifest, specs[0]))
    return found


def compare(
    pictures: PictureSet, rows: NDArray[np.int64], latents: dict[str, Floats]
) -> tuple[dict[str, Any], dict[str, Floats]]:
    """How well neighbours agree on the label in each representation of some rows, and a flat map (N, 2) of each.

    Distances are Euclidean; a map shows the first two principal components of the representation.
    """
    images, labels = pictures.images[rows], pictures.labels[rows]
    flat = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    pca = PixelPca.fit(images, COMPONENTS)
    components = pca.of(images)
    found = {PIXELS: flat, COMPONENTS_NAME: components, **latents}
    facts, maps = [], {}
    for name, features in found.items():
        agreed = mean_interval(agreeing(features, labels, NEIGHBOURS)) if len(pictures.info.classes) > 1 else None
        facts.append(
            {
                "name": name,
                "size": features.shape[1],
                "agreement": None if agreed is None else {"value": agreed.mean, "low": agreed.low, "high": agreed.high},
            }
        )
        # The components of pixels are those of the pictures: fitting 12,288 pixels again would give the same axes.
        maps[name] = _flat(components if name == PIXELS else features)
    chance = np.bincount(labels).max() / len(labels)
    return {"rows": rows.tolist(), "chance": float(chance), "explained": pca.explained, "representations": facts}, maps


def _flat(features: Floats) -> Floats:
    return Pca.fit(features, 2).project(features)
