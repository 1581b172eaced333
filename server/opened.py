"""A model that has been opened: graphs loaded, sets, sliders and maps read or computed once, when first asked for.

Everything here computes or reads, so it is called in a worker thread (`Engine` does that).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.adapter import Model
from models.adapter.drawing import samplers, source
from models.analysis.maps import shipped
from models.analysis.search import Nearest
from models.data.folder import PictureSet
from models.latent.density import Unusual
from models.latent.fitted import Gaussian
from models.latent.projection import Pca
from models.latent.samplers import sample
from models.latent.units import Units
from models.manifest import Manifest, PointSet, Sampler, load_arrays
from server.catalog import Catalog
from server.classes import SNAPSHOT, class_gaussian
from server.errors import BadRequest, Broken, NotFound, Unsupported
from server.own_sets.heads import Head
from server.runtimes import Running, Runtime
from server.runtimes.halving import Halving

Floats = NDArray[np.float32]
REFERENCE = "reference"
ONE_CLASS = "class."  # before the number of a class: the name of its sampler
TAIL = 2.33  # 98% of a standard normal lie between minus this and this


@dataclass(frozen=True)
class Points:
    """A named set of points with what is known about each."""

    spec: PointSet
    latents: Floats  # (N, D)
    hash: str
    pictures: PictureSet | None  # None where the pictures are decoded from the latents
    own: Head | None = None  # of a set that a person has added


@dataclass(frozen=True)
class Rank:
    """How unusual a point is: its percentile among held-out points, and its distance in standard deviations."""

    percentile: float
    distance: float


class OpenedModel:
    """One model, ready to be asked."""

    def __init__(self, catalog: Catalog, runtime: Runtime, model_id: str) -> None:
        """Load the graphs. Raises NotFound for an unknown model, Broken for one that cannot be loaded."""
        checkpoint, self.manifest = catalog.ready(model_id)
        self.id, self.hash, self.folder = model_id, checkpoint.hash, checkpoint.folder
        self._picture_sets, self._catalog = catalog.picture_sets, catalog
        self._lock = threading.RLock()
        self._sets_read: dict[str, Points] = {}
        try:
            graphs = {name: Halving(runtime.load(self.folder / name)) for name in graph_files(self.manifest)}
            self.model = Model(self.manifest, graphs, load_arrays(self.folder, self.manifest))
        except ValueError as wrong:
            raise Broken(f"The model {model_id} cannot be loaded: {wrong}", field="model") from wrong
        self._graphs = graphs
        self._project = lru_cache(maxsize=8)(self._projected)
        self.class_gaussian = lru_cache(maxsize=64)(partial(class_gaussian, self))
        self._search = lru_cache(maxsize=4)(self._searched)

    @cached_property
    def size(self) -> int:
        """Bytes that it holds once it has been used, estimated: weights lie on the disk in half precision and are kept
        in float32 twice, in the graph and as the library has laid them out; latents are kept once more for the search.
        """
        latents = sum((self.folder / spec.latents).stat().st_size for spec in self.manifest.sets)
        return 4 * sum((self.folder / name).stat().st_size for name in graph_files(self.manifest)) + 2 * latents

    @property
    def running(self) -> dict[str, Running]:
        """How each of its graphs is run now, by file name."""
        return {name: graph.running for name, graph in self._graphs.items()}

    def style_size(self, space: str | None) -> int:
        """The numbers that a slider chooses from: of a point of w+ those of one style, else all of a latent."""
        return self.model.latent_size("w" if space == "w+" else space)

    def document(self, name: str) -> dict[str, Any]:
        """A JSON file of the folder, {} where the model has none. Raises Broken for one that is no JSON object."""
        if name not in self.manifest.files:
            return {}
        try:
            found: Any = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except ValueError as wrong:
            raise Broken(f"The file {name} of {self.id} is no JSON: {wrong}", field="model") from wrong
        if not isinstance(found, dict):
            raise Broken(f"The file {name} of {self.id} must hold a JSON object.", field="model")
        return found

    @cached_property
    def card(self) -> str:
        """CARD.md, "" where the model has none."""
        return (self.folder / "CARD.md").read_text(encoding="utf-8") if "CARD.md" in self.manifest.files else ""

    @cached_property
    def sliders(self) -> list[dict[str, Any]]:
        """The dimensions in stored order with their ranges; plain defaults where the folder has no sliders.json."""
        stored = self.document("sliders.json").get("sliders")
        return list(stored) if stored else _plain_sliders(self.model.latent_size(), 3.0)

    @cached_property
    def maps(self) -> list[shipped.Entry]:
        """The maps that came with the model."""
        return shipped.entries(self.document(shipped.FILE))

    @cached_property
    def z_sliders(self) -> list[dict[str, Any]] | None:
        """The dimensions of z with the prior's range, where the default space is another one."""
        return None if self.model.default_space == "z" else _plain_sliders(self.model.latent_size("z"), TAIL)

    @property
    def default_conditions(self) -> dict[str, int]:
        """The class of each condition until somebody chooses: the first one, and the end of a training."""
        return {c.id: c.classes - 1 if c.id == SNAPSHOT else 0 for c in self.manifest.conditions}

    @property
    def default_set(self) -> PointSet | None:
        """The set called `reference`: the one marked as default, else the first."""
        sets = self.manifest.sets
        return next((spec for spec in sets if spec.default), sets[0] if sets else None)

    @property
    def set_names(self) -> list[str]:
        """The names of all sets: those that came with the model, then those that people have added to it."""
        shipped, own = [spec.name for spec in self.manifest.sets], self._catalog.own_sets
        added = [] if own is None else own.names(self.id)
        return shipped + [name for name in added if own and own.read(self.id, name, self.hash)]

    def points(self, name: str = REFERENCE) -> Points:
        """A set by its name. Raises NotFound."""
        wanted = self.default_set if name == REFERENCE else None
        spec = wanted or next((spec for spec in self.manifest.sets if spec.name == name), None)
        if spec is not None:
            with self._lock:
                return self._read(spec)
        own = self._catalog.own_sets
        kept = own.read(self.id, name, self.hash) if own else None
        if kept is None:
            known = ", ".join(self.set_names) or "none"
            gone = " It may have been deleted." if own else ""
            raise NotFound(f"The model {self.id} has no set {name!r}.{gone} Its sets: {known}.", field="set")
        return Points(kept.spec, kept.latents, kept.head.hash, kept.pictures, kept.head)

    def _read(self, spec: PointSet) -> Points:
        if spec.name not in self._sets_read:
            latents = np.load(self.folder / spec.latents, allow_pickle=False).astype(np.float32)
            pictures = self._picture_sets.get(spec.data) if spec.data else None
            read = Points(spec, latents, self.manifest.files[spec.latents][:16], pictures)
            self._sets_read[spec.name] = read
        return self._sets_read[spec.name]

    def rank(self, latent: Floats, space: str | None = None) -> Rank | None:
        """How unusual one latent (1, D) is among the default set; None where there is no such set in its space."""
        unusual = self.unusual_in(space)
        if unusual is None:
            return None
        distance = unusual.distance(latent)
        return Rank(percentile=float(unusual.rank(distance)[0]), distance=float(distance[0]))

    def ranks(self, latents: Floats, space: str | None = None) -> tuple[Floats, Floats] | None:
        """How unusual each latent (N, D) is: percentiles (N,) in [0, 100] and distances (N,); None as for `rank`."""
        unusual = self.unusual_in(space)
        if unusual is None:
            return None
        distances = unusual.distance(latents)
        return unusual.rank(distances), distances

    def percentiles(self, latents: Floats, space: str | None = None) -> Floats | None:
        """How unusual each latent (N, D) is: -> (N,) float32 in [0, 100], or None as for `rank`."""
        ranks = self.ranks(latents, space)
        return None if ranks is None else ranks[0]

    def unusual_in(self, space: str | None) -> Unusual | None:
        """The density of the default set; None where that space has none, or nothing is unusual about it."""
        default = self.default_set
        if default is None or (space or self.model.default_space) != default.space:
            return None
        with self._lock:
            return self._unusual

    @cached_property
    def _unusual(self) -> Unusual | None:
        latents = self.points().latents
        try:
            return Unusual(latents, self._active(latents.shape[1]))
        except ValueError:  # a set too small, or without spread, has nothing unusual
            return None

    def units(self, points: Points) -> Units | None:
        """What distances to a set's latents are measured in: the default set's units in its space, else the set's own.

        None for a set without spread.
        """
        unusual = self.unusual_in(points.spec.space)
        if unusual is not None:
            return unusual.units
        try:
            active = self._active(points.latents.shape[1], points.spec.space)
            return Units(points.latents, active if active.any() else None)  # of one that uses none, whatever it has
        except ValueError:
            return None

    def nearest(self, points: Points) -> Nearest | None:
        """The search for a set's nearest latents, prepared once; None for a set without spread."""
        return self._search(points.spec.name, points.hash)

    def _searched(self, name: str, _: str) -> Nearest | None:
        points = self.points(name)
        units = self.units(points)
        return None if units is None else Nearest(points.latents, units)

    def _active(self, size: int, space: str | None = None) -> NDArray[np.bool_]:
        """Which of a space's dimensions the encoder uses, (size,); all where nothing has been measured."""
        if space not in (None, self.model.default_space):
            return np.ones(size, bool)
        active = np.zeros(size, bool)
        active[[slider["dim"] for slider in self.sliders if slider["active"]]] = True
        return active

    def project(self, set_name: str, dims: int) -> Pca:
        """The PCA of a set, computed once. A set of a person's own may be another one under the same name later."""
        return self._project(set_name, dims, self.points(set_name).hash)

    def _projected(self, set_name: str, dims: int, _hash: str) -> Pca:
        return Pca.fit(self.points(set_name).latents, dims)

    @property
    def samplers(self) -> tuple[Sampler, ...]:
        """What latents can be drawn from, the default first; none where the prior is data that did not come along."""
        return samplers(self.manifest)

    def draw_z(self, count: int, seed: int) -> Floats:
        """Latents (count, D) of z from the prior: those that `draw` maps to w for the same seed."""
        return sample(self.manifest.latent.prior, self.model.latent_size("z"), count, seed)

    def draw(self, count: int, seed: int, name: str | None = None) -> Floats:
        """Latents (count, D) of the default space from a sampler, the first where no name is given.

        Raises Unsupported without any sampler, BadRequest for an unknown one, Broken for one whose file is damaged.
        """
        return self.source(name)(count, seed)

    def source(self, name: str | None = None) -> Callable[[int, int], Floats]:
        """What draws latents (count, D) for a count and a seed as `draw` does, read once; `class.2` is the normal
        distribution of the encoded pictures of class 2. Raises as `draw` does."""
        if name is not None and name.startswith(ONE_CLASS):
            return self._of_class(name).draw
        if not self.samplers:
            raise Unsupported("This model's prior is its data, but no encoded data came with it.")
        known = {each.name: each for each in self.samplers}
        if name is not None and name not in known:
            raise BadRequest(f"{self.id} has no sampler {name!r}; its samplers: {', '.join(known)}.", field="sampler")
        sampler = known[name] if name is not None else self.samplers[0]
        empirical = sampler.kind == "prior" and self.manifest.latent.prior == "empirical"
        reference = self.points().latents if empirical else None
        try:
            return source(self.model, sampler, folder=self.folder, reference=reference)
        except ValueError as wrong:
            raise Broken(f"The sampler {sampler.name} of {self.id} cannot be used: {wrong}", field="sampler") from wrong

    def _of_class(self, name: str) -> Gaussian:
        points = self.points() if self.default_set else None
        classes = points.pictures.info.classes if points and points.pictures else ()
        number = name.removeprefix(ONE_CLASS)
        if points is None or not number.isdecimal() or int(number) >= len(classes):
            there = f"its classes are numbered from 0 to {len(classes) - 1}" if classes else "it knows no classes"
            raise BadRequest(f"{self.id} has no sampler {name!r}; {there}.", field="sampler")
        return self.class_gaussian(int(number))


def _plain_sliders(size: int, most: float) -> list[dict[str, Any]]:
    """Of a space about which nothing has been measured."""
    plain = {"low": -most, "high": most, "mean": 0.0, "std": 1.0, "effect": None, "kl": None, "active": True}
    return [{"dim": dim, **plain} for dim in range(size)]


def graph_files(manifest: Manifest) -> list[str]:
    """The ONNX files that a manifest names."""
    parts = [manifest.encoder, manifest.decoder, manifest.spaces.mapping if manifest.spaces else None]
    return [part.file for part in parts if part is not None]
