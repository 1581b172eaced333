"""What a generator covers of its data: which real pictures its samples reach, and which kinds it draws how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.analysis.coverage import class_histogram, entropy
from models.analysis.neighbours import label_agreement, nearest_majority
from models.analysis.pixels import PixelPca
from models.analysis.reach import K, Real
from server.classes import SNAPSHOT
from server.engine import translated
from server.errors import Unsupported
from server.opened import OpenedModel, Points

Floats = NDArray[np.float32]
Pictures = NDArray[np.uint8]
Tell = Callable[[float], object]

REAL = 4000  # rows of the set that are judged
COMPONENTS = 50
NEIGHBOURS = 10
KEPT = 1000  # samples whose encodings are kept, to be shown on a map
MISSING = 0.1  # of a class's share among the real pictures
SEED = 0
_ROWS = 200


@dataclass(frozen=True)
class Covered:
    """A document of figures, and per step of the training (or the one there is) what was reached by which samples."""

    document: dict[str, Any]
    reached: NDArray[np.bool_]  # (S, N)
    samples: Floats  # (S, KEPT, D) encodings of drawn pictures


def real_set(opened: OpenedModel) -> Points:
    """The first set of originals in the model's own form. Raises Unsupported for a model that has nothing to compare.

    It needs a decoder, a sampler, an encoder and real pictures.
    """
    manifest = opened.manifest
    if manifest.decoder is None or manifest.encoder is None or not opened.samplers:
        raise Unsupported("Coverage needs a model that draws samples and can encode pictures.")
    image = (manifest.image.height, manifest.image.width, manifest.image.channels)
    for spec in manifest.sets:
        points = opened.points(spec.name)
        if points.pictures is not None and points.pictures.images.shape[1:] == image and len(points.latents) >= 4 * K:
            return points
    raise Unsupported("Coverage needs real pictures beside the model, and it came with none.")


def versions(opened: OpenedModel) -> dict[str, Any]:
    """What decides the result beside the graphs. Raises as `real_set`."""
    points = real_set(opened)
    assert points.pictures is not None  # noqa: S101 (real_set has seen to it)
    return {
        "set": points.spec.name,
        "latents": points.hash,
        "pictures": dict(points.pictures.info.files),
        "sampler": opened.samplers[0].name,
        "files": {sampler.name: opened.manifest.files.get(sampler.file or "") for sampler in opened.samplers},
        "seed": SEED,
    }


def cover(opened: OpenedModel, tell: Tell = lambda share: None) -> Covered:
    """Judge all steps of the training. Features are the first 50 principal components of the real pictures' pixels."""
    points = real_set(opened)
    assert points.pictures is not None  # noqa: S101
    count = min(REAL, len(points.latents))
    images, labels = points.pictures.images[:count], points.pictures.labels[:count]
    classes = points.pictures.info.classes
    pca = PixelPca.fit(images, COMPONENTS)
    features = pca.of(images)
    real = Real(features)
    tell(0.1)
    judged = _classes(features, labels, classes)
    steps = _steps(opened)
    latents = opened.draw(count // 2, SEED)
    found, reached, kept = [], [], []
    for index, (label, condition) in enumerate(steps):
        start, share = 0.1 + 0.9 * index / len(steps), 0.9 / len(steps)
        drawn = _drawn(opened, latents, condition)
        tell(start + 0.5 * share)
        samples = pca.of(drawn)
        here = real.reached(samples)
        reached.append(here)
        kept.append(_encoded(opened, drawn[:KEPT], condition))
        found.append({"label": label, "coverage": float(here.mean()), **judged(samples, here)})
        tell(start + share)
    document = {
        "set": points.spec.name,
        "features": f"the first {len(pca.components)} principal components of the pixels",
        "explained": round(pca.explained, 4),
        "real": count,
        "samples": len(latents),
        "sampler": opened.samplers[0].title or opened.samplers[0].name,
        "k": K,
        "ceiling": float(real.by_data.mean()),
        "classifier": label_agreement(features, labels, NEIGHBOURS) if len(classes) > 1 else None,
        "steps": found,
        "hash": opened.hash,
    }
    return Covered(document, np.stack(reached), np.stack(kept))


def _steps(opened: OpenedModel) -> list[tuple[str, int | None]]:
    """The steps of the training that the model can be set to, with their names; the one there is where it cannot."""
    for condition in opened.manifest.conditions:
        if condition.id == SNAPSHOT:
            names = condition.labels or tuple(str(index) for index in range(condition.classes))
            return [(names[index], index) for index in range(condition.classes)]
    return [("", None)]


def _given(opened: OpenedModel, count: int, snapshot: int | None) -> dict[str, NDArray[np.int64]]:
    """The condition of each sample: classes take turns."""
    found = {}
    for condition in opened.manifest.conditions:
        if condition.id == SNAPSHOT:
            found[condition.id] = np.full(count, snapshot if snapshot is not None else condition.classes - 1, np.int64)
        else:
            found[condition.id] = np.arange(count, dtype=np.int64) % condition.classes
    return found


def _drawn(opened: OpenedModel, latents: Floats, snapshot: int | None) -> Pictures:
    given = _given(opened, len(latents), snapshot)
    parts = []
    for first in range(0, len(latents), _ROWS):
        rows = slice(first, first + _ROWS)
        with translated():
            conditions = {name: values[rows] for name, values in given.items()}
            parts.append(opened.model.pixels(latents[rows], conditions=conditions))
    return np.concatenate(parts)


def _encoded(opened: OpenedModel, drawn: Pictures, snapshot: int | None) -> Floats:
    """Where the encoder puts what was drawn: beside the real pictures, which it has put where they are."""
    takes = opened.model.needs("encoder")
    given = {name: values for name, values in _given(opened, len(drawn), snapshot).items() if name in takes}
    parts = []
    for first in range(0, len(drawn), _ROWS):
        rows = slice(first, first + _ROWS)
        with translated():
            images = drawn[rows].astype(np.float32) / np.float32(255)
            parts.append(opened.model.encode(images, conditions={k: v[rows] for k, v in given.items()}).mean)
    return np.concatenate(parts).reshape(len(drawn), -1).astype(np.float32)


def _classes(
    features: Floats, labels: NDArray[np.int64], names: tuple[str, ...]
) -> Callable[[Floats, NDArray[np.bool_]], dict[str, Any]]:
    """What judges the classes of samples: that of the most of their 10 nearest real pictures."""

    def judge(samples: Floats, reached: NDArray[np.bool_]) -> dict[str, Any]:
        if len(names) < 2:
            return {"entropy": None, "classes": []}
        known = class_histogram(labels, len(names))
        drawn = class_histogram(nearest_majority(samples, features, labels, NEIGHBOURS), len(names))
        classes = [
            {
                "name": name,
                "coverage": float(reached[labels == index].mean()) if known[index] else None,
                "real": float(known[index]),
                "drawn": float(drawn[index]),
                "missing": bool(known[index] > 0 and drawn[index] < MISSING * known[index]),
            }
            for index, name in enumerate(names)
        ]
        return {"entropy": entropy(drawn), "classes": classes}

    return judge
