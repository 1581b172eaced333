"""What happens in a job's process, seen from inside this one."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pytest

from server.catalog import Catalog
from server.errors import StaleModel
from server.jobs import Result, Task, Work, child
from server.jobs.child import Failure, Reporter
from server.settings import ROOT
from tests.unit.job_works import MODULE

CHECKPOINTS = ROOT / "checkpoints"
VAE = "fashion-vae-16"


class Pipe:
    """Takes what is sent."""

    def __init__(self) -> None:
        self.news: list[dict[str, Any]] = []

    def send_bytes(self, text: bytes) -> None:
        """As a connection does."""
        self.news.append(json.loads(text))


@pytest.fixture(autouse=True)
def as_nice_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "nice", lambda by: by)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(variable, "1")


def carried_out(do: str, model_hash: str = "0" * 16) -> tuple[Result | Failure, list[dict[str, Any]]]:
    pipe = Pipe()
    work = Work("test", VAE, {"do": do}, {"a": np.ones((2, 3)), "b": np.array([[1], [2]], np.float32).T})
    found = child.carry_out(child.order(CHECKPOINTS, MODULE, model_hash, work), pipe)  # type: ignore[arg-type]
    return found, pipe.news


def test_the_work_is_done_with_what_was_handed_over() -> None:
    found, news = carried_out("work")
    assert found == Result(b"fashion-vae-16 9", "text/plain", "answer.txt")
    assert news == [{"progress": 0.25, "message": "Begun.", "partial": {"pid": os.getpid()}}]


def test_an_error_of_the_tree_becomes_a_sentence_and_others_stay_what_they_are() -> None:
    assert carried_out("refuse")[0] == Failure("invalid", "There is no such colour.", "colour")
    with pytest.raises(RuntimeError):
        carried_out("fail")
    with pytest.raises(TypeError, match="not a Result"):
        carried_out("answer nothing")


def test_the_model_is_opened_in_the_process_and_must_be_the_one_that_was_meant() -> None:
    known = Catalog(CHECKPOINTS, only=VAE).checkpoints
    assert list(known) == [VAE]
    found, _ = carried_out("open", known[VAE].hash)
    assert isinstance(found, Result)
    assert found.content.decode() == known[VAE].hash
    with pytest.raises(StaleModel):
        _ = Task(CHECKPOINTS, Work("test", VAE), "0" * 16).opened


def test_news_are_few_unless_they_say_something_new() -> None:
    pipe = Pipe()
    report = Reporter(pipe)
    for share in range(100):
        report(share / 100, "Drawing.")
    report(2.0, "Writing.")
    report(None, "Waiting.")
    assert [each["message"] for each in pipe.news] == ["Drawing.", "Writing.", "Waiting."]
    assert [each["progress"] for each in pipe.news] == [0.0, 1.0, None]


def test_news_that_are_too_long_or_no_numbers_are_a_mistake() -> None:
    report = Reporter(Pipe())
    with pytest.raises(ValueError, match="at most"):
        report(0.0, "Much.", {"much": "x" * child.MAX_NEWS})
    with pytest.raises(ValueError, match="JSON"):
        report(0.0, "Not a number.", {"x": float("nan")})
