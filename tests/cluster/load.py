"""A few visitors who ask without a pause, each time for another picture, and note what is not an answer."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2
import numpy as np

MODEL = "fashion-vae-16"
SIZE = 28 * 28  # bytes of its picture


@dataclass
class Tally:
    """What the visitors have seen so far."""

    answered: int = 0
    wrong: list[str] = field(default_factory=list)


@contextlib.contextmanager
def load(address: str, *, visitors: int, headers: dict[str, str] | None = None) -> Iterator[Tally]:
    """So many visitors ask `address` for pictures while this context lasts; all have their answer when it ends."""
    tally, over = Tally(), threading.Event()

    def ask(seed: int) -> None:
        numbers = np.random.default_rng(seed)
        with httpx2.Client(base_url=address, timeout=120, headers=headers) as client:
            while not over.is_set():
                body = {"latents": numbers.normal(size=(1, 16)).tolist(), "output": "raw"}
                try:
                    answer = client.post(f"/api/models/{MODEL}/decode", json=body)
                    if answer.status_code != 200 or len(answer.content) != SIZE:
                        tally.wrong.append(f"{answer.status_code}: {answer.text[:300]}")
                except httpx2.HTTPError as wrong:
                    tally.wrong.append(repr(wrong))
                tally.answered += 1

    threads = [threading.Thread(target=ask, args=(seed,), daemon=True) for seed in range(visitors)]
    for thread in threads:
        thread.start()
    try:
        yield tally
    finally:
        over.set()
        for thread in threads:
            thread.join()
