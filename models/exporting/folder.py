"""A model folder, written whole: in a temporary place first, moved over the old one when everything agrees."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models import data
from models.adapter import Model
from models.data import ImageSet
from models.data.folder import PictureSet
from models.data.folder import write as write_pictures
from models.data.whole import replaced
from models.exporting import card, graphs, measure, sliders
from models.exporting.graphs import DecoderGraph, EncoderGraph, Mismatch, Parity
from models.latent.samplers import sample
from models.manifest import Manifest, parse, read, to_document
from models.training import state
from models.training.recipe import Recipe
from models.training.tasks import trained

LICENCE = "Apache-2.0"
# Halved weights move a picture by about a thousandth; more than this means that the file is not the network.
LARGEST_PICTURE_ERROR = 0.02
LARGEST_LATENT_ERROR = 0.05  # in standard deviations of the encoded test pictures
GENERATED = 4000  # latents in a generator's `samples` set


class Folder:
    """Files of a model folder in the making."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def add_json(self, name: str, document: Any) -> None:
        """A JSON file."""
        self.contents[name] = (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()

    def add_latents(self, name: str, latents: NDArray[np.float32]) -> None:
        """A set's latents (N, D), as float16."""
        buffer = io.BytesIO()
        np.save(buffer, latents.astype(np.float16), allow_pickle=False)
        self.contents[name] = buffer.getvalue()

    def hashes(self) -> dict[str, str]:
        """The manifest's `files`."""
        return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(self.contents.items())}

    def write(self, folder: Path, manifest: Manifest) -> None:
        """Write everything beside `folder`, read it back as the server will, then put it in the folder's place."""
        document = json.dumps(to_document(manifest), indent=2, ensure_ascii=False)
        with replaced(folder) as made:
            for name, content in self.contents.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).write_bytes(content)
            (made / "model.json").write_text(document + "\n", encoding="utf-8")
            if read(made) != manifest:
                raise Mismatch("The manifest reads back differently from how it was written.")


def export(recipe: Recipe, *, runs: Path, checkpoints: Path, quick: bool = False) -> Manifest:
    """Write `checkpoints/<recipe.id>`. Raises FileNotFoundError before training, Mismatch when the graphs disagree."""
    _require_trained(recipe, runs)
    test = data.load(recipe.dataset, "test")
    pictures_name = f"{recipe.dataset}-test"
    decoder = DecoderGraph(trained(recipe, runs / recipe.id, "decoder"))
    encoder = EncoderGraph(trained(recipe, runs / recipe.id, "encoder"), variational=recipe.kind == "vae")
    folder = Folder()
    height, width, channels = test.images.shape[1:]
    codes = ["mean", "logvar"] if encoder.variational else ["mean"]
    picture = torch.zeros(2, channels, height, width)
    folder.contents["decoder.onnx"] = graphs.serialise(
        graphs.to_onnx(decoder, torch.zeros(2, recipe.latent), ["z"], ["image", "pixels"])
    )
    folder.contents["encoder.onnx"] = graphs.serialise(graphs.to_onnx(encoder, picture, ["image"], codes))
    manifest = parse(_document(recipe, test, pictures_name, dict.fromkeys(folder.contents, "0" * 64), first=True))
    model = Model(manifest, {name: _OnnxGraph(content) for name, content in folder.contents.items()})

    held = measure.held_out(model, test)
    parities = _check(folder, decoder, encoder, held, codes)
    figures = measure.measure(recipe, model, held, runs, quick=quick)
    figures["parity"] = {"decoder": parities[0].largest, "encoder": parities[1].largest}
    folder.add_latents("sets/data.npy", held.posterior.mean)
    if recipe.kind == "gan":
        folder.add_latents("sets/samples.npy", sample("normal", recipe.latent, GENERATED, measure.SAMPLE_SEED))
    kl = figures["kl"]["per_dimension"] if "kl" in figures else None
    folder.add_json("sliders.json", {"sliders": sliders.describe(model, held.posterior.mean, kl)})
    folder.add_json("metrics.json", figures)
    folder.contents["CARD.md"] = card.write(recipe, test, figures).encode()
    upper = (
        measure.decode(model, sample("normal", recipe.latent, 64, 7))
        if recipe.prior == "normal"
        else held.drawn[100:164]
    )
    folder.contents["card.png"] = card.picture(upper, held.images, held.drawn)
    manifest = parse(_document(recipe, test, pictures_name, folder.hashes()))
    _share_pictures(checkpoints / "_data" / pictures_name, test, pictures_name)
    folder.write(checkpoints / recipe.id, manifest)
    return manifest


