"""A model folder whose answers are known: z (N, 4) is the brightness of the four quarters of a picture."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from models.training.recipe import Recipe
from tests.contract.tiny_models import Tiny

SIDE = 28
GAIN = 0.1  # z_i makes the i-th quarter 0.5 + 0.1 z_i bright


def write(checkpoints: Path, recipe: Recipe, *, logvar: bool = False, bias: float = 0.0) -> Path:
    """The folder of `recipe`, whose encoder undoes its decoder, plus `bias`; with a log-variance of -2 if asked for."""
    folder = checkpoints / recipe.id
    (folder / "sets").mkdir(parents=True)
    quarters = np.repeat(np.eye(4, dtype=np.float32), SIDE * SIDE // 4, axis=1)
    decoder = Tiny("z", ("n", 4)).op("MatMul", GAIN * quarters).op("Add", np.array([0.5], np.float32))
    decoder = decoder.shaped(-1, 1, SIDE, SIDE).output("image")
    encoder = Tiny("x", ("n", 1, SIDE, SIDE)).shaped(-1, SIDE * SIDE).op("MatMul", quarters.T * 4 / SIDE**2)
    encoder = encoder.scaled(1 / GAIN, bias - 0.5 / GAIN).output("mean")
    if logvar:
        encoder = encoder.scaled(0.0, -2.0).output("logvar")
    contents = {"decoder.onnx": decoder.build().content, "encoder.onnx": encoder.build().content}
    contents |= {"metrics.json": b'{"parity": {"decoder": 0.0, "encoder": 0.0}}\n', "CARD.md": b"# Old\n"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    np.save(folder / "sets" / "data.npy", np.random.default_rng(0).standard_normal((50, 4)).astype(np.float16))
    names = [*contents, "sets/data.npy"]
    document: dict[str, Any] = {
        "format": 1,
        "name": recipe.id,
        "kind": recipe.kind,
        "provenance": {"dataset": "Forged", "licence": "CC0-1.0", "source": "made by tests, seed 7"},
        "files": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names},
        "image": {"channels": 1, "height": SIDE, "width": SIDE, "colour": "gray"},
        "latent": {"shape": [4], "layout": "flat", "prior": recipe.prior},
        "encoder": {
            "file": "encoder.onnx",
            "input": "x",
            "mean": {"output": "mean"},
            "logvar": {"output": "logvar"} if logvar else None,
        },
        "decoder": {"file": "decoder.onnx", "input": "z", "output": "image"},
        "sets": [{"name": "data", "latents": "sets/data.npy", "default": True}],
    }
    (folder / "model.json").write_text(json.dumps(document), encoding="utf-8")
    return folder
