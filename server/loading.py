"""Models are opened when first asked for, and kept within a budget of memory: the least recently used go first."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from server.opened import OpenedModel
from server.watching import Watch

LOADERS = 2  # models that are loaded at a time, in threads of their own: a load holds up no pass
REMEMBERED = 30.0  # seconds for which a load that failed is not tried again


class OpenModels:
    """The models that are open, by id."""

    def __init__(
        self, load: Callable[[str], OpenedModel], prepare: Callable[[OpenedModel], None], *, most_bytes: int
    ) -> None:
        """`load` is called in a thread, and `prepare` after it, while the model is used already."""
        self.watch = Watch()
        self._load, self._prepare = load, prepare
        self._most = most_bytes
        self._pool = ThreadPoolExecutor(LOADERS, thread_name_prefix="load")
        self._tasks: dict[str, asyncio.Task[OpenedModel]] = {}  # being opened
        self._open: OrderedDict[str, OpenedModel] = OrderedDict()  # the least recently used first
        self._failed: dict[str, tuple[float, Exception]] = {}

    @property
    def size(self) -> int:
        """Bytes that the open models hold, as they estimate it."""
        return sum(opened.size for opened in self._open.values())

    @property
    def ids(self) -> list[str]:
        """The open models, the least recently used first."""
        return list(self._open)

    def close(self) -> None:
        """Load nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def known(self, model_id: str) -> OpenedModel | None:
        """The model if it is open; it is used now."""
        if (known := self._open.get(model_id)) is not None:
            self._open.move_to_end(model_id)
        return known

    async def get(self, model_id: str) -> OpenedModel:
        """The model, opened if need be. Raises what opening it raised, and the same again for half a minute."""
        if (known := self.known(model_id)) is not None:
            return known
        if model_id in self._failed:
            since, reason = self._failed[model_id]
            if time.monotonic() - since < REMEMBERED:
                raise reason.with_traceback(None)
            del self._failed[model_id]
        if model_id not in self._tasks:
            self._tasks[model_id] = asyncio.ensure_future(self._opening(model_id))
        return await asyncio.shield(self._tasks[model_id])

    async def _opening(self, model_id: str) -> OpenedModel:
        begun = time.perf_counter()
        try:
            opened = await asyncio.get_running_loop().run_in_executor(self._pool, self._load, model_id)
        except Exception as wrong:
            self._failed[model_id] = (time.monotonic(), wrong)
            raise
        finally:
            del self._tasks[model_id]
        self._open[model_id] = opened
        self.watch.loaded(model_id, time.perf_counter() - begun, opened.size)
        self._make_room()
        self.watch.held(len(self._open), self.size)
        with contextlib.suppress(RuntimeError):  # the server ends
            self._pool.submit(self._prepare, opened)
        return opened

    def _make_room(self) -> None:
        gone = []
        while self.size > self._most and len(self._open) > 1:  # the one just opened stays, however large
            name, _ = self._open.popitem(last=False)
            gone.append(name)
            self.watch.evicted(name)
        if gone:  # whoever draws with one of them still holds it; the rest goes back to the system
            self._pool.submit(_give_back)


def _give_back() -> None:
    """Free what only cycles still hold, and return freed memory to the system where the C library can."""
    gc.collect()
    if (torch := sys.modules.get("torch")) is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)
