"""The FactorVAE score (Kim and Mnih 2018, arXiv:1802.05983)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.analysis.disentanglement.factors import FixedFactor, Floats, Integers, KnownFactors

BATCH = 64  # pictures that share a factor
VOTES = 5000  # to learn from, and as many again to be judged by


def score(
    codes: Floats, known: KnownFactors, active: NDArray[np.bool_], random: np.random.Generator, votes: int = VOTES
) -> float:
    """Accuracy of naming the fixed factor from the dimension that varies least; chance is 1 / F, not 0.

    codes (N, K), active (K,): dimensions that carry nothing do not vote. A vote is the dimension whose variance over 64
    pictures, relative to that over all, is least; the majority of `votes` votes names a dimension's factor. Without an
    active dimension there is nothing to vote with: the score is chance.
    """
    count = len(known.names)
    if not active.any():
        return 1 / count
    used = codes[:, active] / codes[:, active].std(axis=0)
    learnt, judged = (_table(used, known, votes, random) for _ in range(2))
    return float(judged[np.arange(len(judged)), learnt.argmax(axis=1)].sum() / judged.sum())


def _table(codes: Floats, known: KnownFactors, votes: int, random: np.random.Generator) -> Integers:
    """How often each dimension varied least when each factor was fixed, (K, F)."""
    table = np.zeros((codes.shape[1], len(known.names)), np.int64)
    for f, share in enumerate(random.multinomial(votes, np.full(len(known.names), 1 / len(known.names)))):
        rows = FixedFactor(known.bins[:, f]).batches(int(share), BATCH, random)
        dimensions = codes[rows].var(axis=1).argmin(axis=1)
        table[:, f] = np.bincount(dimensions, minlength=codes.shape[1])
    return table
