"""What a GPU brings: `python -m benchmarks.gpu`. Without one it says so and leaves with 2; it needs no network.

For both runtimes on CUDA, in one run of less than five minutes:

- pictures a second in batches of 1 to 1,024, through the model as the server calls it from two threads, beside the same
  graph in the same precision in a bare loop: one recorded pass of just that batch, latents in, pixels out. The bound:
  torch's decode reaches 90% of the bare loop at every size;
- the WebSocket's round trip, a picture there and back, on the GPU and beside it on the CPU;
- the memory that the device gives;
- a device that is really full: the batch is halved, and the answer is the same.
"""

from __future__ import annotations

import gc
import json
import struct
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import keep, machine
from benchmarks.wire import aside
from server.catalog import Catalog
from server.opened import OpenedModel
from server.runtimes import Device, Name, OutOfMemory, Runtime, choose, has_nvidia_driver
from server.runtimes.halving import Halving
from server.runtimes.onnx import OnnxRuntime
from server.runtimes.precision import BOUND, difference, made_up
from server.settings import ROOT
from tests.browser.host import serving

Arrays = dict[str, NDArray[Any]]
MODELS = ("faces-vae", "fashion-vae-16")
RUNTIMES: tuple[Name, ...] = ("torch", "onnx")
BATCHES = (1, 4, 16, 64, 256, 1024)
SECONDS = 1.0  # a figure
SHARE = 0.9
THREADS = 2
TRIPS = 200
ROWS = 1024
ROOMS = (1024, 512, 256, 128, 64, 32)  # MB left on the device
NO_GPU = "There is no GPU here that torch can use, so nothing was measured. Set up with: GPU=1 python3 run.py setup"


def usable() -> bool:
    """Whether there is a GPU, and a torch that can use it."""
    if not has_nvidia_driver() or find_spec("torch") is None:
        return False
    import torch

    return torch.cuda.is_available()


