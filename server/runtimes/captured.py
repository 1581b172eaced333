"""A graph of the torch runtime through CUDA graphs: a pass is recorded once a batch size, and replayed from then on.

Of the time of a small batch on a GPU most goes into starting its kernels one by one; a replay starts them all at once.
A recording is for one batch size, so there are few sizes, and other batches are put together from these, the last one
filled up with copies of the last row. Everything but `record_cuda` works on the CPU too, and is tested there.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from server.runtimes import OutOfMemory, Running, is_full

if TYPE_CHECKING:
    from server.runtimes.torch import TorchGraph

log = logging.getLogger("latent_explorer")

Tensor = torch.Tensor
Arrays = Mapping[str, NDArray[Any]]
Replay = Callable[[], None]
Record = Callable[[Callable[[], list[Tensor]]], tuple[Replay, list[Tensor]]]

LADDER = (1, 2, 4, 8, 16, 32, 64, 128, 256)
WASTE = 0.25  # the share of a batch that may be filling; beyond it, it is taken apart
MOST = 64  # recordings of one graph; each holds its own memory


def rungs(rows: int) -> list[int]:
    """The recorded batch sizes that `rows` rows are run in, the large ones first; together as many, or a few more."""
    found: list[int] = []
    while rows > 0:
        above = next((size for size in LADDER if size >= rows), None)
        if above is not None and above - rows <= WASTE * above:
            return [*found, above]
        below = max(size for size in LADDER if size <= rows)
        found.append(below)
        rows -= below
    return found


def record_cuda(work: Callable[[], list[Tensor]]) -> tuple[Replay, list[Tensor]]:
    """Record what `work` starts on the GPU. Returns what replays it, and the tensors that hold its answer then."""
    beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(2):  # libraries set themselves up in their first calls, which cannot be recorded
            work()
    torch.cuda.current_stream().wait_stream(beside)
    recorded = torch.cuda.CUDAGraph()
    try:
        with torch.cuda.graph(recorded, capture_error_mode="thread_local"):
            answer = work()
    except BaseException:
        with contextlib.suppress(RuntimeError):
            torch.cuda.synchronize()
        raise
    return recorded.replay, answer


@dataclass(frozen=True)
class Recording:
    """One recorded pass: `replay` reads `inputs` and writes `outputs`."""

    inputs: dict[str, Tensor]
    outputs: list[Tensor]
    replay: Replay


class Captured:
    """A graph run through recordings. Runs wait for each other: a recording has one set of inputs and outputs.

    Where recording fails, the graph is run node by node from then on, and the log says why.
    """

    def __init__(self, graph: TorchGraph, record: Record, lock: threading.Lock, note: str = "") -> None:
        """`lock` is shared by all graphs of a device; `note` is why the graph is not in half precision, if so."""
        self._graph, self._record, self._lock, self._note = graph, record, lock, note
        self._recordings: dict[tuple[object, ...], Recording] = {}
        self._failed = ""

    @property
    def rows(self) -> frozenset[str]:
        return self._graph.rows

    @property
    def running(self) -> Running:
        return replace(self._graph.running, note="; ".join(each for each in (self._note, self._failed) if each))

    def run(self, outputs: Sequence[str], feeds: Arrays) -> list[NDArray[Any]]:
        """Run the graph and return the named outputs. Raises OutOfMemory."""
        with self._lock:
            try:
                with torch.inference_mode():
                    return self._run(tuple(outputs), feeds)
            except RuntimeError as full:
                if not is_full(full):
                    raise
                reason = str(full)
            self._recordings.clear()  # what they hold is what a smaller batch may need
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        raise OutOfMemory(reason)

    def _run(self, outputs: tuple[str, ...], feeds: Arrays) -> list[NDArray[Any]]:
        by_row = [name for name in self.rows & feeds.keys() if feeds[name].ndim]
        total = max((len(feeds[name]) for name in by_row), default=0)
        by_row = [name for name in by_row if len(feeds[name]) == total]
        if self._failed or (by_row and total == 0):
            return self._graph.run(outputs, feeds)
        parts, start = [], 0
        for size in rungs(total) if by_row else [0]:
            count = min(size, total - start)
            part = {
                name: filled(each[start : start + count], size) if name in by_row else each
                for name, each in feeds.items()
            }
            answer = self._replayed(outputs, part)
            if answer is None:
                return self._graph.run(outputs, feeds)
            parts.append([each[:count] if size and each.ndim and len(each) == size else each for each in answer])
            start += count
        if len(parts) == 1:
            return parts[0]
        return [np.concatenate(each) if each[0].ndim else each[0] for each in zip(*parts, strict=True)]

    def _replayed(self, outputs: tuple[str, ...], feeds: Arrays) -> list[NDArray[Any]] | None:
        """The answer of a recording; None where there can be none."""
        key = (outputs, *((name, each.shape, each.dtype.str) for name, each in sorted(feeds.items())))
        recording = self._recordings.get(key)
        if recording is None:
            recording = self._recorded(outputs, feeds)
            if recording is None:
                return None
            self._recordings[key] = recording
        for name, array in feeds.items():
            recording.inputs[name].copy_(torch.from_numpy(np.array(array)))
        recording.replay()
        return [each.to("cpu", copy=True).numpy() for each in recording.outputs]

    def _recorded(self, outputs: tuple[str, ...], feeds: Arrays) -> Recording | None:
        if len(self._recordings) >= MOST:
            return None
        inputs = {name: torch.from_numpy(np.array(each)).to(self._graph.device) for name, each in feeds.items()}
        try:
            replay, answer = self._record(lambda: self._graph.forward(outputs, inputs))
        except RuntimeError as reason:
            if is_full(reason):
                raise
            self._failed = f"CUDA graphs are off: {str(reason).splitlines()[0]}"
            log.warning("%s; the graph is run node by node", self._failed)
            return None
        return Recording(inputs, answer, replay)


def filled(rows: NDArray[Any], size: int) -> NDArray[Any]:
    """The rows with copies of the last one behind them: unlike zeros, a row that was asked for upsets no graph."""
    missing = size - len(rows)
    return rows if missing == 0 else np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)])
