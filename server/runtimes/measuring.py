"""Does it pay to run several rows together? A short measurement when a model first loads, kept under its hash."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from server.runtimes import Running
from server.storage import Storage

SECONDS = 0.12  # of one measurement, about: the first model waits for it
TURNS = 5  # each a pass of every size, so that what else goes on here falls on all of them
FEWEST = 3
# Seconds that a pass costs beside its decoding, about: a thread is woken, takes the batch and hands the answers over.
HANDING_OVER = 0.1e-3
GAIN = 0.1  # what doubling the batch must save of a row's time; less is not worth the next hand's waiting


def best_limit(
    decode: Callable[[int], None],
    most: int,
    *,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.perf_counter,
) -> int:
    """The most rows worth running together, of 1, 2, 4, 8 and so on up to `most`.

    `decode` runs that many rows and returns when they are done. Larger batches are tried while the time allows, and
    taken while each saves a tenth of a row's time over the last one that was taken.
    """
    end = clock() + seconds
    sizes = _affordable(decode, most, end, clock)
    times: dict[int, list[float]] = {size: [] for size in sizes}
    for turn in range(TURNS):
        if turn >= FEWEST and clock() >= end:
            break
        for size in sizes:
            times[size].append(_seconds(decode, size, clock))
    return best_of({size: (median(taken) + HANDING_OVER) / size for size, taken in times.items()})


def best_of(a_row: dict[int, float]) -> int:
    """The batch to take, from the seconds a row in batches of each size, the smallest first."""
    taken = min(a_row)
    for size in sorted(a_row):
        if a_row[size] <= a_row[taken] * (1 - GAIN):
            taken = size
    return taken


def _affordable(decode: Callable[[int], None], most: int, end: float, clock: Callable[[], float]) -> list[int]:
    """The sizes for whose turns there is time. Each is run once, which warms it up and tells how long it takes."""
    sizes: list[int] = []
    a_turn, last, size = 0.0, 0.0, 1
    while size <= max(1, most):
        # The first run of a size may set things up for it; twice the one before is what it takes at most after that.
        if sizes and clock() + FEWEST * (a_turn + 2 * last) + 4 * last > end:
            break
        decode(size)
        last = _seconds(decode, size, clock)
        a_turn += last
        sizes.append(size)
        size *= 2
    return sizes


def _seconds(decode: Callable[[int], object], size: int, clock: Callable[[], float]) -> float:
    start = clock()
    decode(size)
    return clock() - start


def median_seconds(decode: Callable[[int], object], rows: int) -> float:
    """What a pass of so many rows takes, of a few."""
    return median(_seconds(decode, rows, time.perf_counter) for _ in range(TURNS))


def kept_limit(
    storage: Storage | None, model_hash: str, running: Running, decode: Callable[[int], None], most: int
) -> int:
    """`best_limit`, measured once for a model, a runtime, its version, a device and a precision."""
    name = _name(model_hash, running, most)
    known = None if storage is None else _read(storage.get("results", name), most)
    if known is not None:
        return known
    limit = best_limit(decode, most)
    if storage is not None:
        content = {"model": model_hash, "runtime": running.runtime, "device": running.device, "limit": limit}
        with contextlib.suppress(OSError):  # it is measured again next time
            storage.put("results", name, json.dumps(content).encode())
    return limit


def _name(model_hash: str, running: Running, most: int) -> str:
    where = json.dumps([running.runtime, running.device, running.precision, most, HANDING_OVER])
    return f"batch-{model_hash}-{hashlib.sha256(where.encode()).hexdigest()[:16]}"


def _read(content: bytes | None, most: int) -> int | None:
    """The limit that was kept; None where there is none, or none that can be meant."""
    try:
        found: Any = json.loads(content or b"null")
        limit = found["limit"]
    except (ValueError, TypeError, KeyError):
        return None
    return limit if type(limit) is int and 1 <= limit <= most else None
