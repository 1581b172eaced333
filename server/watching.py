"""What the server tells about itself while it works. This class listens to nothing; `server/metrics.py` counts."""

from __future__ import annotations

from collections.abc import Sequence


class Watch:
    """Hooks, called on the event loop; each returns at once. `lane` is "hand" or "behind"."""

    def queued(self, lane: str, depth: int) -> None:
        """So many requests wait in a lane now."""

    def ran(self, model: str, lane: str, rows: int, waits: Sequence[float], seconds: float) -> None:
        """One pass: its rows, the seconds that each of its requests had waited, and the seconds that it took."""

    def loaded(self, model: str, seconds: float, size: int) -> None:
        """A model was opened; `size` is an estimate of the bytes that it holds."""

    def evicted(self, model: str) -> None:
        """A model was let go to make room for others."""

    def held(self, models: int, size: int) -> None:
        """So many models are open now, of so many bytes in all."""

    def refused(self, reason: str) -> None:
        """A request was refused: the code of its error, `busy` say."""

    def dropped(self, lane: str) -> None:
        """Nobody waited any more for a request in the queue."""

    def sent(self, route: str, size: int) -> None:
        """So many bytes left in an answer; `route` is the route's template, never a path with names in it."""

    def job(self, kind: str, state: str) -> None:
        """A job has come to a state: queued, running, done, failed or cancelled."""
