"""The decoder that all rivals draw with, run as the product runs it; nothing here needs more than they bring."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from server.runtimes.onnx import session_options

MODEL = "faces-vae"
FOLDER = Path(__file__).resolve().parents[2] / "checkpoints" / MODEL
SLIDERS = 10
STEPS = 100  # from one end of a slider to the other, as many as a key moves ours


@dataclass(frozen=True)
class Slider:
    """A dimension of the latent with its range."""

    dim: int
    low: float
    high: float
    mean: float

    @property
    def step(self) -> float:
        """What a key moves it by."""
        return (self.high - self.low) / STEPS


class Decoder:
    """z (32,) -> a picture (64, 64, 3) uint8."""

    def __init__(self) -> None:
        providers = ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(FOLDER / "decoder.onnx", session_options(), providers=providers)
        stored: list[dict[str, Any]] = json.loads((FOLDER / "sliders.json").read_text(encoding="utf-8"))["sliders"]
        self.mean = np.zeros(len(stored), np.float32)
        for one in stored:
            self.mean[one["dim"]] = one["mean"]
        self.sliders = [Slider(one["dim"], one["low"], one["high"], one["mean"]) for one in stored[:SLIDERS]]

    def draw(self, z: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The picture of a latent (32,)."""
        pixels: NDArray[np.uint8] = self._session.run(["pixels"], {"z": z.reshape(1, -1)})[0][0]
        return pixels

    def of(self, values: tuple[float, ...]) -> NDArray[np.uint8]:
        """The picture where the sliders stand so."""
        z = self.mean.copy()
        for slider, value in zip(self.sliders, values, strict=True):
            z[slider.dim] = value
        return self.draw(z)

    def png(self, values: tuple[float, ...]) -> bytes:
        """The same as a file, packed as fast as the format allows."""
        buffer = io.BytesIO()
        Image.fromarray(self.of(values)).save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()
