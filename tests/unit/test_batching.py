"""Greedy batching."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.batching import Batcher


class Recorder:
    """Doubles numbers; the first batch waits until `gate` opens, so that a backlog can build."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()

    def __call__(self, requests: list[int]) -> Sequence[int]:
        self.batches.append(requests)
        if not self.gate.wait(10):
            raise TimeoutError
        if -1 in requests:
            raise ValueError("a bad request")
        return [2 * request for request in requests]


async def submit_all(recorder: Recorder, batcher: Batcher[int, int], requests: list[tuple[str, int]]) -> list[object]:
    tasks = [asyncio.create_task(batcher.submit(key, 1, value)) for key, value in requests]
    await asyncio.sleep(0.05)
    recorder.gate.set()
    return list(await asyncio.gather(*tasks, return_exceptions=True))


def run(requests: list[tuple[str, int]], *, workers: int = 1, limit: int = 4) -> tuple[Recorder, list[object]]:
    recorder = Recorder()
    with ThreadPoolExecutor(workers) as pool:
        batcher: Batcher[int, int] = Batcher(recorder, pool, workers=workers, limit=limit)
        answers = asyncio.run(submit_all(recorder, batcher, requests))
    return recorder, answers


def test_a_lone_request_runs_at_once_and_a_backlog_together_up_to_the_limit() -> None:
    recorder, answers = run([("a", n) for n in range(7)])
    assert answers == [2 * n for n in range(7)]
    assert [len(batch) for batch in recorder.batches] == [1, 4, 2]


def test_requests_that_differ_in_what_must_agree_never_share_a_batch() -> None:
    recorder, answers = run([("a", 1), ("a", 2), ("b", 3), ("a", 4), ("b", 5)])
    assert answers == [2, 4, 6, 8, 10]
    assert recorder.batches == [[1], [2, 4], [3, 5]]


def test_a_backlog_is_shared_among_free_workers() -> None:
    recorder, answers = run([("a", n) for n in range(10)], workers=2, limit=100)
    assert answers == [2 * n for n in range(10)]
    assert max(len(batch) for batch in recorder.batches) < 9


def test_an_error_reaches_everyone_in_its_batch_and_nobody_else() -> None:
    _, answers = run([("a", 1), ("b", -1), ("b", 2), ("a", 3)])
    assert answers[0] == 2
    assert answers[3] == 6
    assert all(isinstance(answer, ValueError) for answer in answers[1:3])


def test_a_cancelled_request_is_not_run() -> None:
    async def scenario(recorder: Recorder, batcher: Batcher[int, int]) -> int:
        first = asyncio.create_task(batcher.submit("a", 1, 1))
        second = asyncio.create_task(batcher.submit("a", 1, 2))
        third = asyncio.create_task(batcher.submit("a", 1, 3))
        await asyncio.sleep(0.05)
        second.cancel()
        recorder.gate.set()
        assert await first == 2
        with pytest.raises(asyncio.CancelledError):
            await second
        return await third

    recorder = Recorder()
    with ThreadPoolExecutor(1) as pool:
        batcher: Batcher[int, int] = Batcher(recorder, pool, workers=1, limit=4)
        assert asyncio.run(scenario(recorder, batcher)) == 6
    assert recorder.batches == [[1], [3]]
