"""What came of jobs: in the storage by its name, or in memory for a while where nothing may be written."""

from __future__ import annotations

import json
import logging
import struct
import threading
from collections import OrderedDict

from server.jobs.task import Result
from server.logs import OURS
from server.storage import Storage

log = logging.getLogger(OURS)


class Results:
    """Called from several threads; everything in it is quick or waits for the disk."""

    def __init__(self, storage: Storage, *, memory_bytes: int) -> None:
        self._storage = storage
        self._room = memory_bytes
        self._held: OrderedDict[str, Result] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, name: str, result: Result) -> bool:
        """Write a result; False where the disk doesn't let us."""
        head = json.dumps({"media_type": result.media_type, "filename": result.filename}).encode()
        try:
            self._storage.put("results", name, struct.pack("<I", len(head)) + head + result.content)
        except OSError as wrong:
            log.warning("A result cannot be kept: %s", wrong)
            return False
        return True

    def kept(self, name: str) -> Result | None:
        """A result that was written, None where there is none or it has been cleared away."""
        try:
            stored = self._storage.get("results", name)
        except OSError:
            return None
        if stored is None:
            return None
        try:
            (length,) = struct.unpack_from("<I", stored)
            head = json.loads(stored[4 : 4 + length])
            return Result(stored[4 + length :], head["media_type"], head["filename"])
        except (struct.error, ValueError, KeyError, TypeError):
            return None  # not ours, or damaged: computed again

    def has(self, name: str) -> bool:
        """Whether a result was written and is there."""
        try:
            return self._storage.has("results", name)
        except OSError:
            return False

    def discard(self, name: str) -> None:
        """Remove a result that was written."""
        try:
            self._storage.delete("results", name)
        except OSError as wrong:
            log.warning("A result cannot be removed: %s", wrong)

    def hold(self, job: str, result: Result) -> None:
        """Hold a result in memory; the oldest go when there are too many."""
        with self._lock:
            self._held[job] = result
            while len(self._held) > 1 and sum(len(each.content) for each in self._held.values()) > self._room:
                self._held.popitem(last=False)

    def held(self, job: str) -> Result | None:
        """What is held for a job."""
        with self._lock:
            return self._held.get(job)

    def drop(self, job: str) -> None:
        """Forget what is held for a job."""
        with self._lock:
            self._held.pop(job, None)
