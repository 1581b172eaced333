"""One live connection without a network: the newest frame wins, and what nobody waits for is not drawn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from server import engine as module
from server import ranking
from server.bounds import Bounds
from server.catalog import Catalog
from server.engine import Engine, Rows
from server.metrics import Metrics
from server.opened import OpenedModel
from server.ranking import Ranks
from server.routes.frames import pack, unpack
from server.routes.live import Hand, eagerly
from server.runtimes import choose
from server.settings import ROOT
from server.standing import Standing

MODEL = "fashion-vae-16"


def frame(stamp: int, value: float = 0.0, model: str = MODEL) -> bytes:
    return pack({"model": model, "stamp": stamp, "output": "raw"}, np.full(16, value, "<f4").tobytes())


class Client:
    """What leaves over the connection. While `slow` is set, sending has to wait."""

    def __init__(self) -> None:
        self.headers: list[dict[str, Any]] = []
        self.pictures: list[bytes] = []
        self.ranks: list[dict[str, Any]] = []
        self.ready = asyncio.Event()
        self.ready.set()

    async def send(self, answer: bytes) -> None:
        await self.ready.wait()
        header, content = unpack(answer)
        if "unusual" in header:
            self.ranks.append(header)
        else:
            self.headers.append(header)
            self.pictures.append(content)

    async def has(self, count: int) -> list[Any]:
        for _ in range(1000):
            if len(self.headers) >= count:
                return [header["stamp"] for header in self.headers]
            await asyncio.sleep(0.005)
        raise AssertionError(f"{len(self.headers)} answers, not {count}")


def with_hand(scenario: Callable[[Hand, Client, Engine], Awaitable[None]], bounds: Bounds | None = None) -> None:
    async def whole() -> None:
        engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=2, bounds=bounds)
        client, watch = Client(), Metrics(Standing())
        hand = Hand(engine, Ranks(engine), watch, client.send)
        try:
            await engine.open(MODEL)
            await scenario(hand, client, engine)
        finally:
            await hand.close()
            engine.close()

    asyncio.run(whole())


def test_of_frames_that_arrive_while_one_is_drawn_the_newest_is_answered() -> None:
    async def scenario(hand: Hand, client: Client, engine: Engine) -> None:
        for stamp in range(5):
            hand.put(frame(stamp))
        assert await client.has(2) == [0, 4]
        for stamp in range(10, 15):  # now that the drag is known
            hand.put(frame(stamp))
        assert await client.has(4) == [0, 4, 10, 14]
        await hand.quiet()

    with_hand(scenario)


def test_a_drag_draws_what_its_first_frame_would_have_drawn() -> None:
    async def scenario(hand: Hand, client: Client, engine: Engine) -> None:
        for count, value in enumerate((0.5, -1.0, 0.5, -1.0), start=1):
            hand.put(frame(count, value))
            await client.has(count)
        assert hand._drag is not None
        assert client.pictures[0] == client.pictures[2] != client.pictures[1] == client.pictures[3]

    with_hand(scenario)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1.1e4])
def test_within_a_drag_a_wrong_number_is_still_refused(value: float) -> None:
    async def scenario(hand: Hand, client: Client, engine: Engine) -> None:
        for stamp, each in enumerate((0.0, value, 9e3, 0.0), start=1):  # 16 of 9e3 are no short vector, but allowed
            hand.put(frame(stamp, each))
            await client.has(stamp)
        assert [header.get("error", {}).get("field") for header in client.headers] == [None, "latents", None, None]

    with_hand(scenario)


def test_a_model_that_was_let_go_is_opened_again_within_a_drag() -> None:
    async def scenario(hand: Hand, client: Client, engine: Engine) -> None:
        hand.put(frame(1))
        await client.has(1)
        await engine.open("fashion-ae-16")
        assert engine.known(MODEL) is None
        hand.put(frame(2))
        assert await client.has(2) == [1, 2]
        assert client.pictures[0] == client.pictures[1]

    with_hand(scenario, Bounds(models=1))


def test_an_error_of_a_pass_is_told_and_the_drag_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    decode, wrong = module._decode, True

    def failing(*args: Any) -> Any:
        if wrong:
            raise MemoryError("no more")
        return decode(*args)

    async def scenario(hand: Hand, client: Client, engine: Engine) -> None:
        nonlocal wrong
        wrong = False
        hand.put(frame(1))
        await client.has(1)
        wrong = True
        hand.put(frame(2))
        await client.has(2)
        wrong = False
        hand.put(frame(3))
        await client.has(3)
        assert ["error" in header for header in client.headers] == [False, True, False]

    monkeypatch.setattr(module, "_decode", failing)
    with_hand(scenario)


def test_a_drag_that_finds_the_queue_full_is_told_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(hand: Hand, client: Client, engine: Engine) -> None:
        hand.put(frame(1))
        await client.has(1)
        with monkeypatch.context() as full:
            full.setattr(engine._lanes["hand"], "_most", 0)
            hand.put(frame(2))
        assert client.headers[-1]["stamp"] == 2
        assert client.headers[-1]["error"]["code"] == "busy"
        hand.put(frame(3))
        assert await client.has(3) == [1, 2, 3]
        assert "shape" in client.headers[-1]

    with_hand(scenario)


def test_a_client_that_reads_slowly_gets_the_newest_when_it_reads() -> None:
    async def scenario(hand: Hand, client: Client, engine: Engine) -> None:
        hand.put(frame(1))
        await client.has(1)
        client.ready.clear()
        hand.put(frame(2))
        await asyncio.sleep(0.1)
        for stamp in (3, 4, 5):
            hand.put(frame(stamp))
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(hand.quiet())
        client.ready.set()
        assert await client.has(3) == [1, 2, 5]
        await asyncio.wait_for(waiting, 5)

    with_hand(scenario)


def test_what_a_client_that_has_gone_asked_for_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(hand: Hand, client: Client, engine: Engine) -> None:
        hand.put(frame(1))
        await client.has(1)
        dropped: list[str] = []
        monkeypatch.setattr(engine.watch, "dropped", dropped.append)
        engine._pays.clear()
        lane = engine._lanes["hand"]
        monkeypatch.setattr(lane, "_workers", 0)
        hand.put(frame(2))
        assert lane.waiting == 1
        await hand.close()
        assert lane.waiting == 0
        assert dropped == ["hand"]
        assert len(client.headers) == 1

    with_hand(scenario)


def test_how_unusual_points_are_is_told_of_the_newest_and_looked_up_for_all_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(first: Hand, client: Client, engine: Engine) -> None:
        others = [Client() for _ in range(3)]
        hands = [first, *(Hand(engine, first._ranks, engine.watch, each.send) for each in others)]
        clients, looks = [client, *others], list[int]()
        percentiles = OpenedModel.percentiles
        # What the engine finds out for the first drag looks too, and is over.
        while not engine._pays:
            await asyncio.sleep(0.01)
        # A beat has just been when the first picture comes, so that all are drawn before the next one.
        monkeypatch.setattr(ranking, "GAP", 2.0)
        await asyncio.sleep(2.0 - time.monotonic() % 2.0)

        def noted(opened: OpenedModel, latents: Rows, space: str | None = None) -> Any:
            looks.append(len(latents))
            return percentiles(opened, latents, space)

        monkeypatch.setattr(OpenedModel, "percentiles", noted)
        for count, value in enumerate((0.1, 9.0), start=1):
            for hand, each in zip(hands, clients, strict=True):
                hand.put(frame(count, value))
                await each.has(count)
        for _ in range(1000):
            if all(each.ranks and each.ranks[-1]["stamp"] == 2 for each in clients):
                break
            await asyncio.sleep(0.01)
        assert [each.ranks[-1] for each in clients] == [{"stamp": 2, "unusual": 100.0}] * 4
        assert sum(looks) == sum(len(each.ranks) for each in clients)
        assert len(looks) <= 2
        for hand in hands:
            await hand.close()
        assert not first._ranks._newest

    with_hand(scenario)


def test_work_that_need_not_wait_is_done_at_once() -> None:
    async def whole() -> None:
        done: list[str] = []
        gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def quick() -> None:
            done.append("quick")

        async def long() -> None:
            done.append("begun")
            await gate
            done.append("ended")

        async def wrong() -> None:
            raise ConnectionError("gone")

        assert eagerly(quick()) is None
        rest = eagerly(long())
        assert done == ["quick", "begun"]
        assert rest is not None
        with pytest.raises(ConnectionError):
            eagerly(wrong())
        gate.set_result(None)
        await rest
        assert done[-1] == "ended"

    asyncio.run(whole())


def test_the_rest_of_work_can_be_cancelled() -> None:
    async def whole() -> None:
        cleaned: list[bool] = []

        async def long() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                cleaned.append(True)

        rest = eagerly(long())
        assert rest is not None
        task = asyncio.ensure_future(rest)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert cleaned == [True]

    asyncio.run(whole())
