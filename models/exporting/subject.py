"""The model of a folder in the making, asked in bulk: each picture with its class, a generator at its last snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.adapter import Model, Posterior
from models.exporting import graphs
from models.manifest import Manifest

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
CHUNK = 500  # pictures a pass


class Subject:
    """`models.adapter.Model` over graphs that are still bytes, with all conditions given."""

    def __init__(self, manifest: Manifest, contents: Mapping[str, bytes], mean_w: Floats | None) -> None:
        """`contents` by file name; `mean_w` where the model has a w."""
        loaded = {name: _Graph(content) for name, content in contents.items() if name.endswith(".onnx")}
        arrays = {} if mean_w is None else {"w_mean.npy": mean_w}
        self.model = Model(manifest, loaded, arrays)
        self.conditions = manifest.conditions

    def given(self, labels: Labels) -> dict[str, Labels]:
        """What the decoder's conditions get for rows with these classes: those, and of snapshots the last one."""
        last = {each.id: np.full(len(labels), each.classes - 1) for each in self.conditions}
        return {name: labels % (values[0] + 1) if name == "class" else values for name, values in last.items()}

    def encode(self, images: NDArray[np.uint8], labels: Labels) -> Posterior:
        """The posterior of pictures (N, H, W, C) in [0, 255]."""
        parts = []
        for start in range(0, len(images), CHUNK):
            rows = slice(start, start + CHUNK)
            unit = images[rows].astype(np.float32) / np.float32(255)
            parts.append(self.model.encode(unit, conditions=self.given(labels[rows])))
        logvars = [part.logvar for part in parts if part.logvar is not None]
        return Posterior(np.concatenate([part.mean for part in parts]), np.concatenate(logvars) if logvars else None)

    def decode(self, latents: Floats, labels: Labels | None = None) -> Floats:
        """(N, D) -> (N, H, W, C) in [0, 1]; without labels the classes take turns."""
        labels = np.arange(len(latents)) if labels is None else labels
        parts = [
            self.model.decode(latents[start : start + CHUNK], conditions=self.given(labels[start : start + CHUNK]))
            for start in range(0, len(latents), CHUNK)
        ]
        return np.concatenate(parts)


class _Graph:
    def __init__(self, content: bytes) -> None:
        self.session = graphs.session(content)

    def run(self, outputs: Any, feeds: Any) -> list[NDArray[Any]]:
        return list(self.session.run(list(outputs), dict(feeds)))
