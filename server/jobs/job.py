"""One job: whose it is, what it does, and where it stands."""

from __future__ import annotations

import asyncio
import contextvars
import time
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess

from server.jobs.child import Failure
from server.jobs.task import Document, Work
from server.jobs.work import Kind
from server.schemas import ErrorBody
from server.schemas.jobs import JobAnswer, State


@dataclass(eq=False)
class Job:
    """Changed on the event loop only."""

    id: str
    visitor: str
    kind: Kind
    name: str  # of its result
    model_hash: str
    work: Work | None  # None once it is over: nothing of an upload is held any longer
    about: tuple[str, str]  # the work's kind and model
    state: State = "queued"
    progress: float | None = None
    message: str = "Waiting for other work to finish."
    partial: Document | None = None
    failure: Failure | None = None
    process: BaseProcess | None = None
    stopping: bool = False
    anew: bool = False  # whether its first process has died, and a second one does the work
    gone: asyncio.Event = field(default_factory=asyncio.Event)  # set once it is over and its process has ended
    watchers: set[asyncio.Event] = field(default_factory=set)
    context: contextvars.Context = field(default_factory=contextvars.copy_context)  # of whoever began it
    asked: float = field(default_factory=time.perf_counter)
    begun: float | None = None  # when it began to run

    @property
    def over(self) -> bool:
        """Whether nothing about it will change any more."""
        return self.state in ("done", "failed", "cancelled")

    def answer(self) -> JobAnswer:
        """The job as others see it."""
        kind, model = self.about
        wrong = self.failure
        return JobAnswer(
            id=self.id,
            kind=kind,
            model=model,
            state=self.state,
            progress=self.progress,
            message=self.message,
            partial=self.partial,
            error=None if wrong is None else ErrorBody(code=wrong.code, message=wrong.message, field=wrong.field),
            result=f"/api/jobs/{self.id}/result" if self.state == "done" else None,
        )

    def tell(self) -> None:
        """Wake everybody who watches."""
        for watcher in self.watchers:
            watcher.set()

    def end(self, state: State, message: str, failure: Failure | None = None) -> None:
        """Nothing follows."""
        self.state, self.message, self.failure = state, message, failure
        self.progress = 1.0 if state == "done" else self.progress
        self.work = self.process = None
        self.gone.set()
        self.tell()
