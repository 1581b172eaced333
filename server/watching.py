"""What the server tells about itself while it works. This class listens to nothing; `server/metrics.py` counts."""

from __future__ import annotations

from collections.abc import Sequence


class Watch:
    """Hooks, called on the event loop; each returns at once. `lane` is "hand", "behind" or "computing".

    Refusals are told where answers leave (server/edge.py, routes/live.py), by the code of their error: whoever raises
    one need not tell it.
    """

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
        """Nobody waited any more for a request in the queue; lane "mailbox": a newer live frame took its place."""

    def sent(self, route: str, size: int) -> None:
        """So many bytes left in an answer; `route` is the route's template, never a path with names in it."""

    def job(self, kind: str, state: str) -> None:
        """A job has come to a state: queued, running, done, failed or cancelled; or was "begun anew" after a death."""

    def going(self, kind: str, waiting: int, running: int) -> None:
        """So many jobs of a kind wait and run now."""

    def served(self, model: str, lane: str, waited: float, seconds: float) -> None:
        """One request's share of a pass: the seconds that it waited and those of its pass.

        Called in the context of the request, so that what is told can be put beside what else that request did.
        """

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """An HTTP request was answered, or a WebSocket has ended (method WEBSOCKET, status 101 or 403)."""

    def frame(self, code: str, seconds: float) -> None:
        """A frame of the live connection was answered: "ok", or the code of its error."""


class Several(Watch):
    """Tells several who watch, in turn."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def queued(self, lane: str, depth: int) -> None:
        for watch in self._watches:
            watch.queued(lane, depth)

    def ran(self, model: str, lane: str, rows: int, waits: Sequence[float], seconds: float) -> None:
        for watch in self._watches:
            watch.ran(model, lane, rows, waits, seconds)

    def loaded(self, model: str, seconds: float, size: int) -> None:
        for watch in self._watches:
            watch.loaded(model, seconds, size)

    def evicted(self, model: str) -> None:
        for watch in self._watches:
            watch.evicted(model)

    def held(self, models: int, size: int) -> None:
        for watch in self._watches:
            watch.held(models, size)

    def refused(self, reason: str) -> None:
        for watch in self._watches:
            watch.refused(reason)

    def dropped(self, lane: str) -> None:
        for watch in self._watches:
            watch.dropped(lane)

    def sent(self, route: str, size: int) -> None:
        for watch in self._watches:
            watch.sent(route, size)

    def job(self, kind: str, state: str) -> None:
        for watch in self._watches:
            watch.job(kind, state)

    def going(self, kind: str, waiting: int, running: int) -> None:
        for watch in self._watches:
            watch.going(kind, waiting, running)

    def served(self, model: str, lane: str, waited: float, seconds: float) -> None:
        for watch in self._watches:
            watch.served(model, lane, waited, seconds)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        for watch in self._watches:
            watch.answered(route, method, status, seconds)

    def frame(self, code: str, seconds: float) -> None:
        for watch in self._watches:
            watch.frame(code, seconds)
