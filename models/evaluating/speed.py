"""How fast a model answers on one core, for the model list and for whoever wants to sample a lot."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from models.evaluating.opened import Figures, Opened

BATCH = 64
SECONDS = 1.0  # of each measurement


def speed(opened: Opened) -> Figures:
    """Pictures a second in onnxruntime on one thread, by the processor's time, so that other programs do not count."""
    latents = opened.draws(opened.samplers[0], BATCH)
    images, labels = opened.test.images[:BATCH], opened.test.labels[:BATCH]
    return {
        "threads": 1,
        "batch": BATCH,
        "decoded_per_second": _rate(lambda: opened.pixels(latents), BATCH),
        "encoded_per_second": _rate(lambda: opened.encode(images, labels), len(images)),
        "one_decoded_ms": 1000 / _rate(lambda: opened.pixels(latents[:1], np.zeros(1, np.int64)), 1),
    }


def _rate(work: Callable[[], object], pictures: int) -> float:
    work()
    start, times = time.process_time(), 0
    while times < 3 or time.process_time() - start < SECONDS:
        work()
        times += 1
    return pictures * times / (time.process_time() - start)
