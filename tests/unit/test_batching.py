"""Fair lanes with greedy batching."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.batching import FORGET, Kind, Lane, Waiting
from server.errors import Busy
from server.watching import Watch


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


Asked = tuple[str, str, int]  # visitor, key, number


async def submit_all(recorder: Recorder, lane: Lane, kind: Kind[int, int], requests: list[Asked]) -> list[object]:
    tasks = [asyncio.create_task(lane.submit(who, kind, key, 1, value)) for who, key, value in requests]
    await asyncio.sleep(0.05)
    recorder.gate.set()
    return list(await asyncio.gather(*tasks, return_exceptions=True))


def run_for(requests: list[Asked], *, workers: int = 1, limit: int = 4) -> tuple[Recorder, list[object]]:
    recorder = Recorder()
    with ThreadPoolExecutor(workers) as pool:
        kind = Kind(recorder, limit)
        answers = asyncio.run(submit_all(recorder, Lane("hand", pool, workers=workers), kind, requests))
    return recorder, answers


def run(requests: list[tuple[str, int]], *, workers: int = 1, limit: int = 4) -> tuple[Recorder, list[object]]:
    return run_for([("", key, number) for key, number in requests], workers=workers, limit=limit)


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


class Noted(Watch):
    """Notes what a lane tells."""

    def __init__(self) -> None:
        self.depths: list[int] = []
        self.passes: list[tuple[str, str, int, int]] = []
        self.lost = 0

    def queued(self, lane: str, depth: int) -> None:
        self.depths.append(depth)

    def ran(self, model: str, lane: str, rows: int, waits: Sequence[float], seconds: float) -> None:
        assert seconds > 0
        assert all(0 <= wait < 10 for wait in waits)
        self.passes.append((model, lane, rows, len(waits)))

    def dropped(self, lane: str) -> None:
        self.lost += 1


def test_a_cancelled_request_is_not_run_and_waits_no_more() -> None:
    async def scenario(recorder: Recorder, lane: Lane, kind: Kind[int, int]) -> int:
        first = asyncio.create_task(lane.submit("", kind, "a", 1, 1))
        second = asyncio.create_task(lane.submit("", kind, "a", 1, 2))
        third = asyncio.create_task(lane.submit("", kind, "a", 1, 3))
        await asyncio.sleep(0.05)
        assert lane.waiting == 2
        second.cancel()
        await asyncio.sleep(0.01)
        assert lane.waiting == 1
        recorder.gate.set()
        assert await first == 2
        with pytest.raises(asyncio.CancelledError):
            await second
        return await third

    recorder, noted = Recorder(), Noted()
    with ThreadPoolExecutor(1) as pool:
        lane = Lane("hand", pool, workers=1)
        lane.watch = noted
        assert asyncio.run(scenario(recorder, lane, Kind(recorder, 4, "some-model"))) == 6
    assert recorder.batches == [[1], [3]]
    assert noted.passes == [("some-model", "hand", 1, 1)] * 2
    assert (max(noted.depths), noted.depths[-1], noted.lost) == (2, 0, 1)


def test_visitors_take_turns_however_much_one_of_them_asks_for() -> None:
    grids = [("greedy", "a", number) for number in range(20)]
    recorder, answers = run_for([*grids, ("calm", "b", 100), ("other", "c", 200)], limit=1)
    assert len(answers) == 22
    ran = [batch[0] for batch in recorder.batches]
    assert ran.index(100) <= 2  # after what runs already, and at most one more of the greedy one's
    assert ran.index(200) <= 3


def test_a_turn_counts_the_work_of_the_last_one_and_not_the_requests() -> None:
    """Whoever asks for large batches one after the other, each when the last is done, has no more turns for it."""

    async def scenario(lane: Lane, order: list[str]) -> None:
        def take(requests: list[str]) -> list[str]:
            order.extend(requests)
            # Until the others have asked again, those who still want something.
            others = sum(order.count(name) < 10 for name in ("grid", "one", "two") if name not in requests)
            until = time.monotonic() + 10
            while lane.waiting < others and time.monotonic() < until:
                time.sleep(0.001)
            return requests

        large, small = Kind(take, 16), Kind(take, 1)

        async def grids() -> None:
            for _ in range(10):
                await lane.submit("greedy", large, "a", 16, "grid")

        async def slider(name: str) -> None:
            for _ in range(10):
                await lane.submit(name, small, "b", 1, name)

        await asyncio.gather(grids(), slider("one"), slider("two"))

    order: list[str] = []
    with ThreadPoolExecutor(1) as pool:
        asyncio.run(scenario(Lane("behind", pool, workers=1), order))
    assert order.count("grid") == 10
    assert order[:20].count("grid") <= 2  # 16 units of a grid weigh as much as 16 sliders


def test_what_agrees_runs_together_whoever_asks() -> None:
    recorder, _ = run_for([("a", "k", 0), *[(str(n), "k", n) for n in range(1, 4)]], limit=8)
    assert [len(batch) for batch in recorder.batches] == [1, 3]


@pytest.mark.parametrize(("most", "a_visitor", "refused"), [(3, 100, 2), (100, 2, 3)])
def test_what_is_beyond_the_bounds_is_refused_at_once_and_the_rest_is_answered(
    most: int, a_visitor: int, refused: int
) -> None:
    async def scenario(recorder: Recorder, lane: Lane) -> list[object]:
        return await submit_all(recorder, lane, Kind(recorder, 1), [("one", "a", n) for n in range(6)])

    recorder = Recorder()
    with ThreadPoolExecutor(1) as pool:
        answers = asyncio.run(scenario(recorder, Lane("hand", pool, workers=1, most=most, a_visitor=a_visitor)))
    assert sum(isinstance(answer, Busy) for answer in answers) == refused
    assert [answer for answer in answers if isinstance(answer, int)] == [2 * n for n in range(6 - refused)]


@pytest.mark.parametrize("at_a_time", [1, 50])
def test_visitors_who_have_gone_are_forgotten(at_a_time: int) -> None:
    async def scenario(lane: Lane) -> int:
        kind: Kind[int, int] = Kind(lambda requests: requests, 1)
        most = 0
        for start in range(0, 2 * FORGET, at_a_time):
            asked = (lane.submit(f"visitor {start + n}", kind, "a", 1, n) for n in range(at_a_time))
            await asyncio.gather(*asked)
            most = max(most, len(lane._turns))
        return most

    with ThreadPoolExecutor(1) as pool:
        assert asyncio.run(scenario(Lane("hand", pool, workers=1))) <= FORGET + 50


def test_what_is_very_short_runs_on_the_loop_with_all_that_came_in_meanwhile() -> None:
    threads, batches = set(), []

    def double(requests: list[int]) -> list[int]:
        threads.add(threading.current_thread().name)
        batches.append(requests)
        if -1 in requests:
            raise ValueError("a bad request")
        return [2 * request for request in requests]

    async def scenario(lane: Lane, kind: Kind[int, int]) -> list[object]:
        gone = asyncio.ensure_future(lane.submit("", kind, "a", 1, 100))
        asyncio.get_running_loop().call_soon(gone.cancel)
        asked = [("a", 1), ("b", 2), ("a", 3), ("a", 4), ("c", -1)]
        answers = (lane.submit("", kind, key, 1, number) for key, number in asked)
        return list(await asyncio.gather(*answers, return_exceptions=True))

    noted = Noted()
    with ThreadPoolExecutor(1) as pool:
        lane = Lane("hand", pool, workers=1)
        lane.watch = noted
        answers = asyncio.run(scenario(lane, Kind(double, 2, "tiny", at_once=True)))
    assert answers[:4] == [2, 4, 6, 8]
    assert isinstance(answers[4], ValueError)
    assert threads == {threading.current_thread().name}
    assert max(len(batch) for batch in batches) == 2
    assert sorted(number for batch in batches for number in batch if number < 100) == [-1, 1, 2, 3, 4]
    assert sum(rows for _, _, rows, _ in noted.passes) >= 5


def test_what_is_short_runs_on_the_loop_while_it_is_alone_and_in_threads_as_soon_as_others_ask() -> None:
    threads: list[str] = []

    def noted(requests: list[int]) -> list[int]:
        threads.append(threading.current_thread().name.split("_")[0])
        return requests

    async def scenario(lane: Lane, kind: Kind[int, int]) -> None:
        assert await lane.submit("one", kind, "a", 1, 1) == 1
        assert threads == [threading.current_thread().name]
        threads.clear()
        both = [lane.submit(who, kind, "a", 1, number) for number, who in enumerate(("one", "two"))]
        assert await asyncio.gather(*both) == [0, 1]
        assert set(threads) == {"hand"}

    with ThreadPoolExecutor(1, thread_name_prefix="hand") as pool:
        asyncio.run(scenario(Lane("hand", pool, workers=1), Kind(noted, 4, lone=True)))


def test_what_is_short_waits_in_the_queue_while_a_worker_is_busy() -> None:
    recorder = Recorder()

    async def scenario(lane: Lane, kind: Kind[int, int]) -> list[int]:
        first = asyncio.create_task(lane.submit("one", Kind(recorder, 1), "a", 1, 1))
        await asyncio.sleep(0.05)
        second = asyncio.create_task(lane.submit("two", kind, "a", 1, 2))
        await asyncio.sleep(0.05)
        assert lane.waiting == 1
        recorder.gate.set()
        return [await first, await second]

    with ThreadPoolExecutor(1) as pool:
        assert asyncio.run(scenario(Lane("hand", pool, workers=1), Kind(recorder, 1, lone=True))) == [2, 4]


def test_a_lane_that_is_closed_lets_nobody_wait() -> None:
    recorder = Recorder()

    async def scenario(lane: Lane) -> list[object]:
        kind = Kind(recorder, 1)
        tasks = [asyncio.create_task(lane.submit("", kind, "a", 1, number)) for number in range(3)]
        await asyncio.sleep(0.05)
        lane.close()
        recorder.gate.set()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    with ThreadPoolExecutor(1) as pool:
        first, *others = asyncio.run(scenario(Lane("hand", pool, workers=1)))
    assert first == 0
    assert all(isinstance(other, asyncio.CancelledError) for other in others)
    assert recorder.batches == [[0]]


def test_one_whose_thread_never_came_is_told() -> None:
    """The pool is shut down between the moment that work is given to it and the one that a thread takes it."""
    blocked = threading.Event()

    async def scenario(pool: ThreadPoolExecutor) -> None:
        pool.submit(blocked.wait, 10)
        lane = Lane("hand", pool, workers=1)
        task = asyncio.create_task(lane.submit("", Kind(Recorder(), 1), "a", 1, 1))
        await asyncio.sleep(0.05)
        pool.shutdown(wait=False, cancel_futures=True)
        with pytest.raises(asyncio.CancelledError):
            await task

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(scenario(pool))
        blocked.set()


def test_one_who_cannot_be_told_keeps_nobody_else_waiting(caplog: pytest.LogCaptureFixture) -> None:
    told: list[int | None] = []

    def wrong(_: Waiting[int, int]) -> None:
        raise RuntimeError("no ears")

    async def scenario(lane: Lane, kind: Kind[int, int]) -> None:
        lane.place("one", kind, "a", 1, 1, wrong)
        lane.place("two", kind, "a", 1, 2, lambda waiting: told.append(waiting.result))
        for _ in range(200):
            if told:
                return
            await asyncio.sleep(0.01)

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(
            scenario(Lane("hand", pool, workers=1), Kind(lambda some: [2 * one for one in some], 4, at_once=True))
        )
    assert told == [4]
    assert "could not be told" in caplog.text