def rate(
    work: Callable[[], object], rows: int, seconds: float, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Rows a second of `work`, which does `rows` of them; the first three calls do not count."""
    for _ in range(3):
        work()
    start, calls = clock(), 0
    while clock() - start < seconds:
        work()
        calls += 1
    return calls * rows / (clock() - start)


def side_by_side(work: Callable[[], object], threads: int) -> Callable[[], object]:
    """`work` once in each of so many threads at a time."""

    def both() -> None:
        for done in [pool.submit(work) for _ in range(threads)]:
            done.result()

    pool = ThreadPoolExecutor(threads)
    return both


def bare(path: Path, feeds: Arrays, output: str) -> Callable[[], object]:
    """The graph in the precision that the torch runtime takes, recorded for just these feeds and replayed."""
    import onnx
    import torch

    from server.runtimes.captured import record_cuda
    from server.runtimes.torch import precise_enough

    graph, _ = precise_enough(onnx.load(path), torch.device("cuda"), torch.float16)
    given = {name: torch.from_numpy(each) for name, each in feeds.items()}
    with torch.inference_mode():
        held = {name: each.cuda() for name, each in given.items()}
        replay, (answer,) = record_cuda(lambda: graph.forward([output], held))

    def once() -> NDArray[Any]:
        with torch.inference_mode():
            for name, each in given.items():
                held[name].copy_(each)
            replay()
            found: NDArray[Any] = answer.cpu().numpy()
            return found

    return once


def throughput(name: str, runtimes: Mapping[Name, Runtime]) -> tuple[list[str], float]:
    """Lines of the table for a model, and the least share of the bare loop that torch's decode reaches."""
    opened = {each: OpenedModel(Catalog(ROOT / "checkpoints"), runtime, name) for each, runtime in runtimes.items()}
    first = next(iter(opened.values()))
    decoder = first.manifest.decoder
    assert decoder is not None
    assert decoder.pixels is not None
    path, least, lines = first.folder / decoder.file, 1.0, []
    inputs = OnnxRuntime("cpu").load(path).inputs
    for batch in BATCHES:
        feeds = made_up(inputs, batch)
        alone = rate(bare(path, feeds, decoder.pixels), batch, SECONDS)
        for each, model in opened.items():
            latents = np.ascontiguousarray(feeds[decoder.input].reshape(batch, -1))
            work = side_by_side(lambda m=model, z=latents: m.model.pixels(z), THREADS)  # type: ignore[misc]
            mine = rate(work, THREADS * batch, SECONDS)
            running = model.running[decoder.file]
            least = min(least, mine / alone) if each == "torch" else least
            lines.append(
                f"| {name} | {each}, {running.precision} on {running.device} | {batch} | {mine:,.0f} | {alone:,.0f} | "
                f"{mine / alone:.2f} | {running.note} |"
            )
    return lines, least


def round_trips(runtime: Name, device: Device, name: str, trips: int = TRIPS) -> list[float]:
    """Milliseconds from a frame with one latent to its picture, over the server's WebSocket."""
    from websockets.sync.client import connect

    random, times = np.random.default_rng(0), []
    size = OpenedModel(Catalog(ROOT / "checkpoints"), choose("onnx", "cpu"), name).model.latent_size()
    environment = {"LATENT_EXPLORER_RUNTIME": runtime, "LATENT_EXPLORER_DEVICE": device}
    with serving(environment) as host, connect(f"ws://127.0.0.1:{host.port}/api/live", max_size=None) as socket:
        for stamp in range(trips + 20):
            head = json.dumps({"stamp": stamp, "model": name}).encode()
            frame = struct.pack("<I", len(head)) + head + random.standard_normal(size).astype("<f4").tobytes()
            start = time.perf_counter()
            socket.send(frame)
            while aside(answer := socket.recv()):
                pass
            taken = (time.perf_counter() - start) * 1e3
            assert isinstance(answer, bytes)
            said = json.loads(answer[4 : 4 + struct.unpack_from("<I", answer)[0]])
            if "error" in said:
                raise RuntimeError(said["error"]["message"])
            if stamp >= 20:
                times.append(taken)
    return times


@contextmanager
def nearly_full(room: int) -> Iterator[None]:
    """A device on which other programs have left `room` bytes."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()
    free, _ = torch.cuda.mem_get_info()
    ballast = [torch.empty(max(0, free - room), dtype=torch.uint8, device="cuda")]
    try:
        yield
    finally:
        ballast.clear()
        torch.cuda.empty_cache()


def pressed(runtime: Name, name: str) -> list[str]:
    """What becomes of a large batch when there is less and less room. Raises RuntimeError for a wrong answer."""
    path = ROOT / "checkpoints" / name / "decoder.onnx"
    plain = OnnxRuntime("cpu").load(path)
    feeds, lines = made_up(plain.inputs, ROWS), []
    for room in ROOMS:
        graph = Halving(choose(runtime, "cuda").load(path))
        with nearly_full(room * 2**20):
            try:
                apart = difference(plain, graph, plain.outputs, feeds)
            except OutOfMemory as full:
                lines.append(f"| {runtime} | {room} | not one row | {full} |")
                break
        if apart > 2 * BOUND:
            raise RuntimeError(f"With {room} MB of room {runtime} answers something else, off by {apart:.4f}.")
        lines.append(f"| {runtime} | {room} | {graph.fits or 'all'} | {apart:.5f} |")
        del graph
    return lines


def memory() -> str:
    """What is taken on the device, and what torch's tensors took at most."""
    import torch

    free, total = (each / 2**30 for each in torch.cuda.mem_get_info())
    most = torch.cuda.max_memory_allocated() / 2**30
    return (
        f"Of the device's {total:.1f} GB, {total - free:.2f} GB are taken after the throughput of all models, with "
        f"what other programs take; torch's tensors took at most {most:.2f}."
    )


def table(head: Sequence[str], lines: Sequence[str]) -> str:
    """Rows under a head."""
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines])


def main() -> int:
    """Measure, print and keep; 2 without a GPU, 1 where the bound is missed."""
    if not usable():
        print(NO_GPU, file=sys.stderr)
        return 2
    import torch

    runtimes = {name: choose(name, "cuda") for name in RUNTIMES}
    rows: list[str] = []
    least = 1.0
    for name in MODELS:
        lines, share = throughput(name, runtimes)
        rows, least = rows + lines, min(least, share)
    taken = memory()
    trips = {f"{each}, cuda": round_trips(each, "cuda", MODELS[0]) for each in RUNTIMES}
    trips["onnx, cpu"] = round_trips("onnx", "cpu", MODELS[0])
    full = [line for each in RUNTIMES for line in pressed(each, MODELS[0])]
    heading = f"`python -m benchmarks.gpu` on {machine()}, {torch.cuda.get_device_name()}, torch {torch.__version__}"
    decode = table(["model", "runtime", "batch", "pictures a second", "bare loop", "share", "note"], rows)
    medians = [f"| {name} | {np.median(each):.2f} | {np.percentile(each, 95):.2f} |" for name, each in trips.items()]
    trip = table(["WebSocket round trip", "p50 ms", "p95 ms"], medians)
    room = table(["runtime", "MB left", f"rows at once of {ROWS}", "largest difference"], full)
    verdict = f"torch's decode reaches at least {least:.2f} of the bare loop; the bound is {SHARE}."
    keep("gpu", "\n\n".join([heading, decode, verdict, trip, taken, room]))
    return int(least < SHARE)


if __name__ == "__main__":
    sys.exit(main())
