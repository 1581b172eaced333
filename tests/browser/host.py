"""A real server and a real Chromium, for the browser tests, the benchmarks and the screenshots."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.find_browser import find

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Host:
    """The server as a process of its own, which can be lost and regained on the same port."""

    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def clothes(self) -> str:
        """The page with the model that most tests are about; the one it opens first changes with what is there."""
        return f"{self.address}#v=1&model=fashion-vae-16"

    def start(self) -> float:
        """Start and wait until it answers; returns the seconds that took. Raises RuntimeError when it does not."""
        begun = time.perf_counter()
        environment = {**os.environ, **self.environment, "LATENT_EXPLORER_PORT": str(self.port)}
        self.process = subprocess.Popen([sys.executable, "-m", "server"], cwd=ROOT, env=environment)
        while time.perf_counter() - begun < START_SECONDS:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                # Not /health/ready: a page may come before the first model is loaded, and has to cope with it.
                urllib.request.urlopen(f"{self.address}health/live", timeout=2).close()  # noqa: S310 (our own)
                return time.perf_counter() - begun
            time.sleep(0.02)
        self.stop()  # one that starts later than anybody waits for would stay for ever
        raise RuntimeError("The server did not answer.")

    def ready(self) -> None:
        """Wait until the first model is loaded. Raises RuntimeError when it never is."""
        begun = time.perf_counter()
        while time.perf_counter() - begun < START_SECONDS:
            # 503 until then, which is an HTTPError, a kind of URLError
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"{self.address}health/ready", timeout=10).close()  # noqa: S310 (our own)
                return
            time.sleep(0.05)
        raise RuntimeError("The server was never ready.")

    def stop(self) -> None:
        """End the process and wait for it; one that does not end in time is killed."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
            self.process = None


@contextlib.contextmanager
def serving(environment: Mapping[str, str] | None = None) -> Iterator[Host]:
    """A running server whose data folder goes with it."""
    with tempfile.TemporaryDirectory() as data:
        host = Host({"LATENT_EXPLORER_DATA": data, **(environment or {})})
        host.start()
        try:
            yield host
        finally:
            host.stop()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium with a fresh profile."""
    path = find()  # first: it also brings a library that Playwright's own driver needs
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
