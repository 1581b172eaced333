"""Fair lanes with greedy batching: what waits for a worker, whose turn is next, and what runs together.

There is no waiting time to tune: an idle worker takes a lone request at once, and a backlog grows the batches. The turn
goes to the visitor who has had least so far, counted in units of work (start-time fair queueing, Goyal et al. 1996), so
that one who asks for grids without pause delays another by one pass and not by a queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar, cast

from server.errors import Busy
from server.logs import OURS
from server.watching import Watch

log = logging.getLogger(OURS)

Request = TypeVar("Request")
Result = TypeVar("Result")
EVEN = 0.05  # seconds of idleness after which nobody has had more than anybody
FORGET = 1000  # visitors whose turns are remembered before those that no longer matter are forgotten


@dataclass(frozen=True, eq=False)
class Kind(Generic[Request, Result]):
    """How requests of one kind are run: together where their keys agree, at most `limit` units a batch."""

    run: Callable[[list[Request]], Sequence[Result]]
    limit: int = 1
    model: str = ""  # for those who watch; "" for what belongs to none
    # To wake a thread and to hear of its end takes a while. What is shorter runs on the event loop itself:
    at_once: bool = False  # whoever else asks
    lone: bool = False  # while nobody else does


@dataclass(eq=False, slots=True)
class Waiting(Generic[Request, Result]):
    """A request, until `tell` has been called with it on the event loop, in the context of whoever asked."""

    visitor: str
    kind: Kind[Request, Result]
    key: Hashable
    size: int
    request: Request
    tell: Callable[[Waiting[Request, Result]], None] | None  # None: nobody waits any more
    context: contextvars.Context
    since: float
    waited: float = 0.0  # seconds
    took: float = 0.0  # seconds of its pass
    result: Result | None = None
    error: BaseException | None = None  # CancelledError where it was never run

    def end(self) -> Result:
        """What it came to. Raises what its pass raised."""
        if self.error is not None:
            raise self.error
        return cast("Result", self.result)


Some: TypeAlias = Waiting[Any, Any]


class Lane:
    """Runs what is submitted in a pool of its own, at most `workers` batches at a time.

    A worker that is done takes its next batch itself: to ask the event loop for it would leave a core idle while the
    loop sends the answers of the last one. What both touch is behind a lock; only the loop tells anybody.
    """

    def __init__(self, name: str, pool: Executor, *, workers: int, most: int = 10_000, a_visitor: int = 10_000) -> None:
        """At most `most` requests wait, of one visitor at most `a_visitor`; "" is the server itself and has no such
        bound."""
        self.name = name
        self.watch = Watch()
        self._pool = pool
        self._workers = workers
        self._most, self._a_visitor = most, a_visitor
        self._lock = threading.Lock()
        self._queues: dict[str, deque[Some]] = {}  # of those for whom something waits
        self._clock = 0  # the start of the turn that was served last
        self._turns: dict[str, int] = {}  # when each visitor's next turn starts: later by all the work of the last ones
        self._waiting = 0
        self._running = 0
        self._idle_since = 0.0
        self._soon: list[Some] = []  # what runs on the event loop as soon as it has read what has arrived by now

    @property
    def waiting(self) -> int:
        """Requests that no worker has taken yet."""
        return self._waiting

    async def submit(
        self, visitor: str, kind: Kind[Request, Result], key: Hashable, size: int, request: Request
    ) -> Result:
        """Queue one request of `size` units and return its result; raises what its batch raised, Busy where full."""
        future = asyncio.get_running_loop().create_future()

        def wake(_: Some) -> None:
            if not future.done():
                future.set_result(None)

        waiting = self.place(visitor, kind, key, size, request, wake)
        try:
            await future
        except asyncio.CancelledError:
            self.drop(waiting)
            raise
        return waiting.end()

    def place(
        self,
        visitor: str,
        kind: Kind[Request, Result],
        key: Hashable,
        size: int,
        request: Request,
        tell: Callable[[Waiting[Request, Result]], None],
    ) -> Waiting[Request, Result]:
        """Queue one request of `size` units; `tell` is called once it has been run, never before this returns.

        Raises Busy where the lane is full. It costs less than `submit`: no future, and no task to be woken.
        """
        self._refuse_more(visitor)
        waiting = Waiting(visitor, kind, key, size, request, tell, contextvars.copy_context(), time.perf_counter())
        if kind.at_once or (kind.lone and not self._running and not self._waiting):
            if not self._soon:
                asyncio.get_running_loop().call_soon(self._run_soon)
            self._soon.append(waiting)
        else:
            self._queue([waiting])
        return waiting

    def _queue(self, several: list[Some]) -> None:
        """Leave them to the workers, and wake as many as there is work for."""
        with self._lock:
            long = time.perf_counter() - self._idle_since > EVEN or len(self._turns) > FORGET
            if long and not self._running:
                self._turns.clear()
            for waiting in several:
                self._queues.setdefault(waiting.visitor, deque()).append(waiting)
                self._turns[waiting.visitor] = max(self._clock, self._turns.get(waiting.visitor, 0))
            self._waiting += len(several)
            batches = []
            while self._running < self._workers and (batch := self._take()):
                self._running += 1
                batches.append(batch)
        loop = asyncio.get_running_loop()
        for batch in batches:
            work = self._pool.submit(self._work, batch, loop)
            work.add_done_callback(partial(self._end, batch, loop))
        self.watch.queued(self.name, self._waiting)

    def _run_soon(self) -> None:
        """Before the loop next waits for news: what is very short, and what turned out to be alone."""
        soon, self._soon = self._soon, []
        if len(soon) > 1 and (crowd := [each for each in soon if not each.kind.at_once]):
            soon = [each for each in soon if each.kind.at_once]
            self._queue(crowd)
        while soon:
            batch, rest, size = [soon[0]], [], soon[0].size
            for each in soon[1:]:
                if _fits(each, batch[0], batch[0].kind.limit - size):
                    batch.append(each)
                    size += each.size
                else:
                    rest.append(each)
            soon = rest
            self._answer(_run(batch))

    def _refuse_more(self, visitor: str) -> None:
        mine = len(self._queues.get(visitor, ()))
        if self._waiting >= self._most:
            raise Busy("The server has more to draw than it can. Please try again in a moment.", retry_after=1)
        if visitor and mine >= self._a_visitor:
            raise Busy(f"{mine} of your requests wait already. Please wait for one of them.", retry_after=1)

    def drop(self, waiting: Some) -> None:
        """Tell nobody of it, and take it back unless a worker has it."""
        waiting.tell = None
        with self._lock:
            if waiting not in (theirs := self._queues.get(waiting.visitor, deque())):
                return
            theirs.remove(waiting)
            if not theirs:
                del self._queues[waiting.visitor]
            self._waiting -= 1
        self.watch.dropped(self.name)

    def _work(self, batch: list[Some], loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: run batch after batch until nothing waits."""
        while batch:
            ended = _run(batch)
            with self._lock:
                self._running -= 1
                batch = self._take()
                if batch:
                    self._running += 1
                elif not self._running:
                    self._idle_since = time.perf_counter()
            try:
                loop.call_soon_threadsafe(self._answer, ended)
            except RuntimeError:  # the loop is gone, and with it all who waited
                return

    def _end(self, batch: list[Some], loop: asyncio.AbstractEventLoop, work: Future[None]) -> None:
        """The pool was shut down before a thread came to it: nobody gets an answer."""
        if work.cancelled():
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it all who waited
                loop.call_soon_threadsafe(self._cancel, batch)

    def close(self) -> None:
        """On the loop: run nothing more, and let nobody wait."""
        with self._lock:
            left = [waiting for queue in self._queues.values() for waiting in queue]
            self._queues.clear()
            self._waiting = 0
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it all who waited
            self._cancel(left)

    def _cancel(self, batch: list[Some]) -> None:
        for waiting in batch:
            waiting.error = asyncio.CancelledError()
            if waiting.tell is not None:
                waiting.context.run(waiting.tell, waiting)

    def _take(self) -> list[Some]:
        """The next batch: the first request of whose turn it is, and what may run with it, turn by turn."""
        if not self._queues:
            return []
        share = -(-self._waiting // (self._workers - self._running))  # a backlog is shared among the free workers
        names = sorted(self._queues, key=self._turns.__getitem__)
        self._clock = self._turns[names[0]]
        batch = [self._pop(names[0], self._queues[names[0]][0])]
        room = batch[0].kind.limit - batch[0].size
        while names and len(batch) < share and room > 0:
            able = []
            for name in names:
                found = next((each for each in self._queues.get(name, ()) if _fits(each, batch[0], room)), None)
                if found is None:
                    continue
                batch.append(self._pop(name, found))
                able.append(name)
                room -= found.size
                if len(batch) >= share or room <= 0:  # while many ask, most of them are not looked at
                    break
            names = able
        if len(self._turns) > FORGET:  # whoever had no more than everybody is as good as new
            self._turns = {
                name: turn for name, turn in self._turns.items() if turn > self._clock or name in self._queues
            }
        return batch

    def _pop(self, visitor: str, waiting: Some) -> Some:
        queue = self._queues[visitor]
        queue.remove(waiting)
        if not queue:
            del self._queues[visitor]
        self._turns[visitor] += waiting.size
        self._waiting -= 1
        return waiting

    def _answer(self, ended: _Pass) -> None:
        """On the loop: give everybody of a pass what it came to."""
        kind, served = ended.batch[0].kind, self.watch.served
        waits = [ended.began - waiting.since for waiting in ended.batch]
        for index, waiting in enumerate(ended.batch):
            if waiting.tell is None:
                continue
            waiting.waited, waiting.took, waiting.error = waits[index], ended.seconds, ended.error
            if ended.error is None:
                waiting.result = ended.results[index]
            try:
                waiting.context.run(_told, waiting, served, self.name)
            except Exception:  # the others of the pass are told all the same
                log.exception("A request that was run could not be told so")
        self.watch.ran(kind.model, self.name, sum(waiting.size for waiting in ended.batch), waits, ended.seconds)
        self.watch.queued(self.name, self._waiting)


def _told(waiting: Some, served: Callable[[str, str, float, float], None], lane: str) -> None:
    """In the context of whoever asked."""
    if waiting.error is None:
        served(waiting.kind.model, lane, waiting.waited, waiting.took)
    if waiting.tell is not None:
        waiting.tell(waiting)


def _fits(waiting: Some, first: Some, room: int) -> bool:
    return waiting.kind is first.kind and waiting.key == first.key and waiting.size <= room


@dataclass
class _Pass:
    """What a batch came to, when it began, and how long it took."""

    batch: list[Some]
    results: Sequence[Any]
    error: Exception | None
    began: float
    seconds: float


def _run(batch: list[Some]) -> _Pass:
    began, results, error = time.perf_counter(), cast("Sequence[Any]", ()), None
    try:
        results = batch[0].kind.run([waiting.request for waiting in batch])
    except Exception as wrong:  # told to whoever asked
        error = wrong
    return _Pass(batch, results, error, began, time.perf_counter() - began)
