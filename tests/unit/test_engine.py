"""A large request leaves the hand on the slider a worker."""

from __future__ import annotations

import asyncio
import threading
import time

import numpy as np
import pytest

from server import engine as module
from server.catalog import Catalog
from server.engine import Ask, Engine
from server.runtimes import choose
from server.settings import ROOT

MODEL = "fashion-vae-16"


def ask(count: int) -> Ask:
    return Ask(MODEL, np.random.default_rng(count).normal(size=(count, 16)).astype(np.float32))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_frame_does_not_wait_for_a_grid(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    running, most, lock = 0, 0, threading.Lock()
    decode = module._decode

    def slow(*args: object) -> object:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.03)
        with lock:
            running -= 1
        return decode(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_decode", slow)

    async def both() -> tuple[float, float]:
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=workers)
        await engine.open(MODEL)
        started = time.perf_counter()
        grid = asyncio.create_task(engine.decode(ask(400)))  # 25 parts of 16
        await asyncio.sleep(0.1)
        asked = time.perf_counter()
        await engine.decode(ask(1))
        frame = time.perf_counter() - asked
        assert not grid.done()
        pixels = await grid
        engine.close()
        assert len(pixels) == 400
        return frame, time.perf_counter() - started

    frame, whole = asyncio.run(both())
    assert most <= workers
    assert frame < whole / (3 if workers == 1 else 6)  # with several, one is free: the frame takes its own pass alone
