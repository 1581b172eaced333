"""Nothing of an upload is found on the server's disk or in its log afterwards; a real server, seen from outside."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import psutil
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from server.settings import ROOT
from tests.api.pictures import VAE, sample
from tests.unit.own_server import alive

WORDS = "grandmother-asleep-4711"
PORT_SAID = "http://127.0.0.1:"


class Server:
    """A server whose every folder lies under one, and whose every word is written there."""

    def __init__(self, home: Path) -> None:
        self.home, self.log = home, home / "log.txt"
        for name in ("tmp", "data", "user"):
            (home / name).mkdir()
        environment = {
            **os.environ,
            "HOME": str(home / "user"),
            "XDG_CACHE_HOME": str(home / "user"),
            "TMPDIR": str(home / "tmp"),
            "LATENT_EXPLORER_DATA": str(home / "data"),
            "LATENT_EXPLORER_PORT": "0",
            "PYTHONWARNINGS": "default",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        self.address = self._address()

    def _address(self) -> str:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for word in self.log.read_text().split():
                if word.startswith(PORT_SAID):
                    return word.rstrip("/")
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        raise TimeoutError

    def stop(self) -> float:
        """Ask it to end; the seconds that takes."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - begun

    def found(self, marks: list[bytes]) -> list[str]:
        """Where under the folder one of the marks stands: in a name or in a file, the log included."""
        places = []
        for path in self.home.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            places += [f"{path}: {mark[:40]!r}" for mark in marks if mark in content or mark in path.name.encode()]
        return places


@pytest.fixture
def server() -> Iterator[Server]:
    # Not pytest's own folder: that one names the test, and is kept.
    with tempfile.TemporaryDirectory() as home:
        made = Server(Path(home))
        try:
            yield made
        finally:
            made.process.kill()
            made.process.wait()


def upload() -> tuple[bytes, list[bytes]]:
    """A large picture (it would go to a temporary file) with words in it, and marks to look for: words and pixels."""
    pixels = np.random.default_rng(4711).integers(0, 256, (900, 900, 3), np.uint8)
    words = PngInfo()
    words.add_text("Comment", WORDS)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", pnginfo=words, compress_level=1)
    raw = file.getvalue()
    assert len(raw) > 2**21
    return raw, [WORDS.encode(), raw[5000:5032], pixels.tobytes()[9000:9032]]


def uploading(client: httpx2.Client) -> list[str]:
    """The addresses that take a file, whoever adds one."""
    paths: dict[str, Any] = client.get("/api/openapi.json").json()["paths"]
    form = "multipart/form-data"
    return [
        path for path, each in paths.items() if form in each.get("post", {}).get("requestBody", {}).get("content", {})
    ]


def test_nothing_of_an_upload_is_left(server: Server) -> None:
    raw, marks = upload()
    small = io.BytesIO()
    Image.fromarray(sample()[0][0]).save(small, "PNG")
    with httpx2.Client(base_url=server.address, timeout=120) as client:
        paths = uploading(client)
        assert {path.rsplit("/", 1)[1] for path in paths} >= {"encode", "prepare", "inversion"}
        answered = set()
        for path in paths:
            address = path.replace("{model_id}", VAE)
            for content in (raw, raw[: len(raw) // 2], small.getvalue(), WORDS.encode()):
                fields = {"latents": str([[0.5] * 16]), "steps": "3", "skip": WORDS[:3]}
                answer = client.post(address, files={"file": (f"{WORDS}.png", content)}, data=fields)
                assert answer.status_code < 500, (path, answer.text)
                if answer.status_code < 300:
                    answered.add(path)
                if answer.status_code == 202:
                    job = answer.headers["location"]
                    client.get(f"{job}/events")
                    assert client.get(f"{job}/result").status_code == 200
        assert answered == set(paths)
        assert server.found(marks) == []
        # Nothing but how many pictures run together, which was measured when the model was loaded.
        left = [path for path in (server.home / "data").rglob("*") if path.is_file()]
        assert all(path.name.startswith("batch-") for path in left)
    assert server.stop() < 10
    assert server.found(marks) == []
    assert list((server.home / "tmp").rglob("*")) == []


def test_a_server_with_jobs_and_followers_ends_promptly_without_a_word(server: Server) -> None:
    raw, _ = upload()
    with httpx2.Client(base_url=server.address, timeout=60) as client:
        steps = {"steps": "200", "space": "w+"}
        begun = client.post("/api/models/faces-gan/inversion", files={"file": ("a.png", raw)}, data=steps)
        assert begun.status_code == 202
        with client.stream("GET", f"{begun.headers['location']}/events") as events:
            lines = events.iter_lines()
            until = time.monotonic() + 60
            while '"partial":{' not in next(lines):  # its process works
                assert time.monotonic() < until
            children = children_of(server.process.pid)
            assert children
            assert server.stop() < 30  # the search would have taken longer
            with contextlib.suppress(httpx2.RemoteProtocolError):  # in the middle, or properly: either way it ends
                assert not [line for line in lines if "Traceback" in line]
    until = time.monotonic() + 20
    while any(map(alive, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, children))
    said = server.log.read_text()
    for word in ("Warning", "Traceback", "Error", "ERROR", "leaked", "Cancel"):
        assert word not in said, said


def children_of(process: int) -> list[int]:
    """The numbers of all processes that it has started and that live."""
    return [each.pid for each in psutil.Process(process).children(recursive=True)]
