"""Scores of disentanglement, from the codes of pictures whose factors are known. See docs/measures.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.analysis.disentanglement import beta_vae, dci, factor_vae, mig, sap
from models.analysis.disentanglement.factors import Floats, KnownFactors
from models.data.imageset import Factor
from models.latent.density import active_dimensions

TRAIN = 10_000  # pictures to train predictors on; the others judge them


def scores(
    codes: Floats, factors: Sequence[Factor], *, train: int = TRAIN, ambiguous: Sequence[str] = (), seed: int = 0
) -> dict[str, Any]:
    """All five scores of posterior means (N, K), ready for JSON.

    factors: of the same N pictures, each varying. `ambiguous` names those that a picture does not always show (the
    orientation of a square): they count as published, and MIG, SAP and DCI also stand without them. Raises ValueError
    for codes that are not finite, do not match the factors, or leave no picture beyond `train` to judge by.
    """
    codes = np.asarray(codes, np.float32)
    known = KnownFactors.of(factors)
    if codes.ndim != 2 or len(codes) != len(known.bins) or not np.isfinite(codes).all():
        raise ValueError(f"expected finite codes (N, K) of {len(known.bins)} pictures, got {codes.shape}")
    if not 0 < train < len(codes):
        raise ValueError(f"{len(codes)} pictures leave none to judge by after {train} to train on")
    random = np.random.default_rng(seed)
    kept = known.without(ambiguous)
    active = active_dimensions(codes)
    gaps, perfect, apart = mig.gaps(codes, known), mig.perfect(known), sap.gaps(codes, known, train)
    parts = dci.dci(codes, known, train, seed)
    chance = 1 / len(known.names)
    return {
        "protocol": "disentanglement",
        "pictures": len(codes),
        "train": train,
        "active": int(active.sum()),
        "ambiguous": list(ambiguous),
        "mig": {
            "value": _mean(gaps),
            "of_perfect_code": _mean(perfect),
            "normalised": _mean(gaps) / _mean(perfect),
            **_without(gaps, kept),
            "per_factor": _named(known, gaps),
        },
        "sap": {"value": _mean(apart), **_without(apart, kept), "per_factor": _named(known, apart)},
        "dci": {
            "disentanglement": parts.disentanglement,
            "completeness": parts.completeness,
            "informativeness": parts.informativeness,
            **_dci_without(parts, kept),
            "per_factor": _named(known, parts.per_factor),
        },
        "factor_vae": {"value": factor_vae.score(codes, known, active, random), "chance": chance},
        "beta_vae": {"value": beta_vae.score(codes, known, random), "chance": chance},
    }


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean())


def _without(values: NDArray[np.float64], kept: NDArray[np.bool_]) -> dict[str, float]:
    return {} if kept.all() else {"without_ambiguous": _mean(values[kept])}


def _dci_without(parts: dci.Dci, kept: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    if kept.all():
        return {}
    importance = parts.importance[:, kept]
    return {
        "without_ambiguous": {
            "disentanglement": dci.disentanglement(importance),
            "completeness": dci.completeness(importance),
            "informativeness": _mean(parts.per_factor[kept]),
        }
    }


def _named(known: KnownFactors, values: NDArray[np.float64]) -> dict[str, float]:
    return {name: float(value) for name, value in zip(known.names, values, strict=True)}
