"""A WebSocket that answers every frame with one and the same: what a connection costs without a model.

`python -m benchmarks.echo PORT` serves it as the product is served: FastAPI on uvicorn with the same settings.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from server.routes.frames import pack
from server.settings import ROOT
from tests.browser.host import START_SECONDS, free_port


def create_app() -> FastAPI:
    """`/echo?height=h&width=w&channels=c`: each frame is answered with one that has such a picture, all black."""
    app = FastAPI()

    @app.websocket("/echo")
    async def echo(socket: WebSocket, height: int, width: int, channels: int) -> None:
        await socket.accept()
        answer = pack({"stamp": 0, "shape": [1, height, width, channels], "ms": 0.0}, bytes(height * width * channels))
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await socket.receive_bytes()
                await socket.send_bytes(answer)

    @app.get("/ready")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    return app


@contextlib.contextmanager
def process(command: list[str], port: int, path: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server as a process of its own, from when it answers at `path`. Raises RuntimeError when it does not."""
    started = subprocess.Popen(command, cwd=ROOT)
    try:
        begun = time.perf_counter()
        while True:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2).close()
                break
            if started.poll() is not None or time.perf_counter() - begun > START_SECONDS:
                raise RuntimeError(f"{' '.join(command)} did not answer.")
            time.sleep(0.05)
        yield started
    finally:
        started.terminate()
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextlib.contextmanager
def echoing() -> Iterator[int]:
    """The echo as a process; its port."""
    port = free_port()
    with process([sys.executable, "-m", "benchmarks.echo", str(port)], port, "/ready"):
        yield port


if __name__ == "__main__":
    uvicorn.run(
        create_app(),
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        server_header=False,
        http="h11",
        ws_max_size=32 * 2**20,
    )
