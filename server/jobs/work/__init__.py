"""The kinds of work. Each is a module with `run(task: Task, report: Report) -> Result`, which the server never imports.

A kind that is warm has a process of its own, which outlives its jobs and carries them out one at a time, beside those
of other kinds. Its module has `warm() -> Iterator[None]` as well: what makes the process ready, with a `yield`
after each step.

A kind's `version` is part of its results' names: raise it when the same parameters would give another result.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of work: the module that does it, the version of its results, and what to say while it starts."""

    module: str
    version: int
    starting: str
    warm: bool = False
    bounded: bool = True  # False: it may run as long as it likes, for a stopped one goes on where it was


KINDS: dict[str, Kind] = {
    "coverage": Kind("server.jobs.work.coverage", 1, "Getting ready."),
    "geodesic": Kind("server.jobs.work.geodesic", 1, "Getting ready."),
    "inversion": Kind("server.jobs.work.inversion", 1, "Getting ready."),
    "map": Kind("server.jobs.work.map", 1, "Getting the libraries ready: half a minute the first time.", warm=True),
    "measures": Kind("server.jobs.work.measures", 2, "Getting ready."),
    "representations": Kind("server.jobs.work.representations", 1, "Getting ready."),
    "set": Kind("server.jobs.work.own_set", 1, "Getting ready.", bounded=False),
    "video": Kind("server.jobs.work.video", 1, "Getting ready."),
}
