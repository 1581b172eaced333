"""Would torch make the geodesic faster? `python -m benchmarks.derivatives`.

A step of the geodesic needs the decoder's derivatives in every latent dimension at each point of the road. Turn by turn
in one run: central differences by onnxruntime, as the geodesic takes them, and forward-mode derivatives by torch, all
dimensions of a point at once; both on one thread, from the same ONNX file. The ratio is the result.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from benchmarks.report import keep, machine, table
from server.catalog import Catalog
from server.opened import OpenedModel
from server.runtimes import choose
from server.runtimes.torch import TorchGraph
from server.settings import ROOT

Floats = NDArray[np.float32]
MODELS = ("fashion-vae-16", "faces-beta-vae", "faces-vae")
ROUNDS = 12
STEP = 0.02  # as the geodesic's
CENTRAL, FORWARD = "onnxruntime, central differences", "torch, forward mode"


def drawing(graph: TorchGraph, latent: str, picture: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """The decoder as a function that can be differentiated: (1, D) -> its picture, flat, as the file lays it out."""

    def draw(row: torch.Tensor) -> torch.Tensor:
        return graph.forward([picture], {latent: row})[0].reshape(-1)

    return draw


def central(opened: OpenedModel, row: Floats) -> Floats:
    """Derivatives (D, P) of a latent (1, D), picture by picture in the file's layout (channels first)."""
    size = row.shape[1]
    offsets = STEP * np.eye(size, dtype=np.float32)
    pictures = opened.model.decode(np.concatenate([row + offsets, row - offsets])).transpose(0, 3, 1, 2)
    flat = pictures.reshape(2 * size, -1)
    return np.asarray((flat[:size] - flat[size:]) / np.float32(2 * STEP), np.float32)


def measure(name: str) -> tuple[dict[str, list[float]], float]:
    """Milliseconds a point of the road, and how far the two derivatives are apart, relative to their size."""
    opened = OpenedModel(Catalog(ROOT / "checkpoints"), choose("onnx", "cpu"), name)
    decoder = opened.manifest.decoder
    assert decoder is not None
    graph = TorchGraph(onnx.load(opened.folder / decoder.file), torch.device("cpu"))
    forward = torch.func.jacfwd(drawing(graph, decoder.input, decoder.output))
    random = np.random.default_rng(0)
    times: dict[str, list[float]] = {CENTRAL: [], FORWARD: []}
    apart = 0.0
    for turn in range(ROUNDS + 2):
        row = random.normal(size=(1, opened.model.latent_size())).astype(np.float32)
        start = time.perf_counter()
        differences = central(opened, row)
        between = time.perf_counter()
        derivatives = forward(torch.from_numpy(row)).reshape(-1, row.shape[1]).T.numpy()
        end = time.perf_counter()
        apart = max(apart, float(np.linalg.norm(derivatives - differences) / np.linalg.norm(differences)))
        if turn >= 2:  # the first ones warm up
            times[CENTRAL].append((between - start) * 1e3)
            times[FORWARD].append((end - between) * 1e3)
    return times, apart


def main() -> None:
    """Measure, print and keep."""
    torch.set_num_threads(1)
    parts = [f"`python -m benchmarks.derivatives` on {machine()}, torch {torch.__version__}; one thread each"]
    for name in MODELS:
        times, apart = measure(name)
        parts.append(f"{name}; the two differ by {100 * apart:.1f}%\n\n{table(times, CENTRAL)}")
    keep("derivatives", "\n\n".join(parts))


if __name__ == "__main__":
    main()
