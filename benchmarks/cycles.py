"""Models opened and let go a thousand times: `python -m benchmarks.cycles`.

The server has room for one model only, and a visitor draws with one model after the other, so that each request opens a
model and lets another one go. Memory, threads and descriptors of the server are looked at after every round
of the models, so that it always holds the same one.
"""

from __future__ import annotations

import os
import sys

import numpy as np

from benchmarks.growth import Sample, look, rows, table
from benchmarks.verdict import asked, at_least, conclude
from benchmarks.visiting import Visitor
from tests.browser.host import serving

ROOM = {"LATENT_EXPLORER_MODELS_MB": "1"}
CYCLES, WARM = 1000, 200
LOADS = "latent_explorer_load_seconds_count"
EVICTIONS = "latent_explorer_evictions_total"


def counted(visitor: Visitor, name: str) -> float:
    """The sum of one of the server's counters over its labels."""
    text = visitor.good("GET", "/metrics").content.decode()
    lines = [line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def models(visitor: Visitor) -> list[tuple[str, int, dict[str, int]]]:
    """The models, the dimensions of their latents, and a class of each condition."""
    found = []
    for entry in visitor.good("GET", "/api/models").json["models"]:
        detail = visitor.good("GET", f"/api/models/{entry['id']}").json
        found.append((entry["id"], int(detail["latent"]), {one["id"]: 0 for one in detail["conditions"]}))
    return found


def cycle(visitor: Visitor, pid: int, count: int, few: int | None = None) -> list[Sample]:
    """Draw `count` times, with the next model each time, of the first `few` where not of all; a sample a round."""
    random = np.random.default_rng(3)
    names = models(visitor)[:few]
    samples = []
    for turn in range(count):
        name, size, conditions = names[turn % len(names)]
        body = {"latents": random.normal(size=(1, size)).tolist(), "conditions": conditions, "output": "raw"}
        answer = visitor.good("POST", f"/api/models/{name}/decode", body)
        if not answer.content:
            raise RuntimeError(f"{name} drew nothing")
        if (turn + 1) % len(names) == 0:
            samples.append(look(pid, turn + 1))
    return samples


def measured(count: int, few: int | None = None) -> tuple[list[Sample], float, float]:
    """The samples, and how many models the server has opened and let go, as it says itself."""
    with serving(ROOM) as host:
        visitor = Visitor(host.port)
        pid = host.process.pid if host.process else os.getpid()
        samples = cycle(visitor, pid, count, few)
        loads, evictions = counted(visitor, LOADS), counted(visitor, EVICTIONS)
        visitor.close()
    return samples, loads, evictions


def main() -> int:
    """Measure, print and keep."""
    options = asked("cycles", __doc__, count=(int, CYCLES, "cycles"))
    samples, loads, evictions = measured(options.count)
    warm = min(WARM, options.count // 5)
    told = f"{loads:.0f} loads, {evictions:.0f} evictions"
    found = [
        at_least("load and evict cycles", min(loads, evictions), options.count - 1, "", told),
        *rows(f"{options.count:,} load and evict cycles", samples, warm),
    ]
    return conclude("cycles", found, options, details=table(samples, "cycles"))


if __name__ == "__main__":
    sys.exit(main())
