"""run.py's own decisions: which Python and platform, which extras, and that only a whole set-up is believed."""

from __future__ import annotations

import ast
import importlib.util
import json
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.repo.sources import ROOT

RUN = ROOT / "run.py"


@pytest.fixture
def run() -> ModuleType:
    """run.py as a module of its own, so that nothing patched in it outlives a test."""
    spec = importlib.util.spec_from_file_location("run_under_test", RUN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FakePip:
    """Stands in for subprocess.run: notes every command, makes what `venv` makes, and fails or dies where told."""

    def __init__(self, folder: Path, series: str) -> None:
        self.folder, self.series = folder, series
        self.commands: list[list[str]] = []
        self.on_install: Callable[[], int] = lambda: 0

    def __call__(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        self.commands.append(command)
        if "venv" in command:
            (self.folder / "bin").mkdir()
            (self.folder / "bin" / "python").touch()
            (self.folder / "pyvenv.cfg").write_text(f"version = {self.series}.1\n")
        status = self.on_install() if "install" in command else 0
        return subprocess.CompletedProcess(command, status)

    @property
    def said(self) -> list[str]:
        """What each command did, in a word."""
        words = ("venv", "uninstall", "install")
        return [next(word for word in words if word in command) for command in self.commands]


@pytest.fixture
def pip(run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePip:
    """A checkout of its own with its own .venv, whose pip is a fake."""
    for name in ("GPU", "REQUIRE_TORCH", "REQUIRE_CLUSTER"):
        monkeypatch.delenv(name, raising=False)
    venv = tmp_path / ".venv"
    places = {
        "VENV": venv,
        "PYTHON": venv / "bin" / "python",
        "STATE": venv / "latent-explorer.json",
        "CONSTRAINTS": tmp_path / "constraints.txt",
    }
    for name, place in places.items():
        monkeypatch.setattr(run, name, place)
    places["CONSTRAINTS"].write_text("numpy==2.0\n")
    fake = FakePip(venv, run.SERIES)
    monkeypatch.setattr(run, "subprocess", type("Subprocess", (), {"run": fake}))
    return fake


def test_parses_on_python_3_6() -> None:
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("import sys; sys.version_info = (3, 9, 2); platform.python_version = lambda: '3.9.2'", "Python 3.9.2"),
        ("platform.machine = lambda: 'aarch64'", "Linux (aarch64)"),
        ("platform.system = lambda: 'Windows'", "Windows"),
        ("platform.system = lambda: 'Darwin'; platform.machine = lambda: 'x86_64'", "Darwin (x86_64)"),
    ],
)
def test_what_is_not_supported_ends_in_one_sentence(change: str, named: str) -> None:
    code = f"import platform; platform.system = lambda: 'Linux'; {change}; import runpy; runpy.run_path({str(RUN)!r})"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(
        "Latent Explorer runs on Linux (x86-64) and on macOS (Apple silicon), with Python 3.11"
    )
    assert named in ended.stderr


def test_missing_venv_names_the_line_that_installs_it(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian's python3 has `venv` but not the `ensurepip` it needs."""
    found = importlib.util.find_spec
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else found(name))
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(run.os, "geteuid", lambda: 1000)
    with pytest.raises(run.SetupError, match=rf"\n  sudo apt-get install python{run.SERIES}-venv\n"):
        run.require_venv()


@pytest.mark.parametrize(
    ("system", "driver", "environment", "command", "extras"),
    [
        ("Linux", False, {}, "start", {"cpu"}),
        ("Linux", False, {}, "test", {"cpu", "test"}),
        ("Linux", False, {"REQUIRE_TORCH": "1"}, "test", {"cpu", "test", "train"}),
        ("Linux", False, {"REQUIRE_TORCH": "0"}, "test", {"cpu", "test"}),
        ("Linux", False, {"REQUIRE_TORCH": "1"}, "start", {"cpu"}),
        ("Linux", False, {"REQUIRE_CLUSTER": "1"}, "test", {"cpu", "test", "cluster"}),
        ("Linux", False, {"REQUIRE_CLUSTER": "0"}, "test", {"cpu", "test"}),
        ("Linux", False, {"REQUIRE_CLUSTER": "1"}, "start", {"cpu"}),
        ("Linux", False, {}, "cluster", {"cpu", "cluster"}),
        ("Linux", True, {}, "cluster", {"gpu", "cluster"}),
        ("Linux", False, {}, "lint", {"cpu", "test", "train", "cluster"}),
        ("Linux", False, {"GPU": "1"}, "start", {"gpu"}),
        ("Linux", True, {}, "start", {"gpu"}),
        ("Linux", True, {}, "test", {"gpu", "test", "train"}),
        ("Linux", True, {"GPU": "0"}, "start", {"cpu"}),
        ("Linux", True, {"GPU": "no"}, "test", {"cpu", "test"}),
        ("Darwin", True, {"GPU": "1"}, "start", {"cpu"}),
    ],
)
def test_extras(
    run: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    driver: bool,
    environment: dict[str, str],
    command: str,
    extras: set[str],
) -> None:
    monkeypatch.setattr(run.platform, "system", lambda: system)
    monkeypatch.setattr(run.shutil, "which", lambda name: "/usr/bin/nvidia-smi" if driver else None)
    for name in ("GPU", "REQUIRE_TORCH", "REQUIRE_CLUSTER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if Path("/proc/driver/nvidia/version").exists() and not driver and "GPU" not in environment:
        pytest.skip("this machine has a driver")
    assert run.extras_for(command) == extras


def test_requirements_hold_one_runtime(run: ModuleType) -> None:
    for extra, name in run.RUNTIMES.items():
        named = [line for line in run.requirements({extra, "test"}) if line.startswith("onnxruntime")]
        assert len(named) == 1
        assert named[0].startswith(f"{name}>=")


def test_the_second_run_does_no_work(run: ModuleType, pip: FakePip) -> None:
    assert run.set_up({"cpu"}) == {"cpu"}
    assert pip.said == ["venv", "install"]
    assert run.set_up({"cpu"}) == {"cpu"}
    assert pip.said == ["venv", "install"]


def test_an_extra_is_added_to_what_is_there(run: ModuleType, pip: FakePip) -> None:
    run.set_up({"cpu"})
    assert run.set_up({"cpu", "test"}) == {"cpu", "test"}
    assert run.set_up({"cpu"}) == {"cpu", "test"}
    assert pip.said == ["venv", "install", "install"]


def test_changed_constraints_are_installed(run: ModuleType, pip: FakePip) -> None:
    run.set_up({"cpu", "test"})
    run.CONSTRAINTS.write_text("numpy==2.1\n")
    run.set_up({"cpu"})
    assert pip.said == ["venv", "install", "install"]
    assert any(requirement.startswith("pytest>=") for requirement in pip.commands[-1])


def test_a_killed_set_up_is_done_again_from_nothing(run: ModuleType, pip: FakePip) -> None:
    run.set_up({"cpu"})

    def killed() -> int:
        (pip.folder / "half").touch()
        raise KeyboardInterrupt

    pip.on_install = killed
    with pytest.raises(KeyboardInterrupt):
        run.set_up({"cpu", "test"})
    pip.on_install = lambda: 0
    assert run.installed() == set()
    run.set_up({"cpu"})
    assert not (pip.folder / "half").exists()
    assert pip.said[-2:] == ["venv", "install"]


def test_a_kill_while_the_venv_is_made_shows(run: ModuleType, pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run.subprocess, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        run.set_up({"cpu"})
    monkeypatch.setattr(run.subprocess, "run", pip)
    run.set_up({"cpu"})
    assert pip.said == ["venv", "install"]


def test_a_failed_set_up_is_not_believed_and_keeps_the_venv(run: ModuleType, pip: FakePip) -> None:
    pip.on_install = lambda: 1
    with pytest.raises(run.SetupError, match="pip's own message"):
        run.set_up({"cpu"})
    assert run.installed() == set()
    pip.on_install = lambda: 0
    run.set_up({"cpu"})
    assert pip.said == ["venv", "install", "install"]


def test_another_python_gets_another_venv(run: ModuleType, pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    run.set_up({"cpu"})
    monkeypatch.setattr(run, "SERIES", "3.99")
    pip.series = "3.99"
    run.set_up({"cpu"})
    assert pip.said == ["venv", "install", "venv", "install"]


def test_the_other_runtime_is_removed_first(run: ModuleType, pip: FakePip) -> None:
    run.set_up({"cpu", "test"})
    (pip.folder / "lib" / "python3.11" / "site-packages" / "onnxruntime-1.31.1.dist-info").mkdir(parents=True)
    assert run.set_up({"gpu"}) == {"gpu", "test"}
    assert pip.said == ["venv", "install", "uninstall", "install"]
    assert pip.commands[2][-2:] == ["onnxruntime", "onnxruntime-gpu"]
    assert [line for line in pip.commands[3] if line.startswith("onnxruntime")] == ["onnxruntime-gpu>=1.31,<2"]


def test_the_size_is_said_before_the_gpu_packages(
    run: ModuleType, pip: FakePip, capsys: pytest.CaptureFixture[str]
) -> None:
    pip.on_install = lambda: int("GB to download" not in capsys.readouterr().out)
    run.set_up({"gpu"})


def test_a_damaged_note_is_no_note(run: ModuleType, pip: FakePip) -> None:
    run.set_up({"cpu"})
    for text in ("", "[]", "{", json.dumps({"key": run.key(), "extras": "cpu"})):
        run.STATE.write_text(text)
        assert run.installed() == set()


def test_only_the_whole_test_run_is_judged(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "become", lambda *arguments: arguments)
    monkeypatch.setattr(run, "set_up", lambda extras: {"cpu", "test"})
    assert "--cov" in run.test([])
    assert "--cov-config=tests/coverage-without-torch.toml" in run.test([])
    assert run.test(["tests/unit", "-q"]) == ("-m", "pytest", "tests/unit", "-q")
    monkeypatch.setattr(run, "set_up", lambda extras: {"cpu", "test", "train"})
    assert "--cov-config=pyproject.toml" in run.test([])


def test_a_class_gets_the_servers_command_and_its_arguments(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "become", lambda *arguments: arguments)
    monkeypatch.setattr(run, "set_up", lambda extras: extras)
    assert run.main(["class", "--new"]) == ("-m", "server", "class", "--new")


def test_traces_are_installed_where_they_are_asked_for(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPU", "0")
    monkeypatch.setenv("LATENT_EXPLORER_OTEL", "http://127.0.0.1:4318")
    assert run.extras_for("start") == run.extras_for("class") == {"cpu", "trace"}
    monkeypatch.delenv("LATENT_EXPLORER_OTEL")
    assert run.extras_for("start") == {"cpu"}


def test_help_names_every_command() -> None:
    said = subprocess.run([sys.executable, RUN, "--help"], capture_output=True, text=True, check=True).stdout
    commands = ("test", "lint", "setup", "doctor", "lock", "class", "--new", "cluster", "--version")
    for command in (*commands, "GPU=0", "REQUIRE_TORCH=1", "REQUIRE_CLUSTER=1"):
        assert command in said


def test_version_is_the_packages(run: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    from server import __version__

    assert run.main(["--version"]) == 0
    assert capsys.readouterr().out == f"latent-explorer {__version__}\n"


def test_an_unknown_command_is_said(run: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--prot", "80"]) == 2
    assert "'--prot 80'" in capsys.readouterr().err


def test_this_platform_is_the_one_tested() -> None:
    assert (platform.system(), platform.machine()) in {("Linux", "x86_64"), ("Darwin", "arm64")}
