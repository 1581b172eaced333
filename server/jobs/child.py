"""What happens in a job's own process. It may be killed at any moment, and nothing is lost with it but its work."""

from __future__ import annotations

import importlib
import json
import os
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from server.errors import ExplorerError
from server.jobs.task import Document, Result, Task, Work
from server.storage import Storage

NICE = 10  # a hand on a slider comes first
REST = 0.2  # seconds between two news
MAX_NEWS = 4 * 2**20  # bytes


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


def order(folder: Path, module: str, model_hash: str, work: Work, storage: Storage | None = None) -> Order:
    """The order for a work."""
    arrays = {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in work.arrays.items()}
    return Order(module, folder, work.model, model_hash, work.parameters, arrays, storage)


def carry_out(given: Order, news: Connection) -> Result | Failure:
    """Do the work; errors of the tree become a Failure, all others leave as they are."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    import numpy as np

    arrays: dict[str, Any] = {
        name: np.frombuffer(content, dtype).reshape(shape) for name, (dtype, shape, content) in given.arrays.items()
    }
    work = Work("", given.model, given.parameters, arrays)
    module = importlib.import_module(given.module)
    if hasattr(os, "nice"):
        os.nice(NICE)  # only now: somebody waits for the first sign of life
    try:
        result = module.run(Task(given.folder, work, given.model_hash, given.storage), Reporter(news))
    except ExplorerError as wrong:
        return Failure(wrong.code, wrong.message, wrong.field)
    if not isinstance(result, Result):
        raise TypeError(f"{given.module}.run returned {type(result).__name__}, not a Result")
    return result


class Reporter:
    """Sends news to the server, a few a second; ends the process when the server is gone."""

    def __init__(self, news: Connection) -> None:
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
