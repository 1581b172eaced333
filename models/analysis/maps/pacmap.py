"""PaCMAP (Wang, Huang, Rudin and Shaposhnik 2021, JMLR 22) by its authors' pacmap."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.analysis.maps.listening import Report, printed

Floats = NDArray[np.float32]


def fit(latents: Floats, dims: int, parameters: Mapping[str, float], seed: int, report: Report) -> Floats:
    """(N, D) -> (N, dims)."""
    report(None, "Loading the library.")
    from pacmap import PaCMAP

    return laid_out(PaCMAP, latents, dims, parameters, seed, report)


def laid_out(
    made: Any, latents: Floats, dims: int, parameters: Mapping[str, float], seed: int, report: Report
) -> Floats:
    """By one of the package's two classes."""
    logging.getLogger("pacmap.pacmap").setLevel(logging.ERROR)  # it warns of every seed and of 3-D
    report(None, "Looking for neighbours.")
    mapping = made(
        n_components=dims,
        n_neighbors=int(parameters["neighbours"]),
        MN_ratio=parameters["mn_ratio"],
        FP_ratio=parameters["fp_ratio"],
        random_state=seed,
        verbose=True,  # it tells how far it is in no other way
    )
    steps = sum(mapping.num_iters)
    with printed(r"Iteration: +(\d+)", lambda step: report(min(1.0, step / steps), "Laying the points out.")):
        found: Floats = mapping.fit_transform(latents, save_pairs=False)
    return found
