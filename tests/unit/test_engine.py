"""A large request leaves the hand on the slider a worker."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from server import engine as module
from server.batching import Lane
from server.bounds import Bounds
from server.catalog import Catalog
from server.engine import BEHIND, Ask, Engine, PictureCache, Point
from server.errors import Broken
from server.opened import OpenedModel
from server.runtimes import OutOfMemory, choose
from server.settings import ROOT
from server.storage import Storage

MODEL = "fashion-vae-16"


def ask(count: int) -> Ask:
    return Ask(MODEL, np.random.default_rng(count).normal(size=(count, 16)).astype(np.float32))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_frame_does_not_wait_for_a_grid(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    running, most, lock, begun = 0, 0, threading.Lock(), list[int]()
    decode = module._decode

    def slow(opened: OpenedModel, how: Ask, several: list[NDArray[np.float32]]) -> object:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            begun.append(sum(map(len, several)))
        time.sleep(0.03)
        with lock:
            running -= 1
        return decode(opened, how, several)

    monkeypatch.setattr(module, "_decode", slow)

    async def both() -> int:
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=workers)
        await engine.open(MODEL)
        grid = asyncio.create_task(engine.decode(ask(400)))  # 25 parts of 16
        while len(begun) < 3:
            await asyncio.sleep(0.01)
        before = len(begun)
        await engine.decode(ask(1), hand=True)
        assert not grid.done()
        pixels = await grid
        engine.close()
        assert len(pixels) == 400
        return before

    before = asyncio.run(both())
    assert most <= max(1, workers - 1) + 1  # the grid's passes, and the frame's beside them
    assert begun.index(1) - before <= workers  # it waits for no pass but those that have begun


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a priority of their own on Linux alone")
def test_what_no_hand_waits_for_runs_behind_it() -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    async def both() -> tuple[int, int]:
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=2)
        try:
            hand = await engine._lanes["hand"].submit("", module.CALL, None, 1, priority)
            return hand, await engine.run(priority)
        finally:
            engine.close()

    hand, behind = asyncio.run(both())
    assert hand == os.getpriority(os.PRIO_PROCESS, 0)
    assert behind == min(19, hand + BEHIND)


@pytest.mark.parametrize(
    ("short", "lone", "thread"), [(1.0, 1.0, "MainThread"), (0.0, 1.0, "MainThread"), (0.0, 0.0, "hand")]
)
def test_a_pass_that_is_not_worth_a_thread_runs_without(
    monkeypatch: pytest.MonkeyPatch, short: float, lone: float, thread: str
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", short)
    monkeypatch.setattr(module, "LONE", lone)
    decode, threads = module._decode, []

    def noted(*args: object) -> object:
        threads.append(threading.current_thread().name.split("_")[0])
        return decode(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_decode", noted)

    async def scenario() -> None:
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=2)
        await engine.open(MODEL)
        for _ in range(500):
            if engine._pays:
                break
            await asyncio.sleep(0.01)
        by_hand = await engine.decode(ask(1), hand=True)
        np.testing.assert_array_equal(by_hand, await engine.decode(ask(1)))
        engine.close()

    asyncio.run(scenario())
    assert threads == [thread, "behind"]


def test_a_frame_runs_beside_a_pass_of_a_grid_and_never_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    decode, threads = module._decode, []

    def noted(opened: OpenedModel, how: Ask, several: list[module.Rows]) -> object:
        threads.append((threading.current_thread().name.split("_")[0], sum(map(len, several))))
        return decode(opened, how, several)

    monkeypatch.setattr(module, "_decode", noted)

    async def both() -> None:
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=2)
        await engine.decode(ask(40))
        await engine.decode(ask(9))
        await engine.decode(ask(1), hand=True)
        engine.close()

    asyncio.run(both())
    assert {name for name, rows in threads if rows > 1} == {"behind"}
    assert [name for name, rows in threads if rows == 1] == ["hand"]


def test_a_model_that_was_let_go_is_opened_again_and_draws_the_same() -> None:
    async def scenario() -> None:
        bounds = Bounds(models=1)  # one model at a time
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=2, bounds=bounds)
        first = await engine.open(MODEL)
        before = await engine.decode(ask(20), hand=True)
        await engine.open("fashion-ae-16")
        engine._cache = PictureCache(0)
        again = await engine.decode(ask(20), hand=True)
        assert await engine.open(MODEL) is not first
        np.testing.assert_array_equal(before, again)
        engine.close()

    asyncio.run(scenario())


def test_how_many_run_together_is_measured_once_and_kept(tmp_path: Path) -> None:
    async def limit() -> int:
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=2)
        engine.storage = Storage(tmp_path, results_bytes=2**20)
        engine.storage.open()
        await engine.open(MODEL)
        for _ in range(500):
            if engine._pays:
                break
            await asyncio.sleep(0.01)
        opened = await engine.open(MODEL)
        assert (await engine.decode(ask(3), hand=True)).shape == (3, 28, 28, 1)
        assert engine._kind(opened, ask(1)).limit == 16
        engine.close()
        return engine._kind(opened, ask(1), hand=True).limit

    first = asyncio.run(limit())
    (kept,) = (tmp_path / "results").glob("batch-*")
    assert json.loads(kept.read_text())["limit"] == first
    kept.write_text(json.dumps({"limit": 1 if first > 1 else 2}))
    assert asyncio.run(limit()) != first  # it was read, not measured again


def test_a_picture_that_does_not_fit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **how: object) -> object:
        raise OutOfMemory("There is no room for one picture.")

    async def scenario() -> None:
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=2)
        opened = await engine.open(MODEL)
        monkeypatch.setattr(opened.model, "pixels", full)
        with pytest.raises(Broken, match="no room"):
            await engine.decode(ask(1))
        engine.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(("short", "thread"), [(1.0, "MainThread"), (0.0, "computing")])
def test_how_unusual_many_points_are_is_looked_up_together(
    monkeypatch: pytest.MonkeyPatch, short: float, thread: str
) -> None:
    monkeypatch.setattr(module, "LOOK_AT_ONCE", short)
    percentiles, looks, lanes = OpenedModel.percentiles, list[tuple[str, int]](), list[Lane]()

    def noted(opened: OpenedModel, latents: NDArray[np.float32], space: str | None = None) -> object:
        looks.append((threading.current_thread().name.split("_")[0], len(latents)))
        until = time.monotonic() + 10
        # The first one, in a thread of its own, lasts until the others wait.
        while thread == "computing" and len(looks) == 1 and lanes[0].waiting < 8 and time.monotonic() < until:
            time.sleep(0.001)
        return percentiles(opened, latents, space)

    async def scenario() -> list[float]:
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=1)
        opened = await engine.open(MODEL)
        for _ in range(500):
            if engine._pays:
                break
            await asyncio.sleep(0.01)
        lanes.append(engine._lanes["computing"])
        monkeypatch.setattr(OpenedModel, "percentiles", noted)
        latents = np.random.default_rng(0).normal(size=(9, 1, opened.model.latent_size())).astype(np.float32)
        looked = await asyncio.gather(*(engine.unusual(Point(opened, latent, None)) for latent in latents))
        found = [float(one[0]) for one in looked if one is not None]
        alone = [opened.percentiles(latent) for latent in latents]
        engine.close()
        assert found == [pytest.approx(float(one[0]), abs=0.1) for one in alone if one is not None]
        return found

    assert len(asyncio.run(scenario())) == 9
    drawn = [look for look in looks if look[0] == thread and look[1] > 1]
    assert len(drawn) == 1
    assert drawn[0][1] >= 8
