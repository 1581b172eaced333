"""What a debiasing VAE does for the rare group: each seed's errors by group, and how often its draws show it.

From the trainings and not from the folder, which holds one seed and no head. What the folder's metrics.json says of a
seed whose training is gone stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.analysis.reader import Reader, reader
from models.data import ImageSet
from models.data.faces import DARK
from models.evaluating import store
from models.evaluating.opened import CHUNK, NOBODY, SEED, Figures, Opened
from models.latent.samplers import sample
from models.nets.face64 import Face64Encoder
from models.seeds import spread
from models.train import run_folder
from models.training import resampling, state
from models.training.recipe import Recipe
from models.training.tasks import CPU, trained
from models.training.tasks.common import unit
from models.training.tasks.debiasing import RARE, Draws

DRAWN = 5000
Values = NDArray[np.float32]


def groups(opened: Opened) -> Figures:
    """Every seed of the recipe that is trained or was, and the spread of what is compared with the twin.

    Raises FileNotFoundError when there is none.
    """
    recipe, look = opened.recipe, reader(opened.unbiased, opened.runs)
    folders = {seed: run_folder(recipe, opened.runs, seed) for seed in recipe.seeds or (recipe.seed,)}
    state_file = f"{recipe.stages[0].name}/state.safetensors"
    known = store.figures(opened.folder).get("groups", {}).get("seeds", {})
    found = {seed: known[seed] for seed in map(str, folders) if seed in known}
    found |= {
        str(seed): scored(recipe, folder, opened.train, opened.test, look)
        for seed, folder in folders.items()
        if (folder / state_file).exists()
    }
    if not found:
        raise FileNotFoundError(f"{recipe.id} has no training with one of the seeds {', '.join(map(str, folders))}.")
    names = [name for name, value in next(iter(found.values())).items() if isinstance(value, float)]
    return {
        "pictures": len(opened.test.images),
        "draws": DRAWN,
        "dark_from": DARK,
        "spread": {name: spread([scores[name] for scores in found.values()]) for name in names},
        "seeds": found,
    }


@torch.inference_mode()
def scored(recipe: Recipe, folder: Path, train: ImageSet, test: ImageSet, look: Reader) -> Figures:
    """One seed's figures: shares in [0, 1], squared errors of pictures in [0, 1]. Raises DamagedState."""
    encoder, decoder = trained(recipe, folder, "encoder"), trained(recipe, folder, "decoder")
    if not isinstance(encoder, Face64Encoder):
        raise TypeError(f"{recipe.id} has an encoder without a head, so it cannot be asked what a face is.")
    logits, errors = [], []
    for start in range(0, len(test.images), CHUNK):
        x = unit(test.images, torch.arange(start, min(start + CHUNK, len(test.images))), CPU)
        code, judged = encoder.judged(x)
        drawn = torch.sigmoid(decoder(code[:, : recipe.latent]))
        logits.append(judged)
        errors.append((drawn - x).square().mean((1, 2, 3)))
    is_face, error = torch.cat(logits).numpy() > 0, torch.cat(errors).numpy()
    figures = by_group(is_face, error, test.labels, test.classes)
    z = torch.from_numpy(sample("normal", recipe.latent, DRAWN, SEED))
    drawn = torch.cat([torch.sigmoid(decoder(rows)) for rows in torch.split(z, CHUNK)])
    pixels = (drawn * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return (
        figures | {"dark_share_of_draws": float((look(pixels)["skin"] >= DARK).mean())} | _draws(recipe, folder, train)
    )


def by_group(is_face: NDArray[np.bool_], error: Values, labels: NDArray[np.int64], names: Sequence[str]) -> Figures:
    """Mean error and share of wrong answers of each group, whose label 0 is pictures without a face."""
    found = {}
    for label, name in enumerate(names):
        chosen, short = labels == label, name.split()[0]
        wrong = is_face[chosen] if label == NOBODY else ~is_face[chosen]
        found[f"{short}_misjudged"] = float(wrong.mean())
        if label != NOBODY:
            found[f"{short}_error"] = float(error[chosen].mean(dtype=np.float64))
    return found


def _draws(recipe: Recipe, folder: Path, train: ImageSet) -> Figures:
    """How the last histogram would have the faces drawn: the rare group's probability, beside its share."""
    rare = train.factor(RARE).values[train.labels != NOBODY] == 1
    draws = Draws(len(rare))
    state.restore(folder / recipe.stages[0].name / "state.safetensors", "draws", draws)
    probability = draws.probability.numpy()
    return {
        "dark_share_of_faces": float(rare.mean()),
        "dark_share_after_resampling": float(probability[rare].sum()),
        "effective_share": resampling.effective_share(probability),
    }
