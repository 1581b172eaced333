"""Models are opened once, kept within a budget, and let go least recently used first."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import pytest

from server import loading
from server.errors import Broken
from server.loading import OpenModels
from server.opened import OpenedModel
from server.watching import Watch


@dataclass(eq=False)
class Opened:
    """As much of an opened model as its keeper needs."""

    id: str
    size: int = 10


class Noted(Watch):
    def __init__(self) -> None:
        self.news: list[tuple[object, ...]] = []

    def loaded(self, model: str, seconds: float, size: int) -> None:
        self.news.append(("loaded", model, size))

    def evicted(self, model: str) -> None:
        self.news.append(("evicted", model))

    def held(self, models: int, size: int) -> None:
        self.news.append(("held", models, size))


def keeper(load: Callable[[str], Opened], *, most: int = 25) -> OpenModels:
    return OpenModels(cast("Callable[[str], OpenedModel]", load), lambda _: None, most_bytes=most)


def test_many_who_ask_at_once_load_a_model_once() -> None:
    loads = []

    def load(name: str) -> Opened:
        loads.append(name)
        time.sleep(0.02)
        return Opened(name)

    async def scenario() -> None:
        models = keeper(load)
        found = await asyncio.gather(*(models.get("a") for _ in range(20)))
        assert len({id(each) for each in found}) == 1
        assert await models.get("a") is found[0]

    asyncio.run(scenario())
    assert loads == ["a"]


def test_the_least_recently_used_goes_when_the_budget_is_full() -> None:
    async def scenario() -> tuple[list[str], list[tuple[object, ...]]]:
        models = keeper(Opened)
        models.watch = noted = Noted()
        for name in ("a", "b", "a", "c"):
            await models.get(name)
        assert models.size == 20
        return models.ids, noted.news

    ids, news = asyncio.run(scenario())
    assert ids == ["a", "c"]
    assert news[-3:] == [("loaded", "c", 10), ("evicted", "b"), ("held", 2, 20)]


def test_one_that_is_larger_than_the_budget_is_kept_alone() -> None:
    async def scenario() -> list[str]:
        models = keeper(lambda name: Opened(name, 100 if name == "large" else 10))
        await models.get("small")
        assert (await models.get("large")).size == 100
        return models.ids

    assert asyncio.run(scenario()) == ["large"]


def test_a_slow_load_does_not_hold_up_another() -> None:
    gate = threading.Event()

    def load(name: str) -> Opened:
        if name == "slow":
            assert gate.wait(10)
        return Opened(name)

    async def scenario() -> None:
        models = keeper(load)
        slow = asyncio.ensure_future(models.get("slow"))
        await asyncio.sleep(0.01)
        assert (await asyncio.wait_for(models.get("quick"), 5)).id == "quick"
        assert not slow.done()
        gate.set()
        assert (await slow).id == "slow"

    asyncio.run(scenario())


def test_a_failure_is_remembered_for_a_while_and_then_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []

    def load(name: str) -> Opened:
        loads.append(name)
        if len(loads) < 2:
            raise Broken("half of it is missing", field="model")
        return Opened(name)

    async def scenario() -> None:
        models = keeper(load)
        for _ in range(3):
            with pytest.raises(Broken, match="half of it"):
                await models.get("a")
        assert loads == ["a"]
        monkeypatch.setattr(loading, "REMEMBERED", 0.0)
        assert (await models.get("a")).id == "a"

    asyncio.run(scenario())
    assert loads == ["a", "a"]


def test_whoever_gives_up_waiting_does_not_stop_the_load_for_others() -> None:
    gate = threading.Event()

    def load(name: str) -> Opened:
        assert gate.wait(10)
        return Opened(name)

    async def scenario() -> None:
        models = keeper(load)
        impatient, patient = (asyncio.ensure_future(models.get("a")) for _ in range(2))
        await asyncio.sleep(0.01)
        impatient.cancel()
        await asyncio.sleep(0.01)
        gate.set()
        assert (await patient).id == "a"

    asyncio.run(scenario())
