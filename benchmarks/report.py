"""Percentiles and a table, and the machine that they were taken on."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).resolve().parent / "results"


def table(times_ms: Mapping[str, Sequence[float]], base: str) -> str:
    """p50 and p95 of each row in milliseconds, and both as ratios to the row called `base`."""
    middle, tail = (np.percentile(times_ms[base], q) for q in (50, 95))
    lines = ["| what | n | p50 ms | p95 ms | p50 ratio | p95 ratio |", "| --- | --- | --- | --- | --- | --- |"]
    for name, times in times_ms.items():
        p50, p95 = np.percentile(times, 50), np.percentile(times, 95)
        lines.append(f"| {name} | {len(times)} | {p50:.2f} | {p95:.2f} | {p50 / middle:.1f} | {p95 / tail:.1f} |")
    return "\n".join(lines)


def machine() -> str:
    """One line on where and when."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{datetime.now(UTC):%Y-%m-%d}"
    )


def keep(name: str, text: str) -> None:
    """Print a report and write it to benchmarks/results/<name>.md."""
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text + "\n")
