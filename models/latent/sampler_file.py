"""A fitted sampler as a file: a numpy archive with the arrays that `docs/model-format.md` lists, and no others."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.latent.fitted import Fitted, Gaussian, Mixture, Numbers, TwoStage

LIMIT = 64 << 20  # bytes of all arrays: far beyond any fit, near enough that a small file cannot ask for all memory
MAX_LAYERS = 8
Arrays = Mapping[str, Numbers]


def pack(sampler: Fitted) -> bytes:
    """The file's content; the same sampler gives the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **_arrays(sampler))
    return buffer.getvalue()


def load(path: Path, kind: str, size: int) -> Fitted:
    """The sampler of a file for latents of `size` numbers. ValueError, as a sentence, for a file that is none."""
    if kind not in _BUILD:
        raise ValueError(f"no sampler of the kind {kind!r} has a file; known: {', '.join(_BUILD)}")
    try:
        sampler = _BUILD[kind](_read(path))
    except (ValueError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as wrong:
        raise ValueError(f"{path.name} is not the file of a {kind} sampler: {wrong}") from wrong
    if sampler.size != size:
        raise ValueError(f"{path.name} draws latents of {sampler.size} numbers, but the model's have {size}")
    return sampler


def _arrays(sampler: Fitted) -> dict[str, NDArray[np.float32]]:
    match sampler:
        case Gaussian():
            found = {"mean": sampler.mean, "factor": sampler.factor}
        case Mixture():
            found = {"weights": sampler.weights, "means": sampler.means, "factors": sampler.factors}
        case TwoStage():
            found = {"noise": sampler.noise}
            for i, (weight, bias) in enumerate(sampler.layers):
                found |= {f"weight{i}": weight, f"bias{i}": bias}
    return {name: np.ascontiguousarray(array, np.float32) for name, array in found.items()}


def _read(path: Path) -> Arrays:
    """All arrays of an archive. Sizes are checked before memory is taken: a small zip may unpack to gigabytes."""
    found: dict[str, Numbers] = {}
    left = LIMIT
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            left -= entry.file_size
            if left < 0 or len(found) > 2 * MAX_LAYERS:
                raise ValueError(f"it holds more than {LIMIT >> 20} MB or more than {2 * MAX_LAYERS + 1} arrays")
            content = archive.read(entry)
            name = entry.filename.removesuffix(".npy")
            found[name] = _array(name, content)
    return found


def _array(name: str, content: bytes) -> Numbers:
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise ValueError(f"{name} is a numpy array of another version")
    shape, column_major, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.kind != "f" or column_major:
        raise ValueError(f"{name} must hold floats in C order, but holds {dtype}")
    values = np.frombuffer(content, dtype, offset=file.tell()).astype(np.float64)
    if not shape or min(shape) < 0 or values.size != math.prod(shape) or not np.isfinite(values).all():
        raise ValueError(f"{name} must hold an array of finite numbers, and says that it has the shape {shape}")
    return values.reshape(shape)


def _gaussian(arrays: Arrays) -> Gaussian:
    _expect(arrays, {"mean", "factor"})
    mean, factor = arrays["mean"], arrays["factor"]
    if mean.ndim != 1 or factor.ndim != 2 or len(factor) != len(mean) or not 1 <= factor.shape[1] <= len(mean):
        raise ValueError(f"mean must be (D,) and factor (D, R), but they are {mean.shape} and {factor.shape}")
    return Gaussian(mean, factor)


def _mixture(arrays: Arrays) -> Mixture:
    _expect(arrays, {"weights", "means", "factors"})
    weights, means, factors = arrays["weights"], arrays["means"], arrays["factors"]
    if means.ndim != 2 or factors.ndim != 3 or not means.size or weights.shape != means.shape[:1]:
        raise ValueError(f"weights must be (K,) and means (K, D), but they are {weights.shape} and {means.shape}")
    if factors.shape[:2] != means.shape or not 1 <= factors.shape[2] <= means.shape[1]:
        raise ValueError(f"factors must be (K, D, R), but are {factors.shape} for means of {means.shape}")
    if weights.min() < 0 or abs(weights.sum() - 1) > 1e-3:
        raise ValueError("weights must be shares, the sum of which is 1")
    return Mixture(weights / weights.sum(), means, factors)


def _two_stage(arrays: Arrays) -> TwoStage:
    depth = (len(arrays) - 1) // 2
    names = [(f"weight{i}", f"bias{i}") for i in range(depth)]
    _expect(arrays, {"noise", "weight0", "bias0", *(name for pair in names for name in pair)})
    layers = tuple((arrays[weight], arrays[bias]) for weight, bias in names)
    width = layers[0][0].shape[-1]
    for i, (weight, bias) in enumerate(layers):
        if weight.ndim != 2 or not weight.size or weight.shape != (len(bias), width) or bias.ndim != 1:
            raise ValueError(f"weight{i} and bias{i} do not fit what is before them: {weight.shape} and {bias.shape}")
        width = len(bias)
    noise = arrays["noise"]
    if noise.shape != (width,) or noise.min() < 0:
        raise ValueError(f"noise must be {width} numbers, none below 0")
    return TwoStage(layers, noise)


def _expect(arrays: Arrays, names: set[str]) -> None:
    if set(arrays) != names:
        raise ValueError(f"it must hold {', '.join(sorted(names))}, but holds {', '.join(sorted(arrays)) or 'nothing'}")


_BUILD: Mapping[str, Callable[[Arrays], Fitted]] = {
    "gaussian": _gaussian,
    "pca-gaussian": _gaussian,
    "mixture": _mixture,
    "two-stage": _two_stage,
}
