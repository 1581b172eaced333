"""What the server tells about itself while it works. This class listens to nothing; `server/metrics.py` counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial


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

    def finished(self, kind: str, state: str, waited: float, seconds: float) -> None:
        """A job is over: the seconds that it waited, and those that it ran. Called in the context of whoever began it.

        One whose result was there already is not told.
        """

    def served(self, model: str, lane: str, waited: float, seconds: float) -> None:
        """One request's share of a pass: the seconds that it waited and those of its pass.

        Called in the context of the request, so that what is told can be put beside what else that request did.
        """

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """An HTTP request was answered, or a WebSocket has ended (method WEBSOCKET, status 101 or 403)."""

    def frame(self, code: str, seconds: float) -> None:
        """A frame of the live connection was answered: "ok", or the code of its error."""


HOOKS = tuple(name for name in vars(Watch) if not name.startswith("_"))


class Several(Watch):
    """Tells several who watch, in turn. Each hears only of what its class wants to know: a frame of a hand is told four
    times on its way, and most who watch do nothing about three of them.
    """

    def __init__(self, *watches: Watch) -> None:
        for name in HOOKS:
            hooks = [getattr(each, name) for each in watches if getattr(type(each), name) is not getattr(Watch, name)]
            if hooks:
                setattr(self, name, hooks[0] if len(hooks) == 1 else partial(_tell, hooks))


def _tell(hooks: Sequence[Callable[..., None]], *told: object) -> None:
    for hook in hooks:
        hook(*told)
