"""A recipe's trained networks as a model folder: graphs, sets, samplers, sliders, and pictures to show it by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import data
from models.adapter import Posterior
from models.data import ImageSet
from models.exporting import card, draws, graphs, pictures, samplers, sliders
from models.exporting.assembly import Assembly, assemble
from models.exporting.document import document, point_set
from models.exporting.folder import Folder, kept_figures, share_pictures
from models.exporting.graphs import Mismatch
from models.exporting.objective import objective
from models.exporting.subject import Subject
from models.latent import traversal
from models.manifest import Manifest, parse
from models.train import run_folder
from models.training import state
from models.training.recipe import Recipe

Floats = NDArray[np.float32]

# Halved weights move a picture by about a thousandth; more than this means that the file is not the network.
LARGEST_PICTURE_ERROR = 0.02
LARGEST_LATENT_ERROR = 0.05  # in standard deviations of the encoded test pictures
COMPARED = 64  # rows on which a file is compared with torch
NUMBERS = 256_000  # in a set of latents, about: half a megabyte
ROWS = 500  # in a set at least, however many numbers a latent has
GENERATED = 4000  # latents in a generator's `samples` set, at most
SEED = 0
SHOWN = 7  # the seed of what strip and card show, whatever it looks like


def export(recipe: Recipe, *, runs: Path, checkpoints: Path, seed: int | None = None) -> Manifest:
    """Write `checkpoints/<recipe.id>` from the training with `seed`, the recipe's own where none is given.

    Figures that an older folder holds of a model that does the same are kept. Raises FileNotFoundError before training,
    Mismatch when the files do not do what was trained.
    """
    seed = recipe.seed if seed is None else seed
    run = run_folder(recipe, runs, seed)
    _require_trained(recipe, run)
    test = data.load(recipe.dataset, "test")
    shared = checkpoints / "_data" / f"{recipe.dataset}-test"
    assembly = assemble(recipe, run, test)
    folder = Folder()
    for name, part in assembly.parts.items():
        folder.contents[name] = graphs.serialise(graphs.to_onnx(part.module, part.inputs, part.outputs))
    if assembly.mean_w is not None:
        folder.add_array("w_mean.npy", assembly.mean_w)
    first = parse(document(recipe, seed, test, assembly, folder.hashes()))
    subject = Subject(first, folder.contents, assembly.mean_w)
    posterior = subject.encode(test.images, test.labels)
    parity = _compare(folder, assembly, posterior, test)

    test = test.first(share_pictures(shared, test))
    sets = _sets(folder, recipe, subject, posterior, test, shared.name)
    entries, files = _samplers(recipe, subject)
    folder.contents |= files
    folder.add_json("sliders.json", {"sliders": _sliders(recipe, subject, posterior)})
    if stated := objective(recipe):
        folder.add_json("objective.json", stated.document())
    rows = 4 * pictures.columns(test.images.shape[1])
    _show(folder, subject, posterior, test, draws.shown(recipe, subject, posterior.mean, entries, files, rows, SHOWN))
    figures = kept_figures(checkpoints / recipe.id, first) | {"parity": parity}
    folder.add_json("metrics.json", figures)
    folder.contents["CARD.md"] = card.write(recipe, test, figures, seed).encode()
    manifest = parse(document(recipe, seed, test, assembly, folder.hashes(), sets, entries))
    folder.write(checkpoints / recipe.id, manifest)
    return manifest


def _require_trained(recipe: Recipe, run: Path) -> None:
    for stage in recipe.stages:
        path = run / stage.name / "state.safetensors"
        done = state.finished_steps(path) if path.exists() else 0
        if done <= stage.steps:
            raise FileNotFoundError(
                f"{recipe.id} is not trained: {stage.name} stands at {done} of {stage.steps} steps."
            )


def _compare(folder: Folder, assembly: Assembly, posterior: Posterior, test: ImageSet) -> dict[str, float]:
    """The largest difference between each file and torch on a few test pictures. Raises Mismatch."""
    random = np.random.default_rng(SEED)
    spread = max(float(posterior.mean.std()), 1.0)
    found = {}
    for name, part in assembly.parts.items():
        feeds = {}
        for key, example in part.inputs.items():
            shape = (min(COMPARED, len(test.images)), *example.shape[1:])
            feeds[key] = _rows(key, shape, random, posterior, test)
        if name == "decoder.onnx" and "z" in feeds:
            feeds["z"] = posterior.mean[: len(feeds["z"])]
        answer = graphs.parity(folder.contents[name], part.module, feeds, part.outputs)
        what = name.removesuffix(".onnx")
        found[what] = answer.largest
        if "image" in part.outputs and not answer.largest <= LARGEST_PICTURE_ERROR:
            raise Mismatch(f"The {what}'s file differs from torch by up to {answer.largest:.4f} in a picture.")
        if not answer.levels <= LARGEST_PICTURE_ERROR * 255:
            raise Mismatch(f"The {what}'s file differs from torch by up to {answer.levels} gray levels in its pixels.")
        if not answer.largest <= LARGEST_LATENT_ERROR * spread:
            raise Mismatch(f"The {what}'s file differs from torch by up to {answer.largest:.4f} in a latent.")
    return found


def _rows(
    key: str, shape: tuple[int, ...], random: np.random.Generator, posterior: Posterior, test: ImageSet
) -> NDArray[Any]:
    """Rows for one input of a graph: test pictures, their classes, their w in each layer, snapshots in turn, noise."""
    match key:
        case "image":
            rows = test.images[: shape[0]].transpose(0, 3, 1, 2)
            return np.ascontiguousarray(rows, np.float32) / np.float32(255)
        case "label":
            return test.labels[: shape[0]]
        case "snapshot":
            return np.eye(shape[1], dtype=np.float32)[np.arange(shape[0]) % shape[1]]
        case "w":
            return np.ascontiguousarray(np.broadcast_to(posterior.mean[: shape[0], None], shape))
    return random.standard_normal(shape, np.float32)


def _sets(
    folder: Folder, recipe: Recipe, subject: Subject, posterior: Posterior, test: ImageSet, shared: str
) -> list[dict[str, Any]]:
    """The encoded test pictures, and draws from the prior of a generator that needs nothing else to draw."""
    space, size = subject.model.default_space, subject.model.latent_size()
    encoded = posterior.mean[: min(len(test.images), max(ROWS, NUMBERS // size))].astype(np.float16)
    folder.add_array("sets/data.npy", encoded)
    sets = [point_set("data", f"{len(encoded):,} test pictures, encoded", shared, space, default=True)]
    if recipe.generator and not subject.conditions:
        count = min(GENERATED, NUMBERS // size)
        folder.add_array("sets/samples.npy", draws.prior(recipe, subject, count, SEED).astype(np.float16))
        sets.append(point_set("samples", f"{count:,} draws from the prior", None, space, default=False))
    return sets


def _samplers(recipe: Recipe, subject: Subject) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Samplers are fitted to training pictures: those of the test are for measuring them."""
    if not recipe.samplers:
        return [], {}
    train = data.load(recipe.dataset, "train").first(samplers.POINTS)
    encoded = subject.encode(train.images, train.labels)
    return samplers.fit(subject.model, encoded, recipe, np.random.default_rng(SEED))


