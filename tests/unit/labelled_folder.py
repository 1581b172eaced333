"""A checkpoints folder whose measures are known: a decoder that is told the class, and pictures with their classes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data.folder import write as write_pictures
from models.data.imageset import ImageSet
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, document

ID = "labelled"
CLASSES = ("dark", "grey", "bright")
SHADES = np.array([0.2, 0.4, 0.6], np.float32)
COUNT = 60  # the last twenty pictures are not in the set
GAIN = 0.1  # z_0 makes a picture of class c SHADES[c] + 0.1 z_0 bright; z_1 does nothing


def labels() -> NDArray[np.int64]:
    """(60,) the class of each picture, mixed."""
    return (np.arange(COUNT) % len(CLASSES)).astype(np.int64)


def latents() -> NDArray[np.float32]:
    """(40, 2) z_0 between -1 and 1, spread around its class; row 7 is far from all others."""
    random = np.random.default_rng(5)
    rows = np.stack([0.3 * (labels() - 1.0), np.zeros(COUNT)], axis=1) + random.uniform(-0.1, 0.1, (COUNT, 2))
    rows[7] = (0.5, 4.0)
    return rows[:40].astype(np.float32)


def write(checkpoints: Path, *, prior: str = "normal", conditional: bool = True, brighter: float = 0.2) -> Path:
    """The folder of the model beside that of its pictures, which are what the decoder draws (to 8 bits), but for row 3:
    there every pixel is `brighter` than that."""
    z = latents()
    shades = np.zeros(COUNT, np.float32)
    shades[:40] = SHADES[labels()[:40]] + GAIN * z[:, 0]
    shades[3] += brighter
    images = np.rint(255 * shades)[:, None, None, None] * np.ones((1, HEIGHT, WIDTH, 1))
    known = ImageSet("forged-test", "Forged", images.astype(np.uint8), labels(), CLASSES, "CC0-1.0", "none", "tests")
    write_pictures(checkpoints / "_data" / known.name, known, name=known.name, title=known.title)
    folder = checkpoints / ID
    (folder / "sets").mkdir(parents=True)
    graph = Tiny("z", ("N", 2)).op("MatMul", np.array([[GAIN] * HEIGHT * WIDTH, [0] * HEIGHT * WIDTH], np.float32))
    if conditional:
        code = graph.last
        graph.input("label", ("N",), "int64").op("Gather", "label", first=SHADES[:, None]).op("Add", code)
    graph.shaped(-1, 1, HEIGHT, WIDTH).output("image")
    contents = {"decoder.onnx": graph.build().content}
    (folder / "decoder.onnx").write_bytes(contents["decoder.onnx"])
    for name, rows in (("sets/data.npy", z), ("sets/samples.npy", z[:5])):
        np.save(folder / name, rows)
        contents[name] = (folder / name).read_bytes()
    given = {"id": "class", "type": "class_index", "classes": 3, "labels": list(CLASSES), "decoder_input": "label"}
    described: dict[str, Any] = document(
        contents,
        decoder={},
        latent={"shape": [2], "prior": prior},
        conditions=[given] if conditional else [],
        sets=[
            {"name": "data", "latents": "sets/data.npy", "data": known.name, "default": True},
            {"name": "samples", "latents": "sets/samples.npy"},
        ],
        name=ID,
        files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    )
    (folder / "model.json").write_text(json.dumps(described), encoding="utf-8")
    return folder
