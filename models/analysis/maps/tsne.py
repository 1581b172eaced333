"""t-SNE (van der Maaten and Hinton 2008) by openTSNE.

Many points in 2-D by FFT (Linderman et al. 2019), few of them, and 3-D, by Barnes-Hut (van der Maaten 2014).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.analysis.maps.listening import Report
from models.analysis.nearest import nearest

Floats = NDArray[np.float32]
EARLY, LATE, EVERY = 250, 500, 10  # steps as openTSNE takes them by itself, and how often it tells
FEW = 2500  # points below which Barnes-Hut is the faster one in 2-D, too


def fit(latents: Floats, dims: int, parameters: Mapping[str, float], seed: int, report: Report) -> Floats:
    """(N, D) -> (N, dims)."""
    report(None, "Loading the library.")
    from openTSNE import TSNE
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    report(None, "Looking for neighbours.")
    perplexity = parameters["perplexity"]
    count = max(1, min(len(latents) - 1, int(3 * perplexity)))
    rows, distances = nearest(latents, count)
    steps = 0

    def tell(*_: object) -> bool:
        nonlocal steps
        steps += EVERY
        report(min(1.0, steps / (EARLY + LATE)), "Laying the points out.")
        return False  # go on

    made = TSNE(
        n_components=dims,
        perplexity=perplexity,
        exaggeration=parameters["exaggeration"],
        early_exaggeration_iter=EARLY,
        n_iter=LATE,
        neighbors=PrecomputedNeighbors(rows, distances.astype(np.float64)),
        negative_gradient_method="fft" if dims == 2 and len(latents) >= FEW else "bh",
        random_state=seed,
        n_jobs=1,
        callbacks=tell,
        callbacks_every_iters=EVERY,
    )
    return np.asarray(made.fit(latents.astype(np.float64)), np.float32)
