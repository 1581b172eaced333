"""Fair lanes with greedy batching: what waits for a worker, whose turn is next, and what runs together.

There is no waiting time to tune: an idle worker takes a lone request at once, and a backlog grows the batches. The turn
goes to the visitor who has had least so far, counted in units of work (start-time fair queueing, Goyal et al. 1996), so
that one who asks for grids without pause delays another by one pass and not by a queue.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from server.errors import Busy
from server.watching import Watch

Request = TypeVar("Request")
Result = TypeVar("Result")
FORGET = 1000  # visitors whose turns are remembered before those that no longer matter are forgotten


@dataclass(frozen=True, eq=False)
class Kind(Generic[Request, Result]):
    """How requests of one kind are run: together where their keys agree, at most `limit` units a batch."""

    run: Callable[[list[Request]], Sequence[Result]]
    limit: int = 1
    model: str = ""  # for those who watch; "" for what belongs to none
    at_once: bool = False  # so short that a thread would take longer to wake: run on the event loop itself


@dataclass(eq=False)
class _Waiting:
    kind: Kind[Any, Any]
    key: Hashable
    size: int
    request: Any
    future: asyncio.Future[Any]
    since: float = field(default_factory=time.perf_counter)
    waited: float = 0.0
    took: float = 0.0


class Lane:
    """Runs what is submitted in a pool, at most `workers` batches at a time."""

    def __init__(self, name: str, pool: Executor, *, workers: int, most: int = 10_000, a_visitor: int = 10_000) -> None:
        """At most `most` requests wait, of one visitor at most `a_visitor`; "" is the server itself and has no such
        bound."""
        self.name = name
        self.watch = Watch()
        self._pool = pool
        self._workers = workers
        self._most, self._a_visitor = most, a_visitor
        self._queues: dict[str, deque[_Waiting]] = {}  # of those for whom something waits
        self._clock = 0  # the start of the turn that was served last
        self._turns: dict[str, int] = {}  # when each visitor's next turn starts: later by all the work of the last ones
        self._waiting = 0
        self._running = 0
        self._soon: list[_Waiting] = []  # what runs on the event loop as soon as it has read what has arrived by now

    @property
    def waiting(self) -> int:
        """Requests that no worker has taken yet."""
        return self._waiting

    async def submit(
        self, visitor: str, kind: Kind[Request, Result], key: Hashable, size: int, request: Request
    ) -> Result:
        """Queue one request of `size` units and return its result; raises what its batch raised, Busy where full."""
        self._refuse_more(visitor)
        waiting = _Waiting(kind, key, size, request, asyncio.get_running_loop().create_future())
        if kind.at_once:
            return await self._at_once(waiting)  # type: ignore[no-any-return]
        self._queues.setdefault(visitor, deque()).append(waiting)
        self._turns[visitor] = max(self._clock, self._turns.get(visitor, 0))
        self._waiting += 1
        self._dispatch()
        self.watch.queued(self.name, self._waiting)
        try:
            result: Result = await waiting.future
        except asyncio.CancelledError:
            self._drop(visitor, waiting)
            raise
        self.watch.served(kind.model, self.name, waiting.waited, waiting.took)
        return result

    async def _at_once(self, waiting: _Waiting) -> Any:
        """Runs before the loop next waits for news, with all of its kind that come in until then."""
        if not self._soon:
            asyncio.get_running_loop().call_soon(self._run_soon)
        self._soon.append(waiting)
        result = await waiting.future
        self.watch.served(waiting.kind.model, self.name, waiting.waited, waiting.took)
        return result

    def _run_soon(self) -> None:
        soon, self._soon = self._soon, []
        while soon:
            batch, rest, size = [soon[0]], [], soon[0].size
            for each in soon[1:]:
                if _fits(each, batch[0], batch[0].kind.limit - size):
                    batch.append(each)
                    size += each.size
                else:
                    rest.append(each)
            soon = rest
            timed = _Timed(batch[0].kind.run)
            try:
                self._answer(batch, timed, timed([each.request for each in batch]), None)
            except Exception as wrong:  # told to whoever asked, as from a thread
                self._answer(batch, timed, (), wrong)

    def _refuse_more(self, visitor: str) -> None:
        mine = len(self._queues.get(visitor, ()))
        if self._waiting >= self._most:
            raise Busy("The server has more to draw than it can. Please try again in a moment.", retry_after=1)
        if visitor and mine >= self._a_visitor:
            raise Busy(f"{mine} of your requests wait already. Please wait for one of them.", retry_after=1)

    def _drop(self, visitor: str, waiting: _Waiting) -> None:
        """Take back what nobody waits for any more, unless a worker has it."""
        if waiting not in (theirs := self._queues.get(visitor, deque())):
            return
        theirs.remove(waiting)
        if not theirs:
            del self._queues[visitor]
        self._waiting -= 1
        self.watch.dropped(self.name)

    def _dispatch(self) -> None:
        while self._queues and self._running < self._workers:
            batch = self._take()
            if not batch:
                continue
            self._running += 1
            kind = batch[0].kind
            timed = _Timed(kind.run)
            work = asyncio.get_running_loop().run_in_executor(self._pool, timed, [each.request for each in batch])
            work.add_done_callback(lambda done, batch=batch, timed=timed: self._finish(batch, timed, done))  # type: ignore[misc]

    def _take(self) -> list[_Waiting]:
        """The next batch: the first request of whose turn it is, and what may run with it, turn by turn."""
        share = -(-self._waiting // (self._workers - self._running))  # a backlog is shared among the free workers
        names = sorted(self._queues, key=self._turns.__getitem__)
        self._clock = self._turns[names[0]]
        batch = [self._pop(names[0], self._queues[names[0]][0])]
        size = batch[0].size
        while names and len(batch) < share:
            able = []
            for name in names:
                room = batch[0].kind.limit - size
                found = next((each for each in self._queues.get(name, ()) if _fits(each, batch[0], room)), None)
                if found is not None and len(batch) < share:
                    batch.append(self._pop(name, found))
                    size += found.size
                    able.append(name)
            names = able
        if len(self._turns) > FORGET:  # whoever had no more than everybody is as good as new
            self._turns = {
                name: turn for name, turn in self._turns.items() if turn > self._clock or name in self._queues
            }
        return [each for each in batch if not each.future.done()]

    def _pop(self, visitor: str, waiting: _Waiting) -> _Waiting:
        queue = self._queues[visitor]
        queue.remove(waiting)
        if not queue:
            del self._queues[visitor]
        self._turns[visitor] += waiting.size
        self._waiting -= 1
        return waiting

    def _finish(self, batch: list[_Waiting], timed: _Timed, done: asyncio.Future[Sequence[Any]]) -> None:
        self._running -= 1
        if done.cancelled():  # the pool was shut down under it
            for waiting in batch:
                waiting.future.cancel()
            return
        error = done.exception()
        self._answer(batch, timed, () if error is not None else done.result(), error)
        self._dispatch()
        if not self._running:  # idle: nobody has had more than anybody
            self._turns.clear()
        self.watch.queued(self.name, self._waiting)

    def _answer(
        self, batch: list[_Waiting], timed: _Timed, results: Sequence[Any], error: BaseException | None
    ) -> None:
        for index, waiting in enumerate(batch):
            waiting.waited, waiting.took = timed.began - waiting.since, timed.seconds
            if waiting.future.done():
                continue
            if error is not None:
                waiting.future.set_exception(error)
            else:
                waiting.future.set_result(results[index])
        waits = [waiting.waited for waiting in batch]
        kind, units = batch[0].kind, sum(waiting.size for waiting in batch)
        self.watch.ran(kind.model, self.name, units, waits, timed.seconds)


def _fits(waiting: _Waiting, first: _Waiting, room: int) -> bool:
    return waiting.kind is first.kind and waiting.key == first.key and waiting.size <= room


class _Timed:
    """A call that notes when its thread began it, and how long it took."""

    def __init__(self, run: Callable[[list[Any]], Sequence[Any]]) -> None:
        self._run = run
        self.began = time.perf_counter()
        self.seconds = 0.0

    def __call__(self, requests: list[Any]) -> Sequence[Any]:
        self.began = time.perf_counter()
        try:
            return self._run(requests)
        finally:
            self.seconds = time.perf_counter() - self.began
