"""A checkpoints folder with a generator whose coverage is known: it draws two kinds of pictures, and later only one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.folder import write as write_pictures
from models.data.imageset import Factor, ImageSet
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, document

ID = "generator"
DATA = "two-kinds"
CLASSES = ("dark", "bright")
COUNT = 400
STEPS = ("early", "late")


def latents() -> NDArray[np.float32]:
    """(400, 2) what the real pictures are drawn with: the sign of the first decides the kind."""
    return np.random.default_rng(3).standard_normal((COUNT, 2)).astype(np.float32)


def labels() -> NDArray[np.int64]:
    """(400,) 0 dark, 1 bright."""
    return (latents()[:, 0] > 0).astype(np.int64)


def brightness(z: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 2) how bright the upper and the lower row of the picture are."""
    return np.asarray(0.5 + 0.3 * np.sign(z) * (1, 0) + z * (0.02, 0.04), np.float32)


def write(checkpoints: Path) -> Path:
    """The folder. The class is how bright the upper row is; at the late step the generator draws bright ones only."""
    rows = brightness(latents())
    images = np.rint(255 * np.repeat(rows[:, :, None], WIDTH, axis=2))[..., None].astype(np.uint8)
    factor = Factor("lower", "continuous", rows[:, 1].copy(), (), "brightness of the lower row")
    known = ImageSet(DATA, "Two kinds", images, labels(), CLASSES, "CC0-1.0", "none", "tests", (factor,))
    write_pictures(checkpoints / "_data" / DATA, known, name=DATA, title=known.title)
    spread = np.repeat(np.eye(2, dtype=np.float32), WIDTH, axis=1)  # (2, 6)
    graph = Tiny("z", ("N", 2)).input("step", ("N",), "int64").op("Abs")
    positive = graph.last
    graph.op("Gather", "step", first=np.array([[0, 0], [1, 0]], np.float32))
    mask = graph.last
    graph.op("Mul", positive)
    late = graph.last
    graph.op("Sub", mask, first=np.ones((1, 2), np.float32)).op("Mul", "z").op("Add", late)
    used = graph.last
    graph.op("Sign").op("Mul", np.array([0.3, 0], np.float32))
    jump = graph.last
    graph.op("Mul", np.array([0.02, 0.04], np.float32), first=used).op("Add", jump)
    graph.op("Add", np.array([0.5], np.float32)).op("MatMul", spread)
    decoder = graph.shaped(-1, 1, HEIGHT, WIDTH).output("image")
    encoder = Tiny("x", ("N", 1, HEIGHT, WIDTH)).shaped(-1, HEIGHT * WIDTH).op("MatMul", spread.T / WIDTH)
    encoder.scaled([3.0, 10.0], [-1.5, -5.0]).output("mean")
    folder = checkpoints / ID
    (folder / "sets").mkdir(parents=True)
    contents = {"decoder.onnx": decoder.build().content, "encoder.onnx": encoder.build().content}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    encoded = (images[:, :, 0, 0] / 255) * (3.0, 10.0) + (-1.5, -5.0)
    np.save(folder / "sets/data.npy", encoded.astype(np.float32))
    contents["sets/data.npy"] = (folder / "sets/data.npy").read_bytes()
    step = {"id": "snapshot", "type": "class_index", "classes": 2, "labels": list(STEPS), "decoder_input": "step"}
    described = document(
        contents,
        encoder={},
        decoder={},
        latent={"shape": [2], "prior": "normal"},
        conditions=[step],
        sets=[{"name": "data", "latents": "sets/data.npy", "data": DATA, "default": True}],
        name=ID,
        kind="gan",
        files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    )
    (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")
    return folder
