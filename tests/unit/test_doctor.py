"""The report works where the set-up did not, and tells nothing that is nobody's business."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server import __version__, doctor
from server.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a free port and an empty folder of models."""
    return Settings(port=0, checkpoints=tmp_path / "checkpoints", data=tmp_path / "data" / "deeper")


def _value(report: str, name: str) -> str:
    return next(line.split(maxsplit=1)[1] for line in report.splitlines() if line.split()[:1] == [name])


def test_it_says_what_a_bug_report_needs(settings: Settings) -> None:
    report = doctor.report(settings)
    assert _value(report, "version") == __version__
    assert _value(report, "python").startswith("CPython 3.")
    assert _value(report, "device").startswith(("CPU", "NVIDIA"))
    assert _value(report, "data").endswith("GB free")
    assert "not made yet, writable" in _value(report, "data")
    assert _value(report, "port") == "127.0.0.1:0 is free"
    assert _value(report, "models").startswith("none in ")
    assert "numpy " in report
    assert "not known" not in report


def test_home_is_shown_as_a_tilde(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    report = doctor.report(settings)
    assert str(tmp_path) not in report
    assert _value(report, "data").startswith("~/data/deeper")


def test_a_home_of_one_slash_is_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    assert doctor.without_home("/a/b") == "/a/b"


def test_tokens_are_not_shown(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_EXPLORER_VIEWER_TOKEN", "a-secret-of-the-house")
    monkeypatch.setenv("LATENT_EXPLORER_PORT", "8123")
    report = doctor.report(settings)
    assert "a-secret-of-the-house" not in report
    assert "LATENT_EXPLORER_VIEWER_TOKEN=(set)" in report
    assert "LATENT_EXPLORER_PORT=8123" in report


def test_wrong_settings_are_part_of_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_EXPLORER_PORT", "eighty")
    report = doctor.report()
    assert "LATENT_EXPLORER_PORT: " in _value(report, "port")
    assert _value(report, "version") == __version__


def test_a_taken_port_is_said(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        report = doctor.report(settings.model_copy(update={"port": port}))
    assert f"127.0.0.1:{port} cannot be taken" in _value(report, "port")


def test_a_broken_model_is_named_with_its_reason(settings: Settings) -> None:
    folder = settings.checkpoints / "cracked"
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{")
    assert _value(doctor.report(settings), "models").startswith("cracked: broken: ")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"changing": True, "key": "", "extras": ["cpu"]}, "unfinished"),
        ({"changing": False, "key": "", "extras": ["cpu"]}, "unfinished"),
        ({"changing": False, "key": "k", "extras": ["cpu", "test"]}, "cpu, test"),
        ({}, "not known"),
    ],
)
def test_the_state_of_the_set_up(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: dict[str, object], said: str
) -> None:
    note = tmp_path / "note.json"
    monkeypatch.setattr(doctor, "VENV_STATE", note)
    assert _value(doctor.report(settings), "set-up") == "run.py has set up nothing here"
    note.write_text(json.dumps(state))
    assert _value(doctor.report(settings), "set-up").startswith(said)


def test_a_driver_is_named(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = tmp_path / "version"
    driver.write_text("NVRM version: NVIDIA 580.1\nGCC version: 12\n")
    monkeypatch.setattr(doctor, "DRIVER", driver)
    assert _value(doctor.report(settings), "driver") == "NVRM version: NVIDIA 580.1"


def test_it_runs_without_any_package() -> None:
    """`-S` hides site-packages, as on a machine where nothing is installed yet."""
    ended = subprocess.run(
        [sys.executable, "-S", "-m", "server.doctor"],
        cwd=Path(doctor.__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert _value(ended.stdout, "version") == __version__
    assert "not known: ModuleNotFoundError" in _value(ended.stdout, "device")


def test_it_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main() == 0
    assert capsys.readouterr().out.startswith("Latent Explorer\n")
