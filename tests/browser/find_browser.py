"""Which Chromium the browser tests drive; installs one where the machine has none and may be given one."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "LATENT_EXPLORER_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPS = ("Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium")
PLAYWRIGHTS_OWN = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""
INSTALL_SECONDS = 600


class BrowserMissing(RuntimeError):
    """No Chromium is here and none could be installed; the message says what was tried."""


def find() -> str:
    """The path of a Chromium that starts. Raises BrowserMissing. Call it before Playwright starts its driver.

    In this order: the one named in LATENT_EXPLORER_BROWSER, one on PATH or among the Mac's applications, Playwright's
    own; then, as root on a system with apt-get, the system's package is installed, and at last Playwright's.
    """
    require_driver()
    if named := os.environ.get(VARIABLE):
        if not starts(named):
            raise BrowserMissing(f"{VARIABLE} names {named}, which is no browser that starts.")
        return named
    for look in (_on_path, _mac_app, _playwrights_own, _from_apt, _from_playwright):
        if (found := look()) and starts(found):
            return found
    raise BrowserMissing(
        f"The browser tests need Chromium. Install it (on Debian: apt-get install chromium), or name one in {VARIABLE}."
    )


def require_driver() -> None:
    """See that Playwright's driver starts; its Node needs a library that a bare Debian lacks. Raises BrowserMissing."""
    command = [sys.executable, "-m", "playwright", "--version"]
    if _runs(command, quiet=True) or (_apt("libatomic1") and _runs(command, quiet=True)):
        return
    raise BrowserMissing("Playwright's driver does not start here. On Debian it needs: apt-get install libatomic1")


def starts(path: str) -> bool:
    """Whether the program answers to --version; Ubuntu's chromium, for one, can be a stub that only asks for snap."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _on_path() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _mac_app() -> str | None:
    if platform.system() != "Darwin":
        return None
    places = [folder / app for folder in (Path("/Applications"), Path.home() / "Applications") for app in MAC_APPS]
    return next((str(place) for place in places if place.exists()), None)


def _playwrights_own() -> str | None:
    """In a process of its own, for Playwright's sync interface starts once a thread."""
    asked = subprocess.run([sys.executable, "-c", PLAYWRIGHTS_OWN], capture_output=True, text=True, check=False)
    path = Path(asked.stdout.strip() or "none")
    return str(path) if asked.returncode == 0 and path.is_file() else None


def _from_apt() -> str | None:
    return _on_path() if _apt("chromium", "fonts-dejavu-core") else None


def _from_playwright() -> str | None:
    print("Installing Playwright's Chromium for the browser tests ...", file=sys.stderr, flush=True)
    return _playwrights_own() if _runs([sys.executable, "-m", "playwright", "install", "chromium"]) else None


def _apt(*packages: str) -> bool:
    """Install packages; False where that cannot be done."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    print(f"Installing {', '.join(packages)} with apt-get for the browser tests ...", file=sys.stderr, flush=True)
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    return _runs(["apt-get", "update"]) and _runs(install)


def _runs(command: list[str], *, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, stdout=output, stderr=output, timeout=INSTALL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
