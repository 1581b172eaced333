"""The one place where a runtime is chosen: its order, and the sentences for what is not there."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from server import runtimes as module
from server.__main__ import check_machine
from server.errors import SettingError
from server.runtimes import Device, Loaded, Name, Runtime, choose, first_that_works, lacking
from server.runtimes.either import Either
from server.settings import ROOT, Settings
from tests.unit.fake_graphs import Limited

DECODER = ROOT / "checkpoints" / "fashion-vae-2" / "decoder.onnx"


class Fake:
    """A runtime that loads what its name is in."""

    def __init__(self, name: str, batch: int = 16) -> None:
        self.name, self.device, self.batch = name, f"the device of {name}", batch

    def load(self, path: Path) -> Loaded:
        if self.name not in path.name:
            raise ValueError(f"{self.name} cannot run {path.name}: an operator")
        return Limited(4)


class Machine:
    """What is there, instead of what really is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.packages: dict[str, str] = {"onnxruntime": "1"}
        self.driver = False
        self.refuses: set[str] = set()
        monkeypatch.setattr(module, "has_nvidia_driver", lambda: self.driver)
        monkeypatch.setattr(module, "find_spec", self._found)
        monkeypatch.setattr(module, "_installed", self.packages.get)
        monkeypatch.setattr(module, "_onnx", lambda device: self._made("onnx", device))
        monkeypatch.setattr(module, "_torch", lambda device: self._made("torch", device))

    def _found(self, name: str) -> object:
        return next((True for package in self.packages if package.removesuffix("-gpu") == name), None)

    def _made(self, name: str, device: Device) -> Runtime:
        if f"{name} {device}" in self.refuses:
            raise ValueError(f"{name} has no {device}")
        return Fake(f"{name} {device}")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def with_gpu(machine: Machine) -> None:
    machine.driver = True
    machine.packages |= {"onnxruntime-gpu": "1", "torch": "2.13.0", "onnx": "1"}


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_without_a_gpu_it_is_onnxruntime_on_the_cpu(machine: Machine, device: Device) -> None:
    machine.packages |= {"torch": "2.13.0+cpu", "onnx": "1"}
    assert choose("auto", device).name == "onnx cpu"


def test_with_a_gpu_it_is_onnxruntime_on_it(machine: Machine) -> None:
    with_gpu(machine)
    assert choose("auto", "auto").name == "onnx cuda"
    assert choose("auto", "cuda").name == "onnx cuda"
    assert choose("auto", "cpu").name == "onnx cpu"


def test_what_onnxruntime_does_not_see_torch_may(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    with_gpu(machine)
    machine.refuses = {"onnx cuda"}
    with caplog.at_level(logging.INFO, "latent_explorer"):
        assert choose("auto", "auto").name == "torch cuda"
    assert "Not used: onnx has no cuda" in caplog.text
    assert "Runtime: torch cuda on the device of torch cuda (asked for: auto, device auto)" in caplog.text


def test_where_neither_sees_the_gpu_it_is_the_cpu_unless_the_gpu_was_asked_for(machine: Machine) -> None:
    with_gpu(machine)
    machine.refuses = {"onnx cuda", "torch cuda"}
    assert choose("auto", "auto").name == "onnx cpu"
    with pytest.raises(ValueError, match="has no cuda"):
        choose("auto", "cuda")


def test_a_torch_for_the_cpu_is_not_tried_on_the_gpu(machine: Machine) -> None:
    with_gpu(machine)
    machine.packages["torch"] = "2.13.0+cpu"
    machine.refuses = {"onnx cuda"}
    assert choose("auto", "auto").name == "onnx cpu"


@pytest.mark.parametrize("name", ["onnx", "torch"])
def test_what_is_asked_for_by_name_is_what_runs(machine: Machine, name: Name) -> None:
    with_gpu(machine)
    assert choose(name, "auto").name == f"{name} auto"


@pytest.mark.parametrize(
    ("name", "device", "driver", "packages", "sentences"),
    [
        ("torch", "cpu", False, {"onnxruntime": "1"}, ["torch and onnx are not installed", "pip install"]),
        ("torch", "cpu", False, {"torch": "2.13.0"}, ["onnx is not installed", "constraints.txt torch onnx"]),
        ("onnx", "cpu", False, {}, ["onnxruntime is not installed", "run.py setup"]),
        ("auto", "auto", False, {}, ["onnxruntime is not installed"]),
        ("auto", "cuda", False, {"onnxruntime-gpu": "1"}, ["no NVIDIA driver on this machine", "Install it"]),
        ("onnx", "cuda", True, {"onnxruntime": "1"}, ["the build without it", "GPU=1 python3 run.py setup"]),
        ("torch", "cuda", True, {"torch": "2.13.0+cpu", "onnx": "1"}, ["build for the CPU", "GPU=1"]),
    ],
)
def test_what_is_missing_is_told_with_what_to_install(
    machine: Machine, name: Name, device: Device, driver: bool, packages: dict[str, str], sentences: list[str]
) -> None:
    machine.packages.clear()
    machine.packages |= packages
    machine.driver = driver
    told = lacking(name, device) or ""
    assert all(sentence in told for sentence in sentences), told
    with pytest.raises(ValueError, match=r"installed|driver"):
        choose(name, device)
    with pytest.raises(SettingError, match=f"LATENT_EXPLORER_RUNTIME is {name} and LATENT_EXPLORER_DEVICE is {device}"):
        check_machine(Settings(runtime=name, device=device))


def test_nothing_is_missing_where_all_is_there(machine: Machine) -> None:
    with_gpu(machine)
    for name in ("auto", "onnx", "torch"):
        for device in ("auto", "cpu", "cuda"):
            assert lacking(name, device) is None
            check_machine(Settings(runtime=name, device=device))


def test_the_last_reason_is_the_one_that_is_raised() -> None:
    def refuses(reason: str) -> Runtime:
        raise ValueError(reason)

    with pytest.raises(ValueError, match="the second"):
        first_that_works([lambda: refuses("the first"), lambda: refuses("the second")])


class TestEither:
    def test_each_graph_is_run_by_the_first_that_loads_it(self, caplog: pytest.LogCaptureFixture) -> None:
        either = Either(Fake("torch", 256), Fake("onnx", 16))
        assert (either.name, either.device, either.batch) == ("torch", "the device of torch", 16)
        either.load(Path("torch and onnx"))
        assert caplog.text == ""
        with caplog.at_level(logging.INFO, "latent_explorer"):
            either.load(Path("onnx only"))
        assert "torch cannot run onnx only: an operator; onnx on the device of onnx runs it" in caplog.text

    def test_what_neither_loads_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="onnx cannot run neither"):
            Either(Fake("torch"), Fake("onnx")).load(Path("neither"))


def test_this_machine_has_what_auto_chooses() -> None:
    assert lacking("auto", "auto") is None
    runtime = choose("auto", "auto")
    graph = runtime.load(DECODER)
    assert graph.running.runtime == runtime.name
    assert graph.rows == {"z"}
