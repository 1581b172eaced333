"""Work of all kinds of behaviour, for jobs in tests: `parameters["do"]` says which."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from server.errors import BadRequest
from server.jobs import Report, Result, Task

MODULE = "tests.unit.job_works"
GETTING_READY = (
    "LATENT_EXPLORER_TEST_READY"  # the folder in which a process that gets ready leaves a file for each step
)


def warm() -> Iterator[None]:
    """Three steps of a quarter of a second."""
    for step in range(3):
        time.sleep(0.25)
        if folder := os.environ.get(GETTING_READY):
            (Path(folder) / f"{os.getpid()}-{step}").touch()
        yield


def run(task: Task, report: Report) -> Result:
    """Reports its process's number, behaves as it is told, and answers what it was given."""
    report(0.25, "Begun.", {"pid": os.getpid()})
    match task.parameters["do"]:
        case "sleep":
            time.sleep(task.parameters.get("seconds", 60))
        case "wait for a mark":
            while not Path(task.parameters["mark"]).exists():
                time.sleep(0.02)
        case "be stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            report(None, "Not listening.", {"pid": os.getpid()})
            time.sleep(60)
        case "exit":
            os._exit(3)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "sleep, then work":  # whoever is begun anew finds the mark of the first one
            mark = Path(task.parameters["mark"])
            if not mark.exists():
                mark.touch()
                time.sleep(60)
        case "refuse":
            raise BadRequest("There is no such colour.", field="colour")
        case "fail":
            raise RuntimeError("the secret inside")
        case "run out of memory":
            raise MemoryError
        case "answer nothing":
            return None  # type: ignore[return-value]
        case "open":
            return Result(task.opened.hash.encode(), "text/plain", "hash.txt")
    total = sum(float(np.sum(array)) for array in task.arrays.values())
    return Result(f"{task.model} {total:g}".encode(), "text/plain", "answer.txt")
