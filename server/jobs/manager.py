"""Starts jobs, follows them, stops them. Lives on the event loop; a thread stands beside each process while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from server.catalog import Catalog
from server.errors import Busy, NotFound
from server.jobs.child import Failure
from server.jobs.follower import Follower, Outcome
from server.jobs.job import Job
from server.jobs.limits import Limits
from server.jobs.results import Results
from server.jobs.task import Result, Work
from server.jobs.warm import PATIENCE, WarmWorker
from server.jobs.work import KINDS, Kind
from server.schemas.jobs import JobAnswer, State
from server.storage import Storage
from server.watching import Watch

LIFE = 3600.0  # seconds after its end for which a job can be asked for
ANEW = "Begun anew, for it had ended before its time."
IDLE = 1800.0  # seconds without work after which a warm worker goes, with the half a gigabyte that it holds


class Waitable(Protocol):
    """An event, of asyncio or of whoever serves."""

    def is_set(self) -> bool: ...
    async def wait(self) -> object: ...


async def _ring(first: Waitable, then: asyncio.Event) -> None:
    await first.wait()
    then.set()


class Jobs:
    """All jobs of the server. No process is started before the first one is needed."""

    def __init__(self, catalog: Catalog, storage: Storage, limits: Limits, watch: Watch | None = None) -> None:
        """`watch` is told of each state that a job comes to."""
        self._catalog = catalog
        self._watch = watch or Watch()
        self._limits = limits
        self._storage = storage
        self._results = Results(storage, memory_bytes=limits.memory)
        self._known: dict[str, Job] = {}  # by id, oldest first
        self._queue: list[Job] = []
        self._running: set[Job] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._cache = storage.folder / "cache"
        self._warm: dict[str, WarmWorker] = {}  # by the module of the kind
        self._closed = False

    async def start(self, work: Work, *, visitor: str) -> Job:
        """A job for the work: done at once where its result is known, the running one where it is being done already.

        Raises NotFound or Broken for its model, Busy where too much waits, ValueError for parameters that JSON
        cannot write.
        """
        kind = KINDS[work.kind]
        checkpoint, _ = self._catalog.ready(work.model)
        name = await asyncio.to_thread(work.name, checkpoint.hash, kind.version)
        known = work.keep and await asyncio.to_thread(self._results.kept, name) is not None
        # No waiting from here on, so that of two who ask at once the second finds the first one's job.
        for mine in self._mine(name, visitor):
            if mine.state in ("queued", "running") and not mine.stopping:
                return mine
        job = Job(secrets.token_hex(16), visitor, kind, name, checkpoint.hash, work, (work.kind, work.model))
        if known:
            self._remember(job)
            self._over(job, "done", "Known already.", told=False)
            return job
        self._refuse_more(visitor)
        self._remember(job)
        self._queue.append(job)
        self._tell(job, "queued")
        self._next()
        return job

    async def warm(self, name: str) -> None:
        """Let the process of a warm kind get ready for the first job; at once where it is there."""
        if not self._closed:
            await asyncio.to_thread(self._worker(KINDS[name]).start)
            self._rest(KINDS[name])

    async def known(self, work: Work, *, visitor: str) -> Result | None:
        """What came of the same work before: what is kept of anybody's, or held of this visitor's own."""
        name = await self._name(work)
        if (found := await asyncio.to_thread(self._results.kept, name)) is not None:
            return found
        return next((found for job in self._mine(name, visitor) if (found := self._results.held(job.id))), None)

    async def has(self, work: Work, *, visitor: str) -> bool:
        """Whether `known` would find something."""
        name = await self._name(work)
        if await asyncio.to_thread(self._results.has, name):
            return True
        return any(self._results.held(job.id) is not None for job in self._mine(name, visitor))

    async def discard(self, work: Work) -> None:
        """Remove what is kept of a work, for it is of no use."""
        await asyncio.to_thread(self._results.discard, await self._name(work))

    async def _name(self, work: Work) -> str:
        checkpoint, _ = self._catalog.ready(work.model)
        return await asyncio.to_thread(work.name, checkpoint.hash, KINDS[work.kind].version)

    def _mine(self, name: str, visitor: str) -> list[Job]:
        return [job for job in self._known.values() if job.visitor == visitor and job.name == name]

    def find(self, job_id: str, *, visitor: str) -> Job:
        """A visitor's own job. Raises NotFound for all others."""
        job = self._known.get(job_id)
        if job is None or not secrets.compare_digest(job.visitor, visitor):
            raise NotFound("There is no such job, or it was over more than an hour ago. Please start it again.")
        return job

    def going(self, kind: str, model: str, **parameters: Any) -> list[Job]:
        """The jobs of a kind for a model that wait or run, whoever started them, with these among their parameters."""
        return [
            job
            for job in (*self._queue, *self._running)
            if job.about == (kind, model) and job.work and parameters.items() <= job.work.parameters.items()
        ]

    async def result(self, job: Job) -> Result:
        """What came of a job. Raises NotFound where it is not done or its result has been cleared away."""
        if job.state != "done":
            raise NotFound(f"This job has no result: it is {job.state}.")
        found = self._results.held(job.id) or await asyncio.to_thread(self._results.kept, job.name)
        if found is None:
            raise NotFound("This result was cleared away to make room. Please start the job again.")
        return found

    async def watch(self, job: Job, closing: Waitable | None = None) -> AsyncIterator[JobAnswer]:
        """How a job stands, now and at each change, until it is over; a slow reader misses what is out of date.

        It ends early once `closing` is set.
        """
        news = asyncio.Event()
        job.watchers.add(news)
        bell = asyncio.ensure_future(_ring(closing, news)) if closing is not None else None
        try:
            while not (closing is not None and closing.is_set()):
                news.clear()
                yield job.answer()
                if job.over:
                    return
                await news.wait()
        finally:
            job.watchers.discard(news)
            if bell is not None:
                bell.cancel()

    async def cancel(self, job: Job) -> None:
        """Stop a job and wait until its process is gone; one that is over is forgotten with what is held of it."""
        if job.over:
            self._forget(job.id)
            return
        self._stop(job)
        with contextlib.suppress(TimeoutError):  # on a machine that is very busy it goes a little later
            await asyncio.wait_for(job.gone.wait(), PATIENCE)

    async def close(self) -> None:
        """Stop everything."""
        self._closed = True
        going = [*self._queue, *self._running]
        for job in going:
            self._stop(job)
        if going:
            await asyncio.wait([asyncio.ensure_future(job.gone.wait()) for job in going], timeout=PATIENCE)
        for timer in self._timers.values():
            timer.cancel()
        await asyncio.gather(*(asyncio.to_thread(worker.stop) for worker in self._warm.values()))

    def _worker(self, kind: Kind) -> WarmWorker:
        return self._warm.setdefault(kind.module, WarmWorker(kind.module, self._cache))

    def _rest(self, kind: Kind) -> None:
        """Let a warm worker go when nothing has been asked of it for a while."""
        if (timer := self._timers.pop(kind.module, None)) is not None:
            timer.cancel()

        def go() -> None:
            if not any(job.kind == kind for job in self._running):
                self._worker(kind).stop()

        self._timers[kind.module] = asyncio.get_running_loop().call_later(IDLE, go)

    def _refuse_more(self, visitor: str) -> None:
        mine = sum(job.visitor == visitor for job in (*self._queue, *self._running))
        if mine >= self._limits.a_visitor:
            raise Busy(f"You have {mine} jobs going already. Wait for one of them, or cancel one.")
        if len(self._queue) >= self._limits.waiting or self._closed:
            raise Busy("The server has more work than it can take. Please try again in a minute.", retry_after=60)

    def _remember(self, job: Job) -> None:
        over = [known.id for known in self._known.values() if known.over]
        for old in over[: max(0, len(over) + 1 - self._limits.remembered)]:
            self._forget(old)
        self._known[job.id] = job

    def _forget(self, job_id: str) -> None:
        self._known.pop(job_id, None)
        self._results.drop(job_id)
        if (timer := self._timers.pop(job_id, None)) is not None:
            timer.cancel()

    def _next(self) -> None:
        """Start what waits, first those of visitors for whom least is running."""
        while (able := [job for job in self._queue if self._free(job.kind)]) and not self._closed:
            busy = Counter(job.visitor for job in self._running)
            job = min(able, key=lambda waiting: busy[waiting.visitor])
            self._queue.remove(job)
            self._running.add(job)
            job.state, job.message, job.begun = "running", job.kind.starting, time.perf_counter()
            job.tell()
            self._tell(job, "running")
            warm = self._worker(job.kind) if job.kind.warm else None
            folder, seconds = self._catalog.folder, self._limits.seconds
            Follower(self, self._results, folder, seconds, storage=self._storage, warm=warm).begin(job)

    def _free(self, kind: Kind) -> bool:
        """Whether there is a place: a warm kind has one process to itself, and so has work without a bound on its time.

        All others share the workers: nobody waits an hour for a set to be encoded, or for a map.
        """
        if kind.warm:
            return not any(job.kind == kind for job in self._running)
        places = self._limits.workers if kind.bounded else 1
        alike = [job for job in self._running if not job.kind.warm and job.kind.bounded == kind.bounded]
        return len(alike) < places

    def _stop(self, job: Job) -> None:
        if job in self._queue:
            self._queue.remove(job)
            self._over(job, "cancelled", "Cancelled.")
        elif not job.over:
            job.stopping = True
            job.message = "Stopping."
            if job.process is not None:
                job.process.kill()  # nothing has to be tidied up: half of what a job writes is never read
            job.tell()

    def _over(self, job: Job, state: State, message: str, failure: Failure | None = None, *, told: bool = True) -> None:
        """`told`: it has waited or run, for so long."""
        job.end(state, message, failure)
        self._tell(job, state)
        if told:
            now = time.perf_counter()
            begun = now if job.begun is None else job.begun
            job.context.run(self._watch.finished, job.about[0], state, begun - job.asked, now - begun)
        loop = asyncio.get_running_loop()
        self._timers[job.id] = loop.call_later(LIFE, self._forget, job.id)

    def _tell(self, job: Job, state: str) -> None:
        """Let those who watch know that a job has come to a state."""
        kind = job.about[0]
        waiting, running = (sum(each.about[0] == kind for each in some) for some in (self._queue, self._running))
        self._watch.job(kind, state)
        self._watch.going(kind, waiting, running)

    def launched(self, job: Job, process: BaseProcess | None) -> None:
        """Its process is there, or gone already."""
        job.process = process
        if job.stopping and process is not None:
            process.kill()

    def heard(self, job: Job, news: dict[str, Any]) -> None:
        """Its process reports."""
        if not job.stopping:
            job.progress, job.message = news["progress"], f"{ANEW} {news['message']}" if job.anew else news["message"]
            job.partial = news["partial"] if news["partial"] is not None else job.partial
            job.tell()

    def begun_anew(self, job: Job) -> None:
        """Its process has died, and it is done once more from the start, or from where it left off."""
        if not job.stopping:
            job.anew, job.process = True, None
            job.progress, job.message, job.partial = None, f"{ANEW} {job.kind.starting}", None
            job.tell()
            self._tell(job, "begun anew")

    def ended(self, job: Job, outcome: Outcome) -> None:
        """Its work is over, and its process gone unless it is a warm one."""
        self._running.discard(job)
        if job.kind.warm and not self._closed:
            self._rest(job.kind)
        if outcome is None or job.stopping:
            self._results.drop(job.id)
            self._over(job, "cancelled", "Cancelled.")
        elif isinstance(outcome, Failure):
            self._over(job, "failed", outcome.message, outcome)
        else:
            self._over(job, "done", "Done.")
        self._next()
