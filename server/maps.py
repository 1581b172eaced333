"""Finding the map that is asked for: on the spot, among those that ship, among those that are kept, or by a job."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.analysis import maps, trust
from models.analysis.maps import Method, about
from models.analysis.maps.shipped import Entry
from models.latent.projection import Pca
from server import projection
from server.errors import BadRequest, TooLarge
from server.jobs import Work
from server.jobs.manager import Jobs
from server.jobs.work import KINDS
from server.opened import OpenedModel, Points
from server.projection import Projection

Floats = NDArray[np.float32]
HELD = 8  # maps in memory
KIND = "map"


@dataclass(frozen=True)
class Chosen:
    """Which map of which points."""

    opened: OpenedModel
    points: Points
    method: Method
    dims: int
    seed: int
    settings: Mapping[str, float]
    control: bool

    @cached_property
    def name(self) -> str:
        """Of the map, by all that decides it."""
        return self.work.name(self.opened.hash, KINDS[KIND].version)

    @property
    def tag(self) -> str:
        """The name, with the file that holds the map if it came with the model: another one may be other positions."""
        known = entry(self)
        return (
            self.name
            if known is None or known.file is None
            else f"{self.name}-{self.opened.manifest.files[known.file][:16]}"
        )

    @cached_property
    def work(self) -> Work:
        """The job that makes it. Latents and labels go along; hashes of both stand in its name."""
        labels = about.labels_of(self.points.pictures, self.count)
        parameters = {
            "set": self.points.spec.name,
            "set_hash": self.points.hash,
            "labels": about.labels_hash(self.points.pictures),
            "method": self.method.name,
            "dims": self.dims,
            "settings": dict(self.settings),
            "seed": self.seed if self.seeded else 0,
            "control": self.control,
        }
        given: dict[str, NDArray[Any]] = {"latents": self.points.latents}
        if labels is not None:
            given["labels"] = labels
        return Work(KIND, self.opened.id, parameters, given=given)

    @property
    def seeded(self) -> bool:
        """Whether the seed changes anything."""
        return self.control or not self.method.linear

    @cached_property
    def latents(self) -> Floats:
        """What the map shows, (N, D)."""
        return maps.shuffled(self.points.latents, self.seed) if self.control else self.points.latents

    @property
    def count(self) -> int:
        """Points of the set."""
        return len(self.points.latents)


def choose(
    opened: OpenedModel,
    points: Points,
    *,
    method: str,
    dims: int = 2,
    seed: int = 0,
    parameters: Mapping[str, float] | None = None,
    control: bool = False,
    space: str | None = None,
) -> Chosen:
    """Which map is meant. Raises BadRequest, naming the field, or TooLarge for what no map can be made of."""
    count, size = points.latents.shape
    chosen, asked = maps.BY_NAME[method], parameters or {}
    if space is not None and space != points.spec.space:
        raise BadRequest(f"The set {points.spec.name} lies in the space {points.spec.space}.", field="space")
    if dims > size:
        raise BadRequest(f"A map of {dims} dimensions needs at least as many latent ones.", field="dims")
    known = [parameter.name for parameter in chosen.parameters]
    for name in asked:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise BadRequest(f"{chosen.title} has no parameter {name}; {has}.", field=name)
    if count > maps.MOST:
        raise TooLarge(
            f"A map takes at most {maps.MOST:,} points, and the set {points.spec.title} has {count:,}.", field="set"
        )
    if count < maps.FEWEST and not chosen.linear:
        raise BadRequest(
            f"{chosen.title} needs at least {maps.FEWEST} points, and the set {points.spec.title} has {count}.",
            field="set",
        )
    return Chosen(opened, points, chosen, dims, seed, maps.settled(chosen, asked, count), control)


class Maps:
    """The maps that are there, the last few in memory."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._held: OrderedDict[str, Projection] = OrderedDict()
        self._lock = threading.Lock()

    async def find(self, chosen: Chosen, *, visitor: str) -> Projection | None:
        """The map, or None where a job has to make it first."""
        found = self._recall(chosen.name)
        if found is None:
            # Not in the engine's workers, which draw what the hand on a slider asks for.
            found = await asyncio.to_thread(linear if chosen.method.linear else shipped, chosen)
            found = found or await self._made(chosen, visitor)
            if found is not None:
                self._remember(chosen.name, found)
        return found

    async def judged(self, chosen: Chosen, found: Projection) -> Projection:
        """The same map with how far to trust it: of a PCA that did not ship that is looked into now, and remembered."""
        if found.about["trust"] is None:
            found = await asyncio.to_thread(trusted, chosen, found)
            self._remember(chosen.name, found)
        return found

    async def ready(self, chosen: Chosen, *, visitor: str) -> bool:
        """Whether `find` would find it."""
        if chosen.method.linear or self._recall(chosen.name) is not None or entry(chosen) is not None:
            return True
        return await self._jobs.has(chosen.work, visitor=visitor)

    async def _made(self, chosen: Chosen, visitor: str) -> Projection | None:
        result = await self._jobs.known(chosen.work, visitor=visitor)
        if result is None:
            return None
        try:
            return await asyncio.to_thread(made, chosen, result.content)
        except ValueError:  # damaged: it has to be made again
            await self._jobs.discard(chosen.work)
            return None

    def _recall(self, name: str) -> Projection | None:
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
            return self._held.get(name)

    def _remember(self, name: str, found: Projection) -> None:
        with self._lock:
            self._held[name] = found
            while len(self._held) > HELD:
                self._held.popitem(last=False)


