"""The class of each row of a set, and where the pictures of one class lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.latent.fitted import Gaussian
from server.errors import Unsupported

if TYPE_CHECKING:
    from server.opened import OpenedModel, Points

SNAPSHOT = "snapshot"  # the condition that steps through a training; the last step is the finished model
MOST_ENCODED = 500  # pictures whose posteriors are looked at for their mean variance
MOST_DIMENSIONS = 2048  # beyond them a covariance is no longer a matter of a second


def row_classes(opened: OpenedModel, points: Points) -> dict[str, NDArray[np.int64]]:
    """The class of each row, (N,) by the condition's id: its label where the condition has the set's classes.

    Every other condition has its default for all rows; which step of a training it is, no picture says.
    """
    count = len(points.latents)
    found = {name: np.full(count, index, np.int64) for name, index in opened.default_conditions.items()}
    if points.own is not None and points.pictures is not None:
        return by_name(opened, points.pictures.labels, points.pictures.info.classes)[0]
    if points.pictures is not None:
        labels, classes = points.pictures.labels[:count], points.pictures.info.classes
        for condition in opened.manifest.conditions:
            if condition.id != SNAPSHOT and condition.classes == len(classes) > 0:
                known = (labels >= 0) & (labels < condition.classes)
                found[condition.id] = np.where(known, labels, found[condition.id])
    return found


def by_name(
    opened: OpenedModel, labels: NDArray[np.signedinteger[Any]], names: Sequence[str]
) -> tuple[dict[str, NDArray[np.int64]], NDArray[np.bool_]]:
    """The class of each picture (N,) by the condition's id, from labels (N,) into `names` that a person gave.

    A label counts where the model has a class of that name, in capitals or not; every other picture has the default
    class. Also whether each picture's label counted for all conditions but the step of a training.
    """
    found = {name: np.full(len(labels), index, np.int64) for name, index in opened.default_conditions.items()}
    sure = np.ones(len(labels), bool)
    for condition in opened.manifest.conditions:
        if condition.id == SNAPSHOT:
            continue
        places = {label.strip().casefold(): index for index, label in enumerate(condition.labels)}
        table = np.array([places.get(name.strip().casefold(), -1) for name in names] + [-1], np.int64)
        known = table[labels]  # a label of -1 takes the last place
        found[condition.id] = np.where(known >= 0, known, found[condition.id])
        sure &= known >= 0
    return found, sure


def class_gaussian(opened: OpenedModel, label: int) -> Gaussian:
    """The normal distribution of the default set's rows of one class; of a VAE, with their posteriors' own variance.

    Posterior means alone have no spread in the dimensions that a VAE leaves unused, and too little in the others.
    Raises Unsupported where the class has fewer than three rows, or the space too many dimensions.
    """
    points = opened.points()
    labels = points.pictures.labels[: len(points.latents)] if points.pictures else np.zeros(0, np.int64)
    rows = np.flatnonzero(labels == label)
    if len(rows) < 3:
        raise Unsupported("Too few encoded pictures have this class.", field="sampler")
    if points.latents.shape[1] > MOST_DIMENSIONS or points.spec.space != opened.model.default_space:
        raise Unsupported("A class has no distribution of its own in this model's space.", field="sampler")
    return Gaussian.fit(points.latents[rows], _mean_variance(opened, points, rows[:MOST_ENCODED]))


def _mean_variance(opened: OpenedModel, points: Points, rows: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Mean over some rows of the posterior's variance, (D,); None where the model has no posterior or no pictures."""
    encoder, pictures = opened.manifest.encoder, points.pictures
    if encoder is None or encoder.logvar is None or pictures is None:
        return None
    images = pictures.images[rows].astype(np.float32) / np.float32(255)
    given = {name: values[rows] for name, values in row_classes(opened, points).items()}
    logvar = opened.model.encode(images, conditions=given).logvar
    return None if logvar is None else np.asarray(np.exp(logvar.astype(np.float64)).mean(0), np.float64)
