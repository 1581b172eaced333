"""A process that has imported and compiled what a kind of work needs, and waits for the next order of that kind."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from server.jobs import child
from server.jobs.child import Failure, Order
from server.jobs.task import Result

CONTEXT = multiprocessing.get_context("spawn")  # a fork would copy the server's threads' locks in whatever state
NICEST = 19  # a hand on a slider comes first, and so does work that somebody waits for
PATIENCE = 3.0  # seconds to wait for a killed process


class TooLong(Exception):
    """The order took longer than it may."""


class WarmWorker:
    """One process, started when first wanted and again after it has ended, however it ended.

    It outlives the orders that it carries out, one at a time. Whoever stops an order kills the process.
    """

    def __init__(self, module: str, cache: Path) -> None:
        """`module` is a kind of work with `warm()` beside `run`; compiled code is kept in `cache`."""
        self._module, self._cache = module, cache
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._line: Connection | None = None

    def start(self) -> None:
        """Let it get ready, unless it is there."""
        with self._lock:
            self._begin()

    def stop(self) -> None:
        """End it, whatever it does; it starts again when next wanted."""
        with self._lock:
            self._end()

    def carry_out(
        self,
        given: Order,
        seconds: float,
        launched: Callable[[BaseProcess], None],
        heard: Callable[[dict[str, Any]], None],
    ) -> Result | Failure | None:
        """Carry out an order; one at a time. -> what came of it, None where the process died.

        `launched` is told the process, `heard` its news. Raises TooLong after `seconds`; the process is then gone.
        """
        with self._lock:
            process, line = self._begin()
        launched(process)
        until = time.monotonic() + seconds
        try:
            line.send(given)
            while line.poll(max(0.0, until - time.monotonic())):
                found = line.recv()
                if not isinstance(found, bytes):
                    ours: Result | Failure = found
                    return ours
                heard(json.loads(found))
        except (EOFError, OSError):
            self.stop()
            return None
        self.stop()
        raise TooLong

    def _begin(self) -> tuple[BaseProcess, Connection]:
        if self._process is not None and not self._process.is_alive():
            self._end()
        if self._process is None or self._line is None:
            self._line, theirs = CONTEXT.Pipe()
            with theirs:  # only the process holds it from here on: the end of the line is the end of the process
                self._process = CONTEXT.Process(
                    target=child.stand_by, args=(self._module, self._cache, theirs), name="job warm", daemon=True
                )
                self._process.start()
            if hasattr(os, "setpriority") and self._process.pid is not None:
                with contextlib.suppress(OSError):  # it has ended already
                    os.setpriority(os.PRIO_PROCESS, self._process.pid, NICEST)  # while it starts, too
        return self._process, self._line

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join(PATIENCE)
        if self._line is not None:
            self._line.close()
        self._process = self._line = None
