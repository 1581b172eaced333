"""UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426) by umap-learn."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.analysis.maps.listening import Lines, Report
from models.analysis.nearest import nearest

Floats = NDArray[np.float32]


def fit(latents: Floats, dims: int, parameters: Mapping[str, float], seed: int, report: Report) -> Floats:
    """(N, D) -> (N, dims). The neighbours are faiss's: umap-learn's own search compiles for over a minute."""
    report(None, "Loading the library.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # it misses TensorFlow, for a method that is not used here
        from umap import UMAP
    report(None, "Looking for neighbours.")
    count = int(parameters["neighbours"])
    rows, distances = nearest(latents, count - 1)
    # As umap-learn counts, a point is the first of its own neighbours.
    own = np.arange(len(latents))[:, np.newaxis]
    indices = np.concatenate([own, rows], axis=1).astype(np.int32)
    lengths = np.concatenate([np.zeros((len(latents), 1)), distances], axis=1).astype(np.float32)
    report(0.0, "Laying the points out; in a new process this starts with half a minute of getting ready.")
    told = Lines(r"(\d+(?:\.\d+)?)%", lambda percent: report(percent / 100, "Laying the points out."))
    bar = {"disable": False, "file": told, "bar_format": "{percentage:3.1f}%", "mininterval": 0.2}
    made = UMAP(
        n_components=dims,
        n_neighbors=count,
        min_dist=parameters["min_dist"],
        random_state=seed,
        n_jobs=1,
        precomputed_knn=(indices, lengths),
        force_approximation_algorithm=True,  # else it computes all distances of a small set again
        tqdm_kwds=bar,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*precomputed_knn.*")  # it says that new points need its own search
        warnings.filterwarnings("ignore", message=".*n_jobs value.*")
        found: Floats = made.fit_transform(latents)
    return found
