"""How much long work may go on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How much may go on."""

    workers: int = 1  # processes at a time
    waiting: int = 32  # jobs in the queue
    a_visitor: int = 4  # waiting and running of one visitor
    seconds: float = 900.0  # a job's longest run
    memory: int = 64 * 2**20  # bytes of results that may not be written
    remembered: int = 512  # jobs that are over
