"""What a process holds, looked at again and again: memory, threads and descriptors, and whether they grow."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from benchmarks.verdict import Bound, at_most

MB = 2**20
PERCENT = 2.0


@dataclass(frozen=True)
class Sample:
    """One look: private and shared bytes that lie in memory, threads, and open descriptors (with sockets)."""

    at: float  # seconds, or cycles
    memory: int
    threads: int
    descriptors: int


def look(pid: int, at: float) -> Sample:
    """Look at a process now."""
    process = psutil.Process(pid)
    with process.oneshot():
        return Sample(at, process.memory_info().rss, process.num_threads(), process.num_fds())


def rows(what: str, samples: Sequence[Sample], warm: float) -> list[Bound]:
    """The verdict on what came after `warm`: the last quarter of it against the first, medians both.

    Memory may grow by 2%; threads and descriptors may not grow at all. Raises ValueError for too few samples.
    """
    later = [sample for sample in samples if sample.at >= warm]
    part = len(later) // 4
    if part < 2:
        raise ValueError(f"{len(later)} looks after the warm-up are too few to tell growth from chance")
    first, last = later[:part], later[-part:]

    def middle(some: Sequence[Sample], name: str) -> float:
        return float(statistics.median(getattr(sample, name) for sample in some))

    before, after = (middle(some, "memory") for some in (first, last))
    told = f"{before / MB:.1f} to {after / MB:.1f} MB"
    found = [at_most(f"{what}: memory growth after warm-up", 100 * (after / before - 1), PERCENT, "%", told)]
    for name in ("threads", "descriptors"):
        one, other = middle(first, name), middle(last, name)
        found.append(at_most(f"{what}: further {name}", other - one, 0, "", f"{one:.0f} to {other:.0f}"))
    return found


def table(samples: Sequence[Sample], unit: str, lines: int = 12) -> str:
    """Some of the samples, evenly over the run."""
    step = max(1, len(samples) // lines)
    shown = [*samples[::step], samples[-1]] if (len(samples) - 1) % step else samples[::step]
    body = [f"| {s.at:,.0f} | {s.memory / MB:.1f} | {s.threads} | {s.descriptors} |" for s in shown]
    return "\n".join([f"| {unit} | MB | threads | descriptors |", "| --- | --- | --- | --- |", *body])
