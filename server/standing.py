"""Where the server stands: getting ready, ready, or ending; who is connected, and how much is in flight."""

from __future__ import annotations

import asyncio
from collections import Counter

from server.watching import Watch

STARTING = "The first model is still being loaded. Please try again in a moment."
ENDING = "The server is being stopped or restarted. Please try again in a moment."


class Standing(Watch):
    """Changed on the event loop only, but for `ending`, which a signal may set."""

    def __init__(self) -> None:
        self.trouble: str | None = STARTING  # why the server is not ready, as a sentence
        self.lesser: str | None = None  # what does not work though it is ready
        self.ending = False
        self.in_flight = 0  # requests and WebSockets
        self.left = asyncio.Event()  # set when the server ends: whoever holds a connection open closes it
        self._present: Counter[str] = Counter()

    @property
    def visitors(self) -> int:
        """Visitors who have the page open and are connected, each counted once."""
        return len(self._present)

    def enter(self, visitor: str) -> None:
        """A visitor has connected."""
        self._present[visitor] += 1

    def leave(self, visitor: str) -> None:
        """A visitor's connection has ended."""
        self._present[visitor] -= 1
        if self._present[visitor] <= 0:
            del self._present[visitor]

    def end(self) -> None:
        """Begin nothing new, and let those who hold a connection open close it."""
        self.ending = True
        self.trouble = ENDING
        self.left.set()

    def ready(self) -> None:
        """Models can run."""
        if not self.ending:
            self.trouble = None

    def loaded(self, model: str, seconds: float, size: int) -> None:
        """Whatever failed before, a model runs now."""
        self.ready()
