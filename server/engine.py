"""The engine: encode and decode, batched, over whatever runtime the settings chose. It knows no HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, ParamSpec, TypeAlias, TypeVar
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from models.adapter import BadInput, GraphMismatch, NotSupported, Posterior
from server.batching import Kind, Lane, Waiting
from server.bounds import Bounds
from server.catalog import Catalog
from server.errors import BadRequest, Broken, StaleModel, TooLarge, Unsupported
from server.loading import OpenModels
from server.opened import OpenedModel
from server.runtimes import OutOfMemory, Runtime
from server.runtimes.measuring import kept_limit, median_seconds
from server.storage import Storage
from server.visitors import asking
from server.watching import Watch

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Scalar = TypeVar("Scalar", np.float32, np.uint8)
Rows = NDArray[np.float32]  # latents, (N, D)
Pixels = NDArray[np.uint8]  # (N, H, W, C)
Drawn: TypeAlias = Waiting[Rows, Pixels]

MAX_VALUES = 2**25  # pixels x channels of one answer: 32 MB as bytes
CACHE_BYTES = 32 * 2**20
# Seconds of a picture, drawn with others, that is not worth a thread: about what the event loop has to do for its frame
# anyway. To wake a thread and to hear of its end takes as long, and while 64 people drag, threads that want the
# interpreter wait for each other. A pass takes more of them than else on a CPU, for they share what it costs by itself.
AT_ONCE, AT_ONCE_ROWS = 20e-6, 64
LOOK_AT_ONCE, FEW = 0.15e-3, 8  # seconds of a look at the data that is not worth a thread, and how many at most
LONE = 1e-3  # seconds of a lone picture that is worth a thread only while others ask too, who would wait
KINDS = 256  # ways to draw that are remembered; psi alone has as many as a slider has steps
NONE = np.zeros((0, 0), np.float32)
RANKED = 64  # points whose place among the data is looked up together
BEHIND = 5  # how much nicer than the hand's the other threads are: about a third of its share of a core


@dataclass(frozen=True)
class Pays:
    """How pictures for hands are drawn best, as measured."""

    limit: int  # the most that run together
    at_once: bool = False  # on the event loop itself
    lone: bool = False  # on the event loop while nobody else asks


@dataclass(frozen=True)
class Ask:
    """Everything that decides a batch of pictures (see schemas.PictureRequest)."""

    model: str
    latents: NDArray[np.float32]  # (N, D)
    space: str | None = None
    conditions: Mapping[str, int] = field(default_factory=dict)
    psi: float = 1.0
    noise_seed: int | None = 0  # None: without noise
    hash: str | None = None

    @property
    def classes(self) -> dict[str, NDArray[np.int64]] | None:
        """The conditions as the adapter takes them: one class for all rows."""
        return class_arrays(self.conditions)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What must agree for two requests to run together."""
        return (self.model, self.space, tuple(sorted(self.conditions.items())), self.psi, self.noise_seed)


@dataclass(frozen=True)
class Point:
    """Places in a model's latent space."""

    opened: OpenedModel
    latent: NDArray[np.float32]  # (N, D)
    space: str | None

    def __len__(self) -> int:
        return len(self.latent)


