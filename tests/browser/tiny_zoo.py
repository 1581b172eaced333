"""A checkpoints folder with one model for each thing that a page must be able to show, all of them small."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from models.latent import sampler_file
from models.latent.fitted import Gaussian
from server.settings import ROOT
from tests.api.pictures import png, sample
from tests.contract.tiny_models import Tiny

SIZE, LATENT, STYLE, LAYERS = 28, 4, 6, 3
PIXELS = SIZE * SIZE
VAE = "fashion-vae-16"
CLASSES = [f"{digit}" for digit in range(10)]
STEPS = ["100 steps", "1,000 steps", "10,000 steps"]


def build(folder: Path) -> None:
    """A VAE with a strip and a sampler, a class, a training's steps, a style, and one that is broken."""
    _vae(folder)
    _model(folder, "digits-cvae", "cvae", "MNIST", {"decoder.onnx": _classes(len(CLASSES))}, conditions=_given("class"))
    steps = {"decoder.onnx": _classes(len(STEPS))}
    _model(folder, "fashion-gan-collapsed", "gan", "Fashion-MNIST", steps, conditions=_given("snapshot"))
    _style(folder)
    _model(folder, "broken", "vae", "mine", {"decoder.onnx": b"nothing"}, hashes={"decoder.onnx": "0" * 64})


def _vae(folder: Path) -> None:
    shutil.copytree(ROOT / "checkpoints" / VAE, folder / VAE)
    shutil.copytree(ROOT / "checkpoints/_data/fashion-mnist-test", folder / "_data/fashion-mnist-test")
    _know(folder / "_data/fashion-mnist-test")
    added = {
        "strip.png": png(np.concatenate(list(sample()[0][:10]), axis=1)),
        "samplers/near.npz": sampler_file.pack(Gaussian(np.zeros(16), 0.01 * np.eye(16))),
    }
    document = json.loads((folder / VAE / "model.json").read_text(encoding="utf-8"))
    document["samplers"] = [
        {"name": "near", "kind": "gaussian", "title": "Near the middle", "file": "samplers/near.npz"}
    ]
    (folder / VAE / "samplers").mkdir(exist_ok=True)
    for name, content in added.items():
        (folder / VAE / name).write_bytes(content)
        document["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / VAE / "model.json").write_text(json.dumps(document))


def _know(folder: Path) -> None:
    """Give each picture two factors."""
    document = json.loads((folder / "set.json").read_text(encoding="utf-8"))
    rows = np.arange(document["count"])
    packed = io.BytesIO()
    np.save(packed, np.stack([rows / 10, rows % 2], axis=1).astype(np.float32))
    (folder / "factors.npy").write_bytes(packed.getvalue())
    document["files"]["factors.npy"] = hashlib.sha256(packed.getvalue()).hexdigest()
    document["factors"] = [
        {"name": "shelf_life", "kind": "continuous", "categories": [], "description": "days in the shop"},
        {"name": "season", "kind": "categorical", "categories": ["summer", "winter"], "description": ""},
    ]
    (folder / "set.json").write_text(json.dumps(document))


def _classes(count: int) -> bytes:
    """Each class is a brightness of its own, and the latent adds little to it."""
    shades = np.linspace(0.1, 0.9, count, dtype=np.float32)[:, None]
    graph = Tiny("z", ("N", LATENT)).op("MatMul", np.full((LATENT, PIXELS), 0.01, np.float32))
    latent = graph.last
    graph.input("label", ("N",), "int64").op("Gather", "label", first=shades).op("Add", latent)
    return graph.shaped(-1, 1, SIZE, SIZE).output("image").build().content


def _given(name: str) -> list[dict[str, Any]]:
    labels = CLASSES if name == "class" else STEPS
    return [{"id": name, "type": "class_index", "classes": len(labels), "labels": labels, "decoder_input": "label"}]


def _style(folder: Path) -> None:
    """Pictures around a middle grey, so that none is black all over and no two draws look alike."""
    random = np.random.default_rng(1)
    mapping = Tiny("z", ("N", LATENT)).op("MatMul", random.uniform(0, 0.4, (LATENT, STYLE)).astype(np.float32))
    weights = random.normal(0, 0.1, (LAYERS * STYLE, PIXELS)).astype(np.float32)
    synthesis = Tiny("w", ("N", LAYERS, STYLE)).shaped(-1, LAYERS * STYLE).op("MatMul", weights)
    picture = synthesis.op("Add", np.array(0.5, np.float32)).last
    noise = synthesis.input("noise", ("N", PIXELS)).op("Mul", np.array(0.1, np.float32), first="noise")
    mean = io.BytesIO()
    np.save(mean, np.full(STYLE, 0.3, np.float32))
    files = {
        "mapping.onnx": mapping.output("w").build().content,
        "decoder.onnx": noise.op("Add", picture).shaped(-1, 1, SIZE, SIZE).output("image").build().content,
        "w_mean.npy": mean.getvalue(),
    }
    spaces = {
        "default": "w",
        "mapping": {"file": "mapping.onnx", "input": "z", "output": "w"},
        "w": {"size": STYLE, "layers": LAYERS, "plus": True},
        "mean": "w_mean.npy",
        "truncation": True,
        "noise_inputs": [{"input": "noise", "shape": [PIXELS], "batched": True}],
    }
    _model(folder, "faces-gan", "stylegan", "Faces", files, spaces=spaces, decoder={"input": "w"})


def _model(
    folder: Path,
    name: str,
    kind: str,
    dataset: str,
    files: dict[str, bytes],
    *,
    decoder: dict[str, str] | None = None,
    hashes: dict[str, str] | None = None,
    **others: Any,
) -> None:
    """Write a model without an encoder."""
    (folder / name).mkdir(parents=True)
    for file, content in files.items():
        (folder / name / file).write_bytes(content)
    document = {
        "format": 1,
        "name": name,
        "title": name.replace("-", " ").title(),
        "description": f"A model of the family {kind}, for tests.",
        "kind": kind,
        "provenance": {"dataset": dataset, "licence": "Apache-2.0"},
        "files": {file: hashlib.sha256(content).hexdigest() for file, content in files.items()} | (hashes or {}),
        "image": {"channels": 1, "height": SIZE, "width": SIZE, "colour": "gray"},
        "latent": {"shape": [LATENT], "layout": "flat", "prior": "normal"},
        "encoder": None,
        "decoder": {"file": "decoder.onnx", "input": "z", "output": "image", **(decoder or {})},
        **others,
    }
    (folder / name / "model.json").write_text(json.dumps(document))
