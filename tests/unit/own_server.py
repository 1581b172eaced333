"""The server as a process of its own, with a kind of job that does what a test says, and all that it wrote."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from server.settings import PREFIX, ROOT
from tests.browser.host import free_port

SCRIPT = """
import sys
import server.__main__ as main
from server.jobs import Work
from server.jobs.work import KINDS, Kind
from server.routes.jobs import TheDesk
from tests.unit.job_works import MODULE

KINDS["test"] = Kind(MODULE, 1, "Starting the test.")
made = main.create_app

def create(*given):
    app = made(*given)

    @app.post("/api/test", status_code=202)
    async def begin(desk: TheDesk, do: str):
        return await desk.begin(Work("test", "fashion-vae-16", {"do": do}))

    @app.get("/api/fails")
    def fails(said: str = ""):
        raise RuntimeError(said)

    return app

main.create_app = create
sys.exit(main.main(sys.argv[1:]))
"""


@dataclass
class OwnServer:
    """A process that serves on a port of loopback."""

    port: int
    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    @property
    def address(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def status(self, path: str) -> int:
        """What the server answers to a GET; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:  # noqa: S310 (our own)
                return int(answer.status)
        except urllib.error.HTTPError as wrong:
            wrong.close()
            return wrong.code
        except OSError:
            return 0

    def signal(self, number: int = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)


@contextlib.contextmanager
def own_server(folder: Path, *arguments: str, **settings: str) -> Iterator[OwnServer]:
    """Started and answering; killed at the end where it has not ended by itself."""
    port = free_port()
    given = {f"{PREFIX}{name}": value for name, value in settings.items()}
    environment = {**os.environ, f"{PREFIX}DATA": str(folder / "data"), f"{PREFIX}PORT": str(port), **given}
    out, err = folder / "out.txt", folder / "err.txt"
    with out.open("wb") as said, err.open("wb") as logged:
        command = [sys.executable, "-c", SCRIPT, *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=logged)
    server = OwnServer(port, process, out, err)
    try:
        until = time.monotonic() + 60
        while server.status("/health/ready") != 200:
            assert process.poll() is None, err.read_text()
            assert time.monotonic() < until, err.read_text()
            time.sleep(0.05)
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def alive(process: int) -> bool:
    """Whether there is such a process, one that nobody has waited for left out."""
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
