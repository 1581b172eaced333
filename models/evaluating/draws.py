"""What a model draws, one entry for each of its samplers."""

from __future__ import annotations

import numpy as np

from models.analysis import coverage, features, fid, neighbours
from models.analysis.features import Extractor, cached
from models.analysis.instrument import classifier
from models.evaluating.opened import NOBODY, Figures, Labels, Opened, Pictures

COMPARED = 2000  # draws of each sampler, and as many held-out pictures
CLASSIFIED = 10_000  # draws whose class is read


def sample_quality(opened: Opened) -> Figures:
    """Frechet and kernel distance, precision and recall in EfficientNet-Lite0's features; beside them two floors.

    `floor`: training pictures in the place of draws. `reconstructions`: held-out pictures that came back.
    """
    look = features.efficientnet_extractor()
    folder = opened.runs / "_features"
    count = min(COMPARED, len(opened.likely))
    real = cached(look, opened.likely[:count], folder)
    floor = opened.train.images
    if opened.recipe.kind == "dbvae":
        floor = floor[opened.train.labels != NOBODY]
    return {
        "features": look.name,
        "draws": count,
        "real": count,
        "floor": _compared(real, cached(look, np.asarray(floor[:count]), folder)),
        "reconstructions": _compared(real, look(_redrawn(opened, count))),
        "samplers": {
            each.name: {"title": each.title} | _compared(real, look(opened.pixels(opened.draws(each, count))))
            for each in opened.samplers
        },
    }


def class_coverage(opened: Opened) -> Figures:
    """Which classes a classifier sees in the draws of each sampler, and of each snapshot of a generator."""
    look = classifier(opened.recipe.dataset, opened.runs)
    test = opened.test
    _, seen = look(test.images.astype(np.float32) / np.float32(255))
    figures: Figures = {
        "draws": CLASSIFIED,
        "classifier_accuracy": float((seen == test.labels).mean()),
        "entropy_of_equal_shares": float(np.log(len(test.classes))),
        "samplers": {},
    }
    count = len(test.classes)
    for each in opened.samplers:
        pictures = opened.pixels(opened.draws(each, CLASSIFIED))
        figures["samplers"][each.name] = _classes(look(pictures.astype(np.float32) / np.float32(255))[1], count)
    snapshots = next((each for each in opened.manifest.conditions if each.id == "snapshot"), None)
    if snapshots is not None:
        latents = opened.draws(opened.samplers[0], CLASSIFIED // 5)
        figures["snapshots"] = {
            label: _classes(
                look(opened.pixels(latents, conditions={"snapshot": i}).astype(np.float32) / np.float32(255))[1], count
            )
            for i, label in enumerate(snapshots.labels)
        }
    return figures


def class_obedience(opened: Opened) -> Figures:
    """Share of draws that a classifier reads as the class that was asked for, all classes equally often."""
    look = classifier(opened.recipe.dataset, opened.runs)
    labels = np.arange(CLASSIFIED) % len(opened.test.classes)
    pictures = opened.pixels(opened.draws(opened.samplers[0], CLASSIFIED), labels)
    right = look(pictures.astype(np.float32) / np.float32(255))[1] == labels
    _, seen = look(opened.test.images.astype(np.float32) / np.float32(255))
    return {
        "draws": CLASSIFIED,
        "sampler": opened.samplers[0].name,
        "classifier_accuracy": float((seen == opened.test.labels).mean()),
        "accuracy": float(right.mean()),
        "per_class": [round(float(right[labels == each].mean()), 4) for each in range(len(opened.test.classes))],
    }


def published_distance(opened: Opened) -> Figures:
    """The Frechet distance of published figures: Inception's pool3, 10,000 pictures a side where there are as many.

    Of the prior and the mixture (else of the first sampler), of reconstructions of a VAE, and the floor.
    """
    look = features.inception_extractor()
    folder = opened.runs / "_features"
    count = min(CLASSIFIED, len(opened.likely))
    real = cached(look, opened.likely[:count], folder)
    names = [each.name for each in opened.samplers if each.kind in ("prior", "mixture")] or [opened.samplers[0].name]
    if opened.manifest.kind == "pca":
        names = ["gaussian"]
    floor = cached(look, np.asarray(opened.train.images[:count]), folder)
    figures: Figures = {
        "features": "Inception pool3 (TensorFlow 2015), bfloat16, legacy bilinear resize",
        "draws": count,
        "real": count,
        "floor": fid.frechet(real, floor),
        "samplers": {name: fid.frechet(real, _kept(look, opened, name, count)) for name in names},
    }
    if opened.recipe.variational:
        figures["reconstructions"] = fid.frechet(real, cached(look, _redrawn(opened, count), folder))
    return figures


def _kept(look: Extractor, opened: Opened, name: str, count: int) -> features.Floats:
    return cached(look, opened.pixels(opened.draws(opened.sampler(name), count)), opened.runs / "_features")


def _redrawn(opened: Opened, count: int) -> Pictures:
    redrawn: Pictures = opened.redrawn
    return (redrawn[opened.test.labels != NOBODY] if opened.recipe.kind == "dbvae" else redrawn)[:count]


def _compared(real: features.Floats, fake: features.Floats) -> Figures:
    precision, recall = neighbours.precision_recall(real, fake)
    return {
        "fid": fid.frechet(real, fake),
        "kid": fid.kernel_distance(real, fake),
        "precision": precision,
        "recall": recall,
    }


def _classes(found: Labels, count: int) -> Figures:
    shares = coverage.class_histogram(found, count)
    return {
        "entropy": coverage.entropy(shares),
        "missing": int((shares < 0.1 / count).sum()),
        "shares": [round(float(share), 4) for share in shares],
    }
