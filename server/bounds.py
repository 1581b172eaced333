"""What the engine takes at most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """Without settings, as in scripts: as good as none."""

    waiting: int = 100_000  # requests in a lane
    a_visitor: int = 100_000  # of them of one visitor
    models: int = 2**40  # bytes of open models
