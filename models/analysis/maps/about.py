"""What is said of a map, as the server's header X-Projection and as maps.json have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.analysis import trust
from models.data.folder import LABELS, PictureSet
from models.latent.projection import Pca

if TYPE_CHECKING:
    from models.analysis.maps import Fitted

Floats = NDArray[np.float32]
Document = dict[str, Any]
_FIGURES = ("trustworthiness", "kept", "neighbour_accuracy", "latent_accuracy", "chance")


def of_fitted(asked: Mapping[str, Any], made: Fitted, latents: Floats, labels: NDArray[np.int64] | None) -> Document:
    """Of a map fitted to latents (N, D); `asked` holds method, dims, settings, seed and control."""
    reduced = None if made.reduced is None else {"dims": made.reduced, "share": round(made.share, 4)}
    return _document(asked, trust.judge(latents, made.positions, labels), None, reduced)


def of_pca(
    asked: Mapping[str, Any],
    pca: Pca,
    latents: Floats,
    positions: Floats,
    labels: NDArray[np.int64] | None,
    most: int = trust.MOST,
) -> Document:
    """Of a PCA map of latents (N, D), with the share of the variance on each axis; at most so many are compared."""
    return _document(asked, trust.judge(latents, positions, labels, most), _explained(pca), None)


def of_pca_at_once(asked: Mapping[str, Any], pca: Pca) -> Document:
    """The same before anybody has looked how far to trust it, which takes longer than the map."""
    return _document(asked, None, _explained(pca), None)


def _explained(pca: Pca) -> list[float]:
    return [round(float(share), 4) for share in pca.explained]


def _document(
    asked: Mapping[str, Any], found: trust.Trust | None, explained: list[float] | None, reduced: Document | None
) -> Document:
    return {
        "method": asked["method"],
        "dims": asked["dims"],
        "parameters": dict(asked["settings"]),
        "seed": asked["seed"],
        "explained": explained,
        "reduced": reduced,
        "trust": None if found is None else _trust(asked, found, explained),
        "control": asked["control"],
    }


def _trust(asked: Mapping[str, Any], found: trust.Trust, explained: list[float] | None) -> Document:
    total = None if explained is None else sum(explained)
    told = trust.sentence(found, linear=explained is not None, explained=total, control=asked["control"])
    rounded = {name: None if (value := getattr(found, name)) is None else round(value, 4) for name in _FIGURES}
    return {**rounded, "judged": found.judged, "points": found.points, "sentence": told}


def labels_of(pictures: PictureSet | None, count: int) -> NDArray[np.int64] | None:
    """The class of each of the first `count` points (N,), -1 where it is not known; None without classes."""
    if pictures is None or len(pictures.info.classes) < 2:
        return None
    return pictures.labels[:count]


def labels_hash(pictures: PictureSet | None) -> str:
    """A name for the labels, "" without any."""
    if pictures is None or len(pictures.info.classes) < 2:
        return ""
    return pictures.info.files[LABELS][:16]
