"""What a mapping network is good for: W beside Z."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.analysis import perceptual
from models.analysis.probes import path_lengths, ridge_r2
from models.analysis.reader import reader
from models.evaluating.opened import SEED, Figures, Opened
from models.latent.samplers import sample

Floats = NDArray[np.float32]
DRAWN = 5000
FITTED = 4000
PATHS = 500


def w_against_z(opened: Opened) -> Figures:
    """How much of the numeric factors a line reads off z and off w, and the perceptual path length in each."""
    model, size = opened.model, opened.model.latent_size("z")
    z = sample("normal", size, DRAWN, SEED)
    w = model.map_to_w(z)
    seen = reader(opened.unbiased, opened.runs)(opened.pixels(w))
    names = [factor.name for factor in opened.test.factors if factor.kind != "categorical"]
    targets = np.stack([seen[name] for name in names], axis=1)
    from_z, from_w = (ridge_r2(codes, targets, FITTED) for codes in (z, w))
    distance = perceptual.load()

    def lengths(space: str) -> Floats:
        random = np.random.default_rng(SEED)
        starts, ends = (sample("normal", size, PATHS, SEED + seed) for seed in (1, 2))
        through = model.map_to_w if space == "w" else None

        def decode(latents: Floats) -> Floats:
            return model.decode(latents, space=space)

        return path_lengths(decode, distance, starts, ends, random, spherical=space == "z", map_to=through)

    return {
        "draws": DRAWN,
        "fitted": FITTED,
        "paths": PATHS,
        "r2": {name: {"z": float(a), "w": float(b)} for name, a, b in zip(names, from_z, from_w, strict=True)},
        "mean_r2": {"z": float(from_z.mean()), "w": float(from_w.mean())},
        "path_length": {"z": float(lengths("z").mean()), "w": float(lengths("w").mean())},
    }