class _OnnxGraph:
    def __init__(self, content: bytes) -> None:
        self.session = graphs.session(content)

    def run(self, outputs: Any, feeds: Any) -> list[NDArray[Any]]:
        return list(self.session.run(list(outputs), dict(feeds)))


def _require_trained(recipe: Recipe, runs: Path) -> None:
    for stage in recipe.stages:
        path = runs / recipe.id / stage.name / "state.safetensors"
        done = state.finished_steps(path) if path.exists() else 0
        if done <= stage.steps:
            raise FileNotFoundError(
                f"{recipe.id} is not trained: {stage.name} stands at {done} of {stage.steps} steps."
            )


def _share_pictures(folder: Path, test: ImageSet, name: str) -> None:
    with suppress(ValueError):  # none is there, or a damaged one
        known = PictureSet(folder)
        if np.array_equal(known.images, test.images) and np.array_equal(known.labels, test.labels):
            return
    write_pictures(folder, test, name=name, title=f"{test.title}, test pictures")


def _check(
    folder: Folder, decoder: nn.Module, encoder: nn.Module, held: measure.Held, codes: list[str]
) -> tuple[Parity, Parity]:
    """Compare both files with torch on 256 test pictures. Raises Mismatch."""
    latents = held.posterior.mean[:256]
    pictures = np.ascontiguousarray(held.images[:256].transpose(0, 3, 1, 2))
    drawn = graphs.parity(folder.contents["decoder.onnx"], decoder, latents, ["image", "pixels"])
    coded = graphs.parity(folder.contents["encoder.onnx"], encoder, pictures, codes)
    spread = float(held.posterior.mean.std())
    if not drawn.largest <= LARGEST_PICTURE_ERROR:
        raise Mismatch(f"The decoder's file differs from torch by up to {drawn.largest:.4f} in a picture.")
    if not drawn.levels <= LARGEST_PICTURE_ERROR * 255:
        raise Mismatch(f"The decoder's file differs from torch by up to {drawn.levels} gray levels in its pixels.")
    if not coded.largest <= LARGEST_LATENT_ERROR * max(spread, 1.0):
        raise Mismatch(f"The encoder's file differs from torch by up to {coded.largest:.4f} in a latent.")
    return drawn, coded


def _document(
    recipe: Recipe, test: ImageSet, pictures: str, files: dict[str, str], *, first: bool = False
) -> dict[str, Any]:
    """model.json. `first`: before the sets are there, for measuring."""
    _, height, width, channels = test.images.shape
    plain = {"start": None, "stop": None, "step": None}
    shared = {"layout": "NCHW", "transpose_hw": False, "range": [0, 1], "normalize": None}
    graph = {"dtype": "float32", "batch": "dynamic", "channels": None}
    sets = [_set("data", f"{len(test.images):,} test pictures, encoded", pictures, default=True)]
    if recipe.kind == "gan":
        sets.append(_set("samples", f"{GENERATED:,} draws from the prior", None, default=False))
    return {
        "format": 1,
        "name": recipe.id,
        "title": recipe.title,
        "description": recipe.description,
        "kind": recipe.kind,
        "provenance": {
            "dataset": test.title,
            "licence": LICENCE,
            "source": f"trained by this project's recipe {recipe.id}",
            "data_licence": test.licence,
            "data_source": test.source,
            "citation": test.citation,
        },
        "files": files,
        "image": {
            "channels": channels,
            "height": height,
            "width": width,
            "colour": {1: "gray", 3: "rgb", 4: "rgba"}[channels],
            "ground": [0] * channels,
        },
        "latent": {"shape": [recipe.latent], "layout": "flat", "prior": recipe.prior},
        "encoder": {
            "file": "encoder.onnx",
            "input": "image",
            **shared,
            **graph,
            "mean": {"output": "mean", **plain},
            "logvar": {"output": "logvar", **plain} if recipe.kind == "vae" else None,
        },
        "decoder": {
            "file": "decoder.onnx",
            "input": "z",
            "output": "image",
            "pixels": "pixels",
            **shared,
            **graph,
            "activation": "none",
        },
        "conditions": [],
        "spaces": None,
        "deterministic": True,
        "sets": [] if first else sets,
    }


def _set(name: str, title: str, pictures: str | None, *, default: bool) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "latents": f"sets/{name}.npy",
        "space": "z",
        "data": pictures,
        "default": default,
    }
