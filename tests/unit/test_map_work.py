"""The work of a map, and the process that stands by for it, seen from inside this one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.analysis import maps
from server.errors import Unsupported
from server.jobs import Result, Task, Work, child
from server.jobs.child import MISTAKE, Failure
from server.jobs.work import map as map_work
from server.projection import unpacked
from tests.unit.job_works import MODULE

LATENTS = np.random.default_rng(0).standard_normal((60, 5)).astype(np.float32)
ASKED = {
    "method": "pacmap",
    "dims": 2,
    "settings": maps.settled(maps.BY_NAME["pacmap"], {}, 60),
    "seed": 3,
    "control": False,
}


def done(latents: np.ndarray, **more: Any) -> tuple[Result, list[float | None]]:
    news: list[float | None] = []
    arrays = {"latents": latents, "labels": (LATENTS[:, 0] > 0).astype(np.int64)}
    task = Task(Path(), Work("map", "tiny", {**ASKED, **more}, arrays), "0" * 16)
    return map_work.run(task, lambda share, *_: news.append(share)), news


def test_it_answers_positions_and_what_is_known_of_them() -> None:
    result, news = done(LATENTS)
    positions, about = unpacked(result.content)
    assert positions.shape == (60, 2)
    assert about["trust"]["neighbour_accuracy"] > 0.5
    assert result.filename == "tiny-pacmap.npz"
    assert max(share for share in news if share is not None) == 0.95
    control, about = unpacked(done(LATENTS, control=True)[0].content)
    assert about["control"]
    assert not np.array_equal(control, positions)


def test_what_has_no_map_says_why() -> None:
    with pytest.raises(Unsupported, match="all points of the set are equal"):
        done(np.ones((60, 5), np.float32))


def test_getting_ready_fits_every_method_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[str] = []
    monkeypatch.setattr(maps, "fit", lambda method, *_: fitted.append(method))
    assert len(list(map_work.warm())) == len(fitted) == 4
    assert fitted[-1] == "umap"  # it takes longest
    assert {"pca", *fitted} == {method.name for method in maps.METHODS}


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[Connection, Connection]]:
    """The two ends of a line, and everything that a process of its own would change for itself put back."""
    for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "1")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    interrupt = signal.getsignal(signal.SIGINT)
    ours, theirs = Pipe()
    yield ours, theirs
    signal.signal(signal.SIGINT, interrupt)
    theirs.close()


def test_orders_are_carried_out_until_the_line_is_cut(line: tuple[Connection, Connection], tmp_path: Path) -> None:
    ours, theirs = line
    answers: list[object] = []

    def server() -> None:
        for do in ("work", "refuse", "fail"):
            work = Work("test", "tiny", {"do": do}, {"a": np.ones(3)})
            ours.send(child.order(Path(), MODULE, "0" * 16, work))
            while isinstance(found := ours.recv(), bytes):
                answers.append("news")
            answers.append(found)
        ours.close()

    beside = threading.Thread(target=server)
    beside.start()
    child.stand_by(MODULE, tmp_path, theirs)
    beside.join()
    refused = Failure("invalid", "There is no such colour.", "colour")
    assert answers == ["news", Result(b"tiny 3", "text/plain", "answer.txt"), "news", refused, "news", MISTAKE]


def test_where_memory_runs_out_the_process_ends(line: tuple[Connection, Connection], tmp_path: Path) -> None:
    ours, theirs = line
    ours.send(child.order(Path(), MODULE, "0" * 16, Work("test", "tiny", {"do": "run out of memory"})))
    with pytest.raises(MemoryError):
        child.stand_by(MODULE, tmp_path, theirs)
    ours.close()
