"""What happens in a job's own process. It may be killed at any moment, and nothing is lost with it but its work."""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from server import logs
from server.errors import ExplorerError
from server.jobs.task import Document, Result, Task, Work
from server.storage import Storage

log = logging.getLogger(logs.OURS)
NICE = 10  # a hand on a slider comes first
REST = 0.2  # seconds between two news
MAX_NEWS = 4 * 2**20  # bytes
_READY = object()


@dataclass(frozen=True)
class Order:
    """What the process is handed: bytes in place of arrays, since unpickling an array would import numpy too early."""

    module: str
    folder: Path
    model: str
    model_hash: str
    parameters: Document
    arrays: dict[str, tuple[str, tuple[int, ...], bytes]]  # dtype, shape, row-major bytes
    storage: Storage | None = None


@dataclass(frozen=True)
class Failure:
    """What went wrong, in the words of the error tree."""

    code: str
    message: str
    field: str | None


MISTAKE = Failure("internal", "The server made a mistake. Its log says more; please try again.", None)


def order(folder: Path, module: str, model_hash: str, work: Work, storage: Storage | None = None) -> Order:
    """The order for a work."""
    given = {**work.arrays, **work.given}
    arrays = {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in given.items()}
    return Order(module, folder, work.model, model_hash, work.parameters, arrays, storage)


def carry_out(given: Order, news: Connection) -> Result | Failure:
    """Do the work; errors of the tree become a Failure, all others leave as they are."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C in a terminal is for the server, which then kills this
    _one_thread()
    logs.set_up_child()
    importlib.import_module(given.module)
    if hasattr(os, "nice"):
        os.nice(NICE)  # only now: somebody waits for the first sign of life
    return _done(given, Reporter(news))


def stand_by(module: str, cache: Path, line: Connection) -> None:
    """Get ready for a kind of work, and carry out one order after the other, until the line is cut.

    Whoever orders while the process gets ready waits for the current step of that only; the others follow when it is
    idle again. What numba compiles and may keep is kept in `cache`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Control-C in a terminal is for the server, which then cuts the line
    _one_thread()
    logs.set_up_child()
    os.environ.setdefault("NUMBA_CACHE_DIR", _writable(cache))
    steps: Iterator[None] = importlib.import_module(module).warm()
    news, ready = _Line(line), False
    while True:
        if not (ready or line.poll()):
            ready = next(steps, _READY) is _READY
            continue
        try:
            given = line.recv()
        except EOFError:
            return
        line.send(_whatever(given, Reporter(news)))


def _whatever(given: Order, reporter: Reporter) -> Result | Failure:
    """As `_done`, but a mistake ends the order and not the process. Where memory runs out the process ends, too."""
    try:
        return _done(given, reporter)
    except MemoryError:
        raise
    except Exception as wrong:
        log.error("A job of %s failed", given.module, exc_info=wrong)
        return MISTAKE


def _done(given: Order, reporter: Reporter) -> Result | Failure:
    import numpy as np

    arrays: dict[str, Any] = {
        name: np.frombuffer(content, dtype).reshape(shape) for name, (dtype, shape, content) in given.arrays.items()
    }
    work = Work("", given.model, given.parameters, arrays)
    try:
        task = Task(given.folder, work, given.model_hash, given.storage)
        result = importlib.import_module(given.module).run(task, reporter)
    except ExplorerError as wrong:
        return Failure(wrong.code, wrong.message, wrong.field)
    if not isinstance(result, Result):
        raise TypeError(f"{given.module}.run returned {type(result).__name__}, not a Result")
    return result


def _one_thread() -> None:
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{library}_NUM_THREADS"] = "1"


def _writable(cache: Path) -> str:
    """The folder, or where it cannot be written a temporary one: without any, numba refuses to be imported."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            return str(cache)
    except OSError:
        return tempfile.mkdtemp(prefix="latent-explorer-")


class _Line:
    """The line to the server, for news: they are bytes there, and outcomes are not."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def send_bytes(self, text: bytes) -> None:
        """As a pipe for news does."""
        self._line.send(text)


class News(Protocol):
    """Takes news."""

    def send_bytes(self, text: bytes, /) -> None: ...


class Reporter:
    """Sends news to the server, a few a second; ends the process when the server is gone."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._last = ("", 0.0)

    def __call__(self, progress: float | None, message: str, partial: Document | None = None) -> None:
        said, when = self._last
        now = time.monotonic()
        if message == said and now - when < REST:
            return
        self._last = (message, now)
        share = None if progress is None else min(1.0, max(0.0, float(progress)))
        text = json.dumps({"progress": share, "message": message, "partial": partial}, allow_nan=False)
        if len(text) > MAX_NEWS:
            raise ValueError(f"news of {len(text)} bytes; at most {MAX_NEWS} are sent")
        self._news.send_bytes(text.encode())
