"""One picture a model: what each of its samplers draws, and held-out pictures above their reconstructions."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.evaluating.opened import Opened
from models.latent.samplers import sample

Pictures = NDArray[np.uint8]
COLUMNS = 16
SEED = 7
QUALITY = 88
SMALL = 48  # pixels below which a picture is shown twice as large


def rows(opened: Opened) -> list[tuple[str, Pictures]]:
    """What each row of the sheet shows, and its pictures (16, H, W, C) uint8: whatever the seed gives, unchosen."""
    found = []
    for sampler in opened.samplers:
        latents = opened.draws(sampler, COLUMNS, SEED)
        found.append((sampler.title, opened.pixels(latents)))
    if opened.manifest.latent.prior == "empirical":
        latents = sample("normal", opened.model.latent_size(), COLUMNS, SEED)
        found.append(("Draws from N(0, I), which is not its prior", opened.pixels(latents)))
    latents = opened.draws(opened.samplers[0], COLUMNS, SEED)
    for condition in opened.manifest.conditions:
        if condition.id == "class":
            turns = np.arange(COLUMNS) % condition.classes
            one = np.repeat(latents[:1], COLUMNS, axis=0)
            found.append(("One latent in each class", opened.pixels(one, turns)))
        else:
            for i, label in enumerate(condition.labels[:-1]):
                found.append(
                    (f"The first row's latents after {label}", opened.pixels(latents, conditions={condition.id: i}))
                )
    if opened.manifest.spaces is not None and opened.manifest.spaces.truncation:
        found.append(("The first row's latents, truncated to psi 0.7", opened.model.pixels(latents, psi=0.7)))
    found.append(("Held-out pictures", opened.test.images[:COLUMNS]))
    means = opened.encode(opened.test.images[:COLUMNS], opened.test.labels[:COLUMNS]).mean
    found.append(("Their reconstructions", opened.pixels(means, opened.test.labels[:COLUMNS])))
    return found


def sheet(pictures: list[Pictures]) -> bytes:
    """Rows of pictures as one WebP."""
    joined = np.concatenate([np.concatenate(list(row), axis=1) for row in pictures], axis=0)
    image = Image.fromarray(joined[..., 0] if joined.shape[-1] == 1 else joined)
    if pictures[0].shape[1] < SMALL:
        image = image.resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "webp", quality=QUALITY, method=6)
    return buffer.getvalue()
