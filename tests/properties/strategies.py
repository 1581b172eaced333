"""What Hypothesis draws from: latents and sets of latents of moderate size."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

Floats = NDArray[np.float32]

COORDINATES = st.floats(-50, 50, width=32)
SEEDS = st.integers(0, 2**32 - 1)


def latents(size: int) -> st.SearchStrategy[Floats]:
    """One latent (size,)."""
    return npst.arrays(np.float32, (size,), elements=COORDINATES)


@st.composite
def pairs(draw: st.DrawFn, most: int = 24) -> tuple[Floats, Floats]:
    """Two latents of one size."""
    size = draw(st.integers(1, most))
    return draw(latents(size)), draw(latents(size))


def gaussian_set(seed: int, count: int, size: int) -> Floats:
    """A set of latents (count, size) that is like an encoder's: correlated, with spreads from 0.1 to 3."""
    generator = np.random.default_rng(seed)
    mixing = generator.standard_normal((size, size)) * np.geomspace(0.1, 3, size)
    return (generator.standard_normal((count, size)) @ mixing + generator.standard_normal(size)).astype(np.float32)