def _sliders(recipe: Recipe, subject: Subject, posterior: Posterior) -> list[dict[str, Any]]:
    ends = kl = None
    if recipe.generator and subject.model.default_space == "z":
        ends = traversal.prior_ranges(recipe.prior, recipe.latent)
    elif recipe.generator:
        ends = traversal.ranges(draws.prior(recipe, subject, GENERATED, SEED))
    if posterior.logvar is not None:
        kl = 0.5 * (posterior.mean**2 + np.exp(posterior.logvar) - 1.0 - posterior.logvar).mean(0)
    return sliders.describe(subject.decode, posterior.mean, ends=ends, kl=kl)


def _show(folder: Folder, subject: Subject, posterior: Posterior, test: ImageSet, drawn: Floats) -> None:
    """strip.png and card.png. A model with classes shows one latent in each class: one style, ten digits."""
    styles = drawn[:1].repeat(pictures.STRIP, axis=0) if "class" in subject.model.needs("decoder") else drawn
    folder.contents["strip.png"] = pictures.strip(subject.decode(styles[: pictures.STRIP]))
    shown = len(drawn) // 2
    originals = test.images[:shown].astype(np.float32) / np.float32(255)
    redrawn = subject.decode(posterior.mean[:shown], test.labels[:shown])
    folder.contents["card.png"] = pictures.card(subject.decode(drawn), originals, redrawn)
