"""Greedy batching: while passes run, requests queue; a free worker takes what queues, up to a limit, as one batch."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, TypeVar

Request = TypeVar("Request")
Result = TypeVar("Result")


@dataclass
class _Waiting(Generic[Request, Result]):
    key: Hashable
    size: int
    request: Request
    future: asyncio.Future[Result]


class Batcher(Generic[Request, Result]):
    """Runs requests with the same key together, at most `limit` units a batch and `workers` batches at a time.

    There is no waiting time to tune: an idle worker takes a lone request at once, and a backlog grows the batches.
    """

    def __init__(
        self, run: Callable[[list[Request]], Sequence[Result]], pool: Executor, *, workers: int, limit: int
    ) -> None:
        self._run = run
        self._pool = pool
        self._workers = workers
        self._limit = limit
        self._queue: deque[_Waiting[Request, Result]] = deque()
        self._running = 0

    async def submit(self, key: Hashable, size: int, request: Request) -> Result:
        """Queue one request of `size` units and return its result; raises what its batch raised."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(key, size, request, future))
        self._dispatch()
        return await future

    def _dispatch(self) -> None:
        while self._queue and self._running < self._workers:
            batch = self._take()
            if not batch:
                continue
            self._running += 1
            work = asyncio.get_running_loop().run_in_executor(self._pool, self._run, [w.request for w in batch])
            work.add_done_callback(lambda done, batch=batch: self._finish(batch, done))  # type: ignore[misc]

    def _take(self) -> list[_Waiting[Request, Result]]:
        free = self._workers - self._running
        most = -(-len(self._queue) // free)  # a backlog is shared among the free workers
        batch: list[_Waiting[Request, Result]] = []
        rest: deque[_Waiting[Request, Result]] = deque()
        size = 0
        while self._queue:
            waiting = self._queue.popleft()
            if waiting.future.cancelled():
                continue  # nobody waits for it any more
            fits = not batch or (
                waiting.key == batch[0].key and size + waiting.size <= self._limit and len(batch) < most
            )
            if fits:
                batch.append(waiting)
                size += waiting.size
            else:
                rest.append(waiting)
        self._queue = rest
        return batch

    def _finish(self, batch: list[_Waiting[Request, Result]], done: asyncio.Future[Sequence[Result]]) -> None:
        self._running -= 1
        if done.cancelled():  # the pool was shut down under it
            for waiting in batch:
                waiting.future.cancel()
            return
        error = done.exception()
        for index, waiting in enumerate(batch):
            if waiting.future.done():
                continue
            if error is not None:
                waiting.future.set_exception(error)
            else:
                waiting.future.set_result(done.result()[index])
        self._dispatch()
