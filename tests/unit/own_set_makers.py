"""Sets made without a server, for the tests of what becomes of them."""

from __future__ import annotations

from pathlib import Path

from server.catalog import Catalog
from server.opened import OpenedModel
from server.own_sets.heads import Source
from server.own_sets.store import OwnSets
from server.runtimes import choose
from server.settings import ROOT
from server.storage import Storage
from tests.unit.archives import packed

VAE = "fashion-vae-16"


def own_sets(folder: Path) -> OwnSets:
    """An empty room for sets."""
    storage = Storage(folder, results_bytes=2**20)
    storage.open()
    return OwnSets(storage)


def opened(sets: OwnSets, model: str = VAE, checkpoints: Path = ROOT / "checkpoints") -> OpenedModel:
    """A model with the sets that were added to it."""
    catalog = Catalog(checkpoints, only=model)
    catalog.own_sets = sets
    return OpenedModel(catalog, choose("onnx", "cpu"), model)


def arrived(sets: OwnSets, model: OpenedModel, files: dict[str, bytes], title: str = "Mine") -> str:
    """The name of a set whose archive has arrived."""
    archive = packed(files)
    name = sets.begin(model.id, model.hash, title, Source("archive", "mine.zip", len(archive), 0))
    sets.receive(model.id, name, 0, archive)
    return name
