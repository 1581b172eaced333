"""Graphs in replicas, without Ray: both ends, and what lies between them as a function."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.adapter import GraphMismatch
from server.catalog import Catalog
from server.cluster.replica import About, ModelGraphs, digest_of
from server.cluster.runtime import TRIES, ClusterRuntime
from server.errors import NoReplica
from server.opened import OpenedModel
from server.runtimes import OutOfMemory, Running, choose
from server.settings import ROOT

MODEL = "fashion-vae-2"


class Died(Exception):
    """Stands in for Ray's errors."""


class Replica:
    """One replica in this process, that dies as often as it is told to."""

    def __init__(self, deaths: int = 0) -> None:
        self.deaths = deaths
        self.asked: list[tuple[str, str]] = []
        self._runtime = choose("onnx", "cpu")
        self._models: dict[str, ModelGraphs] = {}

    def __call__(self, model: str, method: str, *arguments: Any) -> Any:
        self.asked.append((model, method))
        if self.deaths:
            self.deaths -= 1
            raise Died
        if method == "about":
            return About(self._runtime.name, self._runtime.device, self._runtime.batch)
        graphs = self._models.setdefault(model, ModelGraphs(self._runtime))
        answer: Callable[..., Any] = getattr(graphs, method)
        return answer(*arguments)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "checkpoints" / MODEL, tmp_path / MODEL)
    shutil.copytree(ROOT / "checkpoints" / "_data", tmp_path / "_data")
    return tmp_path


def test_a_model_over_replicas_draws_what_it_draws_here(checkpoints: Path) -> None:
    replica = Replica()
    runtime = ClusterRuntime(replica, (Died,))
    assert runtime.name == f"{choose('onnx', 'cpu').name} on Ray Serve"
    assert (runtime.device, runtime.batch) == ("CPU", choose("onnx", "cpu").batch)
    there = OpenedModel(Catalog(checkpoints), runtime, MODEL)
    here = OpenedModel(Catalog(checkpoints), choose("onnx", "cpu"), MODEL)
    latents = there.points().latents[:4]
    np.testing.assert_array_equal(there.model.pixels(latents), here.model.pixels(latents))
    running = there.running["decoder.onnx"]
    assert running.runtime == f"{here.running['decoder.onnx'].runtime} on Ray Serve"
    assert {model for model, method in replica.asked if method != "about"} == {MODEL}


def test_a_replica_that_dies_is_not_noticed(checkpoints: Path) -> None:
    replica = Replica(deaths=TRIES - 1)
    graph = ClusterRuntime(replica, (Died,)).load(checkpoints / MODEL / "decoder.onnx")
    replica.deaths = TRIES - 1
    assert graph.run(["pixels"], {"z": np.zeros((1, 2), np.float32)})[0].dtype == np.uint8
    replica.deaths = TRIES
    with pytest.raises(NoReplica, match="Try again"):
        graph.run(["pixels"], {"z": np.zeros((1, 2), np.float32)})


def test_an_error_of_the_graph_is_not_asked_for_twice(checkpoints: Path) -> None:
    replica = Replica()
    graph = ClusterRuntime(replica, (Died,)).load(checkpoints / MODEL / "decoder.onnx")
    before = len(replica.asked)
    with pytest.raises(Exception, match="no-such-output") as wrong:
        graph.run(["no-such-output"], {"z": np.zeros((1, 2), np.float32)})
    assert not isinstance(wrong.value, NoReplica)
    assert len(replica.asked) == before + 1


def test_a_replica_with_another_version_says_so(checkpoints: Path) -> None:
    """The server has asked with one file; the replica finds another one in its place, and the new one after that."""
    path = checkpoints / MODEL / "decoder.onnx"
    runtime = ClusterRuntime(Replica(), (Died,))
    old = runtime.load(path)
    path.write_bytes((ROOT / "checkpoints" / "fashion-ae-2" / "decoder.onnx").read_bytes())
    feeds = {"z": np.zeros((1, 2), np.float32)}
    kept = old.run(["pixels"], feeds)[0]  # it is loaded already
    new = runtime.load(path)
    assert np.abs(new.run(["pixels"], feeds)[0].astype(int) - kept).max() > 0
    with pytest.raises(GraphMismatch, match=r"another version of fashion-vae-2/decoder\.onnx"):
        old.run(["pixels"], feeds)


class Full:
    """A graph whose device has no room."""

    rows: frozenset[str] = frozenset()
    running = Running("a library", "a GPU")

    def run(self, *_: Any) -> Any:
        raise OutOfMemory("no room for a single picture")


def test_memory_that_is_full_is_told_as_here(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replica = Replica()
    monkeypatch.setattr(replica._runtime, "load", lambda path: Full())
    graph = ClusterRuntime(replica, (Died,)).load(checkpoints / MODEL / "decoder.onnx")
    with pytest.raises(OutOfMemory, match="a single picture"):
        graph.run(["pixels"], {"z": np.zeros((1, 2), np.float32)})

    def refuse(path: Path) -> Full:
        raise OutOfMemory("no room for the model")

    monkeypatch.setattr(replica._runtime, "load", refuse)
    with pytest.raises(OutOfMemory, match="for the model"):
        ClusterRuntime(replica, (Died,)).load(checkpoints / MODEL / "encoder.onnx")


def test_what_cannot_be_loaded_is_told_with_the_reason(checkpoints: Path) -> None:
    path = checkpoints / MODEL / "decoder.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(ValueError, match=r"cannot load decoder\.onnx"):
        ClusterRuntime(Replica(), (Died,)).load(path)
    graphs = ModelGraphs(choose("onnx", "cpu"))
    digest = digest_of(path)
    path.unlink()
    assert "No such file" in str(graphs.prepare(str(path), digest))
