"""Looks for the latent that draws an uploaded picture best, from several starts."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from models.latent import fidelity
from models.latent.inversion import Draw, Inversion, Search
from server.engine import class_arrays, translated
from server.errors import ExplorerError
from server.jobs.task import Report, Result, Task
from server.opened import OpenedModel

Floats = NDArray[np.float32]
PULL = 4e-3  # keeps the point about as far from the mean as draws are, and costs little: docs/architecture.md
DRAWS = 64  # of which the best are starts
DRAWN_STARTS = 3
CHUNK = 64  # pictures held at once
CURVE = 200  # points sent


def run(task: Task, report: Report) -> Result:
    """Parameters: space, steps, psi, noise_seed, conditions. Arrays: target (H, W, C) and, if known, encoded (D,)."""
    asked, opened = task.parameters, task.opened
    space, steps = asked["space"], asked["steps"]
    target = np.array(task.arrays["target"], np.float32)
    centre, spread, draws = _surroundings(opened, space)

    def draw(latents: Floats) -> Floats:
        with translated():
            parts = [
                opened.model.decode(
                    latents[first : first + CHUNK],
                    space=space,
                    conditions=class_arrays(asked["conditions"]),
                    psi=asked["psi"],
                    noise_seed=asked["noise_seed"],
                )
                for first in range(0, len(latents), CHUNK)
            ]
        return np.concatenate(parts)

    def told(best: Search, done: int) -> None:
        partial = {"latent": best.latent.tolist(), "error": best.error, "curve": _curve(best), "start": best.name}
        report(done / steps, "Looking for a better latent.", partial)

    report(0.0, "Choosing where to start.")
    starts = _starts(task.arrays.get("encoded"), centre, _best(draw, draws, target))
    found = Inversion(draw, target, centre, spread, pull=PULL).search(starts, steps, told)
    best = found[0]
    rank = opened.rank(best.latent[np.newaxis], space)
    answer = {
        "latent": best.latent.tolist(),
        "space": space,
        "error": best.error,
        "psnr": float(fidelity.psnr(best.error)) if best.error > 0 else None,
        "curve": _curve(best),
        "starts": [{"name": each.name, "before": each.first, "after": each.error} for each in found],
        "unusual": None if rank is None else {"percentile": rank.percentile, "distance": rank.distance},
        "conditions": asked["conditions"],
        "hash": opened.hash,
    }
    return Result(json.dumps(answer).encode(), "application/json", f"{task.model}-inversion.json")


def _starts(encoded: Floats | None, centre: Floats, drawn: Floats) -> list[Search]:
    starts = [] if encoded is None else [Search("encoder", np.array(encoded, np.float32))]
    starts.append(Search("mean", centre.copy()))
    return starts + [Search("draw", latent) for latent in drawn]


def _best(draw: Draw, draws: Floats, target: Floats) -> Floats:
    """The few draws whose pictures come nearest."""
    errors = np.square(draw(draws) - target).mean(axis=(1, 2, 3))
    return draws[np.argsort(errors)[:DRAWN_STARTS]]


def _surroundings(opened: OpenedModel, space: str) -> tuple[Floats, Floats, Floats]:
    """Where latents of the space lie: their mean (D,), their spread (D,), and some of them (DRAWS, D)."""
    size = opened.model.latent_size(space)
    try:
        if space == "z" and opened.model.default_space != "z":
            draws = opened.draw_z(8 * DRAWS, 0)
        else:
            draws = opened.draw(8 * DRAWS, 0)
    except ExplorerError:  # no prior and no data: nothing is known of where latents lie
        draws = np.random.Generator(np.random.PCG64(0)).standard_normal((8 * DRAWS, size)).astype(np.float32)
    draws = np.tile(draws, size // draws.shape[1])  # w+ is w for each layer
    spread = draws.std(axis=0)
    floor = max(1e-3, 0.05 * float(np.median(spread)))  # a dimension that the data hardly use may be used a little
    return draws.mean(axis=0), np.maximum(spread, floor), draws[:DRAWS]


def _curve(search: Search) -> list[float]:
    """The errors after each step, thinned out where there are very many."""
    every = -(-len(search.curve) // CURVE)
    return search.curve[::every]