def linear(chosen: Chosen) -> Projection:
    """A PCA map, computed; what was measured of it is taken from the model's folder, where it stands there."""
    latents = chosen.latents
    pca = (
        Pca.fit(latents, chosen.dims) if chosen.control else chosen.opened.project(chosen.points.spec.name, chosen.dims)
    )
    positions = pca.project(latents)
    known = entry(chosen)
    if known is not None:
        return Projection(latents, positions, {**known.about, "shipped": True}, pca)
    return Projection(latents, positions, {**about.of_pca_at_once(chosen.work.parameters, pca), "shipped": False}, pca)


def trusted(chosen: Chosen, found: Projection) -> Projection:
    """A PCA map with how far to trust it. Raises ValueError for another method's."""
    if found.pca is None:
        raise ValueError(f"a {chosen.method.title} map comes with its trust")
    labels = about.labels_of(chosen.points.pictures, chosen.count)
    told = about.of_pca(chosen.work.parameters, found.pca, found.latents, found.positions, labels, trust.QUICK)
    return replace(found, about={**told, "shipped": False})


def shipped(chosen: Chosen) -> Projection | None:
    """A fitted map that came with the model; None where none did, or one of other points."""
    known = entry(chosen)
    if known is None or known.file is None:
        return None
    try:
        positions = np.load(chosen.opened.folder / known.file, allow_pickle=False).astype(np.float32)
    except (OSError, ValueError, EOFError):
        return None
    if positions.shape != (chosen.count, chosen.dims) or not np.isfinite(positions).all():
        return None
    return Projection(chosen.latents, positions, {**known.about, "shipped": True})


def made(chosen: Chosen, content: bytes) -> Projection:
    """A map from a job's result. Raises ValueError for a damaged one."""
    positions, told = projection.unpacked(content)
    if positions.shape != (chosen.count, chosen.dims):
        raise ValueError(f"a map of the shape {positions.shape}")
    return Projection(chosen.latents, positions, {**told, "shipped": False})


def entry(chosen: Chosen) -> Entry | None:
    """What the model's folder says of the map; None where it is not of these points, labels and parameters."""
    if chosen.control or (chosen.seeded and chosen.seed):
        return None
    for each in chosen.opened.maps:
        named = each.key == (chosen.points.spec.name, chosen.method.name, chosen.dims)
        same = (each.set_hash, each.labels) == (chosen.points.hash, about.labels_hash(chosen.points.pictures))
        there = chosen.method.linear if each.file is None else each.file in chosen.opened.manifest.files
        if named and same and there and each.about["parameters"] == dict(chosen.settings):
            return each
    return None
