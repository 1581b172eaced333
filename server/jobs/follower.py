"""Stands beside one job's process in a thread: starts it, hands on its news, keeps its result, notices its end."""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

import pebble
from pebble.concurrent import process

from server.jobs import child
from server.jobs.child import MISTAKE, Failure, Order
from server.jobs.job import Job
from server.jobs.results import Results
from server.jobs.task import Result, Work
from server.jobs.warm import CONTEXT, PATIENCE, TooLong, WarmWorker
from server.logs import OURS
from server.storage import Storage

log = logging.getLogger(OURS)
TERM = 0.3  # seconds between asking a process whose time is up to end, and ending it

DIED = Failure(
    "job_crashed", "The work ended before its time; perhaps memory ran out. Please ask for less, or try again.", None
)
Outcome = Result | Failure | None  # None: cancelled
Future = pebble.ProcessFuture[Result | Failure]


class Listener(Protocol):
    """Who is told, on the event loop."""

    def launched(self, job: Job, process: BaseProcess | None) -> None: ...
    def heard(self, job: Job, news: dict[str, Any]) -> None: ...
    def begun_anew(self, job: Job) -> None: ...
    def ended(self, job: Job, outcome: Outcome) -> None: ...


class Follower:
    """Follows one job; make another for the next one."""

    def __init__(
        self,
        listener: Listener,
        results: Results,
        models: Path,
        seconds: float,
        *,
        storage: Storage | None = None,
        warm: WarmWorker | None = None,
    ) -> None:
        """`models` is the folder of the models, `seconds` the longest that a job may run; `warm` runs it if given."""
        self._listener, self._results, self._models, self._seconds = listener, results, models, seconds
        self._storage, self._warm = storage, warm

    def begin(self, job: Job) -> None:
        """Start the thread; called on the event loop, which is told what happens."""
        if job.work is None:
            raise ValueError("the job is over")
        arguments = (job, job.work, asyncio.get_running_loop())
        threading.Thread(target=self._follow, args=arguments, name=f"job {job.work.kind}", daemon=True).start()

    def _follow(self, job: Job, work: Work, loop: asyncio.AbstractEventLoop) -> None:
        def post(function: Callable[..., None], *arguments: Any) -> None:
            try:
                loop.call_soon_threadsafe(function, *arguments)
            except RuntimeError:  # the server has ended meanwhile
                log.debug("Nobody is left to be told of a job")

        try:
            outcome = self._outcome(job, work, post)
        except MemoryError:
            outcome = DIED
        except Exception as wrong:  # whatever it is, the job ends and the next one starts
            log.error("A job of the kind %s failed", work.kind, exc_info=wrong)
            outcome = MISTAKE
        post(self._listener.ended, job, outcome)

    def _outcome(self, job: Job, work: Work, post: Callable[..., None]) -> Outcome:
        if work.keep and self._results.kept(job.name) is not None:  # somebody else's job was the same
            return Result(b"", "", "")
        given = child.order(self._models, job.kind.module, job.model_hash, work, self._storage)
        until = time.monotonic() + self._seconds
        found = self._attempt(job, given, post, until)
        if found is DIED and not job.stopping:
            # Whatever killed it, nobody has to see it where one more attempt does the work, in the time that is left.
            post(self._listener.begun_anew, job)
            found = self._attempt(job, given, post, until)
        if job.stopping:
            return None
        if isinstance(found, Result) and not (work.keep and self._results.keep(job.name, found)):
            self._results.hold(job.id, found)
        return found

    def _attempt(self, job: Job, given: Order, post: Callable[..., None], until: float) -> Outcome:
        seconds = max(0.1, until - time.monotonic())
        if self._warm is None:
            return self._run(job, given, post, seconds)
        return self._hand_over(job, given, post, seconds, self._warm)

    def _run(self, job: Job, given: Order, post: Callable[..., None], most: float) -> Outcome:
        pebble.CONSTS.term_timeout = TERM
        reader, writer = CONTEXT.Pipe(duplex=False)
        with reader:
            with writer:  # only the process holds it from here on: the end of the pipe is the end of the process
                name, seconds = f"job {job.id}", most if job.kind.bounded else None
                # Pebble 5.2 declares `mp_context`, reads `context`, and forks where it finds none.
                how: dict[str, Any] = {"mp_context": CONTEXT, "context": CONTEXT}
                future = process(name=name, timeout=seconds, **how)(child.carry_out)(given, writer)
            # Stopping kills this one: cancelling the future while the process ends by itself breaks Pebble's thread.
            started = next((each for each in multiprocessing.active_children() if each.name == name), None)
            post(self._listener.launched, job, started)
            while True:
                try:
                    news = json.loads(reader.recv_bytes(child.MAX_NEWS))
                except (EOFError, OSError):
                    break
                post(self._listener.heard, job, news)
        return self._result(job, future)

    def _hand_over(
        self, job: Job, given: Order, post: Callable[..., None], seconds: float, warm: WarmWorker
    ) -> Outcome:
        try:
            found = warm.carry_out(
                given,
                seconds,
                lambda process: post(self._listener.launched, job, process),
                lambda news: post(self._listener.heard, job, news),
            )
        except TooLong:
            return self._too_long()
        if found is not None or job.stopping:
            return found
        log.warning("The process of a job of the kind %s has died", job.about[0])
        return DIED

    def _too_long(self) -> Failure:
        told = f"This took more than {self._seconds / 60:.3g} minutes and was stopped. Please ask for less."
        return Failure("job_too_long", told, None)

    def _result(self, job: Job, future: Future) -> Outcome:
        try:
            return future.result(timeout=PATIENCE)
        except MemoryError:
            return DIED
        except TimeoutError:
            return self._too_long()
        except pebble.ProcessExpired as wrong:
            if job.stopping:
                return None
            log.warning("The process of a job of the kind %s ended with status %s", job.about[0], wrong.exitcode)
            return DIED
