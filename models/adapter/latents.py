"""Between latents as rows, (N, D) float32, and the latent tensors of a graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.adapter.errors import BadInput, GraphMismatch
from models.adapter.graph import Array
from models.manifest import NoiseInput, OutputSlice

Floats = NDArray[np.float32]


def as_rows(latents: Array, size: int, what: str) -> Floats:
    """(N, size) float32, or BadInput."""
    rows = np.asarray(latents, np.float32)
    if rows.ndim != 2 or rows.shape[1] != size:
        raise BadInput(f"{what} must have {size} values a row, but the shape given is {rows.shape}.")
    return rows


def cut(output: Array, rows: int, wanted: OutputSlice, shape: tuple[int, ...], channel_axis: int) -> Floats:
    """An encoder's output, batch axis first -> (rows, D) float32, row-major over `shape`, the latent's shape.

    A slice is taken along `channel_axis` of `shape` when the output has as many axes, else (a flat vector, or one with
    axes of length one behind it) along the first axis after the batch.
    """
    axis = 1 + channel_axis if output.ndim == 1 + len(shape) else 1
    size = int(np.prod(shape))
    promised = f"{rows} x {size} values"
    if output.ndim < 2 or len(output) != rows:
        raise GraphMismatch(f'The encoder\'s output "{wanted.output}" has shape {output.shape}, expected {promised}.')
    part = output[(slice(None),) * axis + (slice(wanted.start, wanted.stop, wanted.step),)]
    if part.size != rows * size:
        raise GraphMismatch(
            f'The encoder\'s output "{wanted.output}" of shape {output.shape} has {part.size} values '
            f"after the slice, expected {promised}."
        )
    return part.reshape(rows, size).astype(np.float32)


def noise(wanted: NoiseInput, index: int, seed: int | None, rows: int) -> Floats:
    """Standard normal noise for one input, PCG64, or zeros without a seed; the same for every row, so that an answer
    depends on no neighbour."""
    if seed is None:
        values = np.zeros(wanted.shape, np.float32)
    elif seed < 0:
        raise BadInput(f"noise_seed must not be negative, but is {seed}.")
    else:
        generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, index])))
        values = generator.standard_normal(wanted.shape, dtype=np.float32)
    return np.broadcast_to(values, (rows, *wanted.shape)) if wanted.batched else values
