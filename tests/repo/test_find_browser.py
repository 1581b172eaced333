"""How the browser tests come by their browser; nothing is installed here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser import find_browser


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser, on which nothing can be installed; the folder is its PATH."""
    monkeypatch.delenv(find_browser.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(find_browser, "_mac_app", lambda: None)
    monkeypatch.setattr(find_browser, "_playwrights_own", lambda: None)
    monkeypatch.setattr(find_browser, "_from_playwright", lambda: None)
    monkeypatch.setattr(find_browser, "require_driver", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


def _program(path: Path, status: int) -> str:
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return str(path)


def test_the_named_browser_is_taken(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(bare / "chromium", 0)
    monkeypatch.setenv(find_browser.VARIABLE, _program(bare / "mine", 0))
    assert find_browser.find() == str(bare / "mine")


def test_a_named_browser_that_does_not_start_is_said(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(find_browser.VARIABLE, str(bare / "none"))
    with pytest.raises(find_browser.BrowserMissing, match="none, which is no browser"):
        find_browser.find()


def test_one_on_the_path_is_found(bare: Path) -> None:
    _program(bare / "google-chrome", 0)
    assert find_browser.find() == str(bare / "google-chrome")


def test_without_any_the_error_says_what_to_do(bare: Path) -> None:
    _program(bare / "chromium", 1)  # a stub that only asks for something else
    with pytest.raises(find_browser.BrowserMissing, match="apt-get install chromium"):
        find_browser.find()


def test_root_installs_it_with_apt(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    _program(bare / "apt-get", 0)
    asked: list[list[str]] = []

    def install(command: list[str], *, quiet: bool = False) -> bool:
        asked.append(command)
        _program(bare / "chromium", 0)
        return True

    monkeypatch.setattr(find_browser, "_runs", install)
    assert find_browser.find() == str(bare / "chromium")
    assert [command[1] for command in asked] == ["update", "install"]


def test_a_driver_that_does_not_start_gets_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen on a bare Debian: the Node inside Playwright needs libatomic1."""
    there: set[str] = set()
    monkeypatch.setattr(find_browser, "_runs", lambda command, *, quiet: "libatomic1" in there)

    def install(*packages: str) -> bool:
        there.update(packages)
        return True

    monkeypatch.setattr(find_browser, "_apt", install)
    find_browser.require_driver()
    assert there == {"libatomic1"}


def test_a_driver_that_cannot_be_helped_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_browser, "_runs", lambda command, *, quiet: False)
    monkeypatch.setattr(find_browser, "_apt", lambda *packages: False)
    with pytest.raises(find_browser.BrowserMissing, match="apt-get install libatomic1"):
        find_browser.require_driver()
