"""LocalMAP (Wang, Sun, Huang and Rudin 2025, doi:10.1609/aaai.v39i20.35436) by its authors' pacmap."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from models.analysis.maps.listening import Report
from models.analysis.maps.pacmap import laid_out

Floats = NDArray[np.float32]


def fit(latents: Floats, dims: int, parameters: Mapping[str, float], seed: int, report: Report) -> Floats:
    """(N, D) -> (N, dims)."""
    report(None, "Loading the library.")
    from pacmap import LocalMAP

    return laid_out(LocalMAP, latents, dims, parameters, seed, report)