class Engine:
    """Opens models when first asked for and runs their graphs in threads, one thread a pass.

    What a hand on a slider waits for runs in one pool; everything else runs behind it, in threads that the system lets
    run where the first and the browser leave time. In each lane, visitors take turns (`batching`).
    """

    def __init__(
        self,
        catalog: Catalog,
        make_runtime: Callable[[], Runtime],
        *,
        workers: int,
        bounds: Bounds | None = None,
        in_loop: bool = True,
    ) -> None:
        """`make_runtime` is called in a worker thread at the first use: the server answers before it is loaded.

        `in_loop`: a pass may be run on the event loop, as it may not where it waits for another process.
        """
        bounds = bounds or Bounds()
        self.catalog = catalog
        self._make_runtime = make_runtime
        self._in_loop = in_loop
        self._runtime: asyncio.Future[Runtime] | None = None
        self._batch = 0  # the most rows that are run together, known once a model has been loaded
        self._hand = ThreadPoolExecutor(workers, thread_name_prefix="hand")
        self._behind, self._computing = (
            ThreadPoolExecutor(workers, thread_name_prefix=name, initializer=_give_way)
            for name in ("behind", "computing")
        )
        self._workers = workers
        # An upload takes hundreds of MB and a worker for a second at worst: one worker is always left free.
        self.uploads = asyncio.Semaphore(max(1, min(4, workers - 1)))
        waiting = {"most": bounds.waiting, "a_visitor": bounds.a_visitor}
        self._lanes = {
            "hand": Lane("hand", self._hand, workers=workers, **waiting),
            # Pictures that no hand waits for leave one core free, if there are several.
            "behind": Lane("behind", self._behind, workers=max(1, workers - 1), **waiting),
            "computing": Lane("computing", self._computing, workers=workers, **waiting),
        }
        self.storage: Storage | None = None  # where what was measured of a model is kept, if it is to be kept
        self._models = OpenModels(self._load, self._prepare, most_bytes=bounds.models)
        self._pays: dict[str, Pays] = {}  # by the hash of a model
        self._looks_at_once: WeakSet[OpenedModel] = WeakSet()  # where a look at the data takes next to no time
        self._kinds: dict[tuple[object, ...], _Drawing] = {}  # by whether a hand waits, and a request's key
        self._cache = PictureCache(CACHE_BYTES)
        self.watch = Watch()

    @property
    def watch(self) -> Watch:
        """Who is told what goes on."""
        return self._models.watch

    @watch.setter
    def watch(self, watch: Watch) -> None:
        self._models.watch = watch
        for lane in self._lanes.values():
            lane.watch = watch

    def close(self) -> None:
        """Stop the workers once what they run is done."""
        self._models.close()
        for lane in self._lanes.values():
            lane.close()
        for pool in (self._hand, self._behind, self._computing):
            pool.shutdown(wait=False, cancel_futures=True)

    async def run(
        self, work: Callable[Parameters, Result], *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Result:
        """Compute something in a thread behind the hand. Raises Busy where too much waits."""
        return await self._lanes["computing"].submit(asking(), CALL, None, 1, lambda: work(*args, **kwargs))

    async def runtime(self) -> Runtime:
        """The runtime, loaded on first use."""
        if self._runtime is None:
            loop = asyncio.get_running_loop()
            self._runtime = asyncio.ensure_future(loop.run_in_executor(self._computing, self._make_runtime))
        task = self._runtime
        if task.done() and not task.cancelled() and task.exception() is None:  # as for every frame but the first
            return task.result()
        try:
            return await asyncio.shield(task)
        except (ValueError, ImportError) as wrong:
            if self._runtime is task:  # so that the next request tries again
                self._runtime = None
            raise Broken(f"No model can run: {wrong}", field="LATENT_EXPLORER_RUNTIME") from wrong

    def known(self, model_id: str, expected_hash: str | None = None) -> OpenedModel | None:
        """The model if it is open. Raises NotFound, Broken, or StaleModel when the hash is another's."""
        checkpoint, _ = self.catalog.ready(model_id)
        if expected_hash is not None and expected_hash != checkpoint.hash:
            raise StaleModel(
                f"This was made with another version of {model_id} ({expected_hash}; here is {checkpoint.hash}).",
                field="hash",
            )
        return self._models.known(model_id)

    async def open(self, model_id: str, expected_hash: str | None = None) -> OpenedModel:
        """The model, loaded on first use. Raises as `known` does, and Broken where it cannot be loaded."""
        if (known := self.known(model_id, expected_hash)) is not None:
            return known
        await self.runtime()
        return await self._models.get(model_id)

    def _load(self, model_id: str) -> OpenedModel:
        if self._runtime is None:
            raise RuntimeError("a model is opened after the runtime that runs it")
        runtime = self._runtime.result()
        self._batch = runtime.batch
        return OpenedModel(self.catalog, runtime, model_id)

    def _prepare(self, opened: OpenedModel) -> None:
        """What the first drag wants, and does not wait for."""
        if opened.unusual_in(None) is not None:
            point = Point(opened, np.zeros((1, opened.model.latent_size()), np.float32), None)
            if median_seconds(lambda rows: _rank([point] * rows), 1) <= LOOK_AT_ONCE:
                self._looks_at_once.add(opened)
        decoder = opened.manifest.decoder
        if self._runtime is None or decoder is None or opened.hash in self._pays:
            return
        most = self._runtime.result().batch
        latents = np.zeros((most, opened.model.latent_size()), np.float32)
        classes = class_arrays(opened.default_conditions)

        def decode(rows: int) -> None:
            opened.model.pixels(latents[:rows], conditions=classes)

        with contextlib.suppress(ValueError):  # a graph that cannot run tells whoever asks for a picture
            running = opened.running[decoder.file]
            limit = kept_limit(self.storage, opened.hash, running, decode, most)
            lone = self._in_loop and median_seconds(decode, 1) <= LONE
            # A GPU works by itself: whoever waits for it on the event loop keeps frames waiting that could be read.
            if lone and running.device == "CPU" and median_seconds(decode, limit) / limit <= AT_ONCE:
                self._pays[opened.hash] = Pays(max(limit, AT_ONCE_ROWS), at_once=True, lone=True)
            else:
                self._pays[opened.hash] = Pays(limit, lone=lone)

    async def decode(self, ask: Ask, *, hand: bool = False) -> Pixels:
        """Latents (N, D) -> pictures (N, H, W, C) uint8; `hand`: somebody moves a slider and waits for them.

        Raises BadRequest, TooLarge, Unsupported, Busy.
        """
        opened = await self.open(ask.model, ask.hash)
        self.check(opened, ask)
        # A hand hardly ever comes back to the same numbers: to remember each of its pictures costs more than it saves.
        keeps = opened.manifest.deterministic and not hand
        digest = self._cache.digest(opened.hash, ask) if keeps else None
        if digest is not None and (known := self._cache.get(digest)) is not None:
            return known
        rows = len(ask.latents)
        if rows <= self._batch:
            lane = self._lanes["hand" if hand else "behind"]
            pixels = await lane.submit(asking(), self._kind(opened, ask, hand=hand), None, rows, ask.latents)
        else:
            pixels = np.concatenate(await self._in_chunks(ask.latents, self._kind(opened, ask)))
        if digest is not None:
            self._cache.put(digest, pixels)
        return pixels

    def place(self, opened: OpenedModel, one: Ask, latents: Rows, tell: Callable[[Drawn], None]) -> Drawn | None:
        """Draw `latents` as `one`, which has been drawn before, for a hand; `tell` is called with what it came to.

        What `decode` does for a hand, with nothing to wait for in between: None where there is, since the model was let
        go or there are too many rows for one pass. Raises StaleModel, Busy.
        """
        if self.known(one.model, one.hash) is not opened or len(latents) > self._batch:
            return None
        kind = self._kind(opened, one, hand=True)
        return self._lanes["hand"].place(asking(), kind, None, len(latents), latents, tell)

    def drop(self, placed: Drawn) -> None:
        """Nobody waits for it any more."""
        self._lanes["hand"].drop(placed)

    def _kind(self, opened: OpenedModel, ask: Ask, *, hand: bool = False) -> Kind[Rows, Pixels]:
        """How a model's pictures are drawn: for a hand as many together as pay."""
        pays = self._pays.get(opened.hash) if hand else None
        known = self._kinds.get(key := (hand, ask.key))
        # One that has been let go may have been opened again meanwhile, and what pays may have been measured.
        if known is None or known.opened is not opened or known.pays is not pays:
            if len(self._kinds) >= KINDS:
                self._kinds.clear()
            how = pays or Pays(self._batch)
            run = partial(_decode, opened, replace(ask, latents=NONE))
            known = _Drawing(opened, pays, Kind(run, how.limit, opened.id, how.at_once, how.lone))
            self._kinds[key] = known
        return known.kind

    async def _in_chunks(self, latents: Rows, kind: Kind[Rows, Pixels]) -> list[Pixels]:
        """Draw a request part by part, few parts at a time, so that others' requests come in between."""
        few, lane = asyncio.Semaphore(max(1, self._workers - 1)), self._lanes["behind"]

        async def draw(rows: Rows) -> Pixels:
            async with few:
                return await lane.submit(asking(), kind, None, len(rows), rows)

        parts = np.array_split(latents, -(-len(latents) // kind.limit))
        tasks = [asyncio.ensure_future(draw(rows)) for rows in parts]
        try:
            return await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:  # nobody waits for the rest any more
                task.cancel()
            raise

    async def encode(
        self, model_id: str, images: NDArray[np.float32], conditions: Mapping[str, int] | None = None
    ) -> Posterior:
        """Pictures (N, H, W, C) float32 in [0, 1] -> posterior. Raises Unsupported without an encoder."""
        opened = await self.open(model_id)
        with translated():
            return await self.run(opened.model.encode, images, conditions=class_arrays(conditions or {}))

    async def unusual(self, point: Point) -> NDArray[np.float32] | None:
        """The percentiles of points' distances among held-out points; None where the model has none. Raises Busy."""
        opened, space, rows = point.opened, point.space or point.opened.model.default_space, len(point.latent)
        few = rows <= FEW and space == opened.model.default_space and opened in self._looks_at_once
        kind = RANK_AT_ONCE if few else RANK
        return await self._lanes["computing"].submit(asking(), kind, (opened.hash, space), rows, point)

    async def image(self, ask: Ask) -> NDArray[np.float32]:
        """Latents (N, D) -> pictures (N, H, W, C) float32 in [0, 1], for measuring; never batched or kept."""
        opened = await self.open(ask.model, ask.hash)
        self.check(opened, ask)
        with translated():
            return await self.run(
                opened.model.decode,
                ask.latents,
                space=ask.space,
                conditions=ask.classes,
                psi=ask.psi,
                noise_seed=ask.noise_seed,
            )

    def check(self, opened: OpenedModel, ask: Ask) -> None:
        """Raise BadRequest, TooLarge or Unsupported for what the model cannot draw."""
        if opened.manifest.decoder is None:
            raise Unsupported(f"{opened.id} has no decoder, so nothing can be drawn with it.")
        if ask.space is not None and ask.space not in opened.model.spaces:
            raise BadRequest(
                f"{opened.id} has no space {ask.space!r}; its spaces: {', '.join(opened.model.spaces)}.", field="space"
            )
        size = opened.model.latent_size(ask.space)
        if ask.latents.ndim != 2 or ask.latents.shape[1] != size:
            got = ask.latents.shape[-1] if ask.latents.ndim else 0
            raise BadRequest(
                f"{opened.id} takes latents of {size} numbers a row, but a row has {got}.", field="latents"
            )
        check_conditions(opened, ask.conditions)
        image = opened.manifest.image
        if len(ask.latents) * image.height * image.width * image.channels > MAX_VALUES:
            raise TooLarge("That is more pixels than one answer may hold; ask for fewer pictures.", field="latents")


@dataclass(frozen=True)
class _Drawing:
    opened: OpenedModel
    pays: Pays | None
    kind: Kind[Rows, Pixels]


def _call(works: list[Callable[[], Any]]) -> list[Any]:
    return [work() for work in works]


CALL: Kind[Callable[[], Any], Any] = Kind(_call)  # anything that is computed, each by itself


def _rank(several: list[Point]) -> list[NDArray[np.float32] | None]:
    """The percentiles of points of one model and space."""
    opened, space = several[0].opened, several[0].space
    found = opened.percentiles(np.concatenate([point.latent for point in several]), space)
    return [None] * len(several) if found is None else [*_parts(found, several)]


RANK: Kind[Point, NDArray[np.float32] | None] = Kind(_rank, RANKED)
RANK_AT_ONCE: Kind[Point, NDArray[np.float32] | None] = Kind(_rank, RANKED, at_once=True)


def _give_way() -> None:
    """Make this thread nicer than the others of the process, where the system knows priorities of threads."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            now = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(19, now + BEHIND))


def check_conditions(opened: OpenedModel, conditions: Mapping[str, int]) -> None:
    """Raise BadRequest for a condition or a class that the model does not have."""
    known = {condition.id: condition.classes for condition in opened.manifest.conditions}
    for name, index in conditions.items():
        if name not in known:
            raise BadRequest(f"{opened.id} has no condition {name!r}.", field="conditions")
        if index >= known[name]:
            raise BadRequest(
                f"{name} has {known[name]} classes, numbered from 0; {index} is none of them.", field="conditions"
            )


def class_arrays(conditions: Mapping[str, int]) -> dict[str, NDArray[np.int64]] | None:
    """Conditions as the adapter takes them: one class for all rows."""
    return {name: np.array([index], np.int64) for name, index in conditions.items()} or None


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """The adapter's errors as those that a user is told."""
    try:
        yield
    except NotSupported as reason:
        raise Unsupported(str(reason)) from reason
    except BadInput as reason:
        raise BadRequest(str(reason)) from reason
    except (GraphMismatch, OutOfMemory) as reason:
        raise Broken(str(reason), field="model") from reason


def _decode(opened: OpenedModel, how: Ask, several: list[Rows]) -> list[Pixels]:
    """One pass for several requests that are drawn alike, `how` for all of them but for its own latents."""
    latents = np.concatenate(several) if len(several) > 1 else several[0]
    with translated():
        pixels = opened.model.pixels(
            latents, space=how.space, conditions=how.classes, psi=how.psi, noise_seed=how.noise_seed
        )
    return _parts(pixels, several)


def _parts(found: NDArray[Scalar], several: Sequence[Sized]) -> list[NDArray[Scalar]]:
    """What was found for several requests together, as long for each as it is itself."""
    parts, start = [], 0
    for each in several:
        parts.append(found[start : start + len(each)])
        start += len(each)
    return parts


class PictureCache:
    """Decoded pictures by what decided them, least recently used out first. Only for deterministic decoders."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._known: OrderedDict[bytes, Pixels] = OrderedDict()
        self._size = 0

    @staticmethod
    def digest(model_hash: str, ask: Ask) -> bytes:
        """The name of a request's result."""
        head = repr((model_hash, *ask.key, ask.latents.shape)).encode()
        return hashlib.blake2b(head + ask.latents.tobytes(), digest_size=16).digest()

    def get(self, digest: bytes) -> Pixels | None:
        """The pictures, or None."""
        if digest in self._known:
            self._known.move_to_end(digest)
        return self._known.get(digest)

    def put(self, digest: bytes, pixels: Pixels) -> None:
        """Keep pictures, unless they alone would fill a quarter of the cache."""
        if pixels.nbytes * 4 > self.capacity or digest in self._known:
            return
        self._known[digest] = (
            pixels if pixels.base is None else pixels.copy()
        )  # a view would keep its whole batch alive
        self._size += pixels.nbytes
        while self._size > self.capacity:
            _, oldest = self._known.popitem(last=False)
            self._size -= oldest.nbytes
