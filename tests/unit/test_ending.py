"""Told to end, a real server finishes what is in flight, tells others, and ends with 0; nothing holds it up."""

from __future__ import annotations

import http.client
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from server.serving import PATIENCE
from tests.unit.own_server import OwnServer, alive, own_server

BODY = json.dumps({"latents": [[0.0] * 16], "output": "raw"}).encode()
LONGEST = 20  # seconds: the ten that are promised, and as many again for a busy machine


class Slow:
    """A request whose second half comes when it is told: in flight for as long as a test likes."""

    def __init__(self, server: OwnServer) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        self.connection.putrequest("POST", "/api/models/fashion-vae-16/decode")
        self.connection.putheader("Content-Type", "application/json")
        self.connection.putheader("Content-Length", str(len(BODY)))
        self.connection.endheaders(BODY[:20])

    def finish(self) -> tuple[int, bytes]:
        """Send the rest; -> status and body."""
        self.connection.send(BODY[20:])
        answer = self.connection.getresponse()
        return answer.status, answer.read()


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def in_flight(server: OwnServer) -> int:
    """How many requests the server counts, the one that asks not counted."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    return (
        round(float(next(line for line in lines if line.startswith("latent_explorer_requests_in_flight ")).split()[-1]))
        - 1
    )


def test_what_is_in_flight_is_finished_and_what_is_new_is_refused(tmp_path: Path) -> None:
    with own_server(tmp_path) as server:
        slow = Slow(server)
        until(lambda: in_flight(server) == 1)
        server.signal()
        until(lambda: server.status("/health/ready") == 503)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/api/models")
        refused = connection.getresponse()
        assert (refused.status, refused.headers["connection"]) == (503, "close")
        assert json.loads(refused.read())["error"]["code"] == "ending"
        connection.close()
        assert server.status("/health/live") == 200
        with pytest.raises(InvalidStatus, match="403"), connect(f"ws://127.0.0.1:{server.port}/api/live", proxy=None):
            pass
        status, content = slow.finish()
        assert (status, len(content)) == (200, 784)
        slow.connection.close()
        assert server.process.wait(LONGEST) == 0
        assert server.status("/health/live") == 0
        assert "Traceback" not in server.err.read_text()


def test_an_open_page_and_a_running_job_do_not_hold_it_up(tmp_path: Path) -> None:
    with own_server(tmp_path) as server, connect(f"ws://127.0.0.1:{server.port}/api/live", proxy=None) as live:
        following = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        following.request("POST", "/api/test?do=sleep")
        begun = following.getresponse()
        cookie = begun.headers["set-cookie"].split(";")[0]
        begun.read()
        following.request("GET", f"{begun.headers['location']}/events", headers={"Cookie": cookie})
        stream = following.getresponse()
        until(lambda: "Begun." in stream.readline().decode())
        works = psutil.Process(server.process.pid).children(recursive=True)
        assert works
        server.signal()
        with pytest.raises(ConnectionClosed) as closed:
            live.recv(LONGEST)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012  # "service restart": the page connects again
        stream.read()  # to its end
        assert server.process.wait(LONGEST) == 0
        _, left = psutil.wait_procs(works, timeout=20)  # a process that is killed takes a moment to go
        assert not [work for work in left if alive(work.pid)]
        following.close()


def test_one_that_never_comes_to_an_end_is_cut(tmp_path: Path) -> None:
    with own_server(tmp_path) as server:
        slow = Slow(server)
        until(lambda: in_flight(server) == 1)
        server.signal()
        assert server.process.wait(LONGEST) == 0
        assert "1 requests and connections are cut" in server.err.read_text()
        slow.connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_twice_it_ends_at_once(tmp_path: Path, number: int) -> None:
    with own_server(tmp_path) as server:
        slow = Slow(server)
        until(lambda: in_flight(server) == 1)
        begun = time.monotonic()
        server.signal(number)
        until(lambda: server.status("/health/ready") == 503)
        server.signal(number)
        until(lambda: "Ending all the same" in server.err.read_text())
        assert time.monotonic() - begun < PATIENCE  # which it would have waited
        assert server.process.wait(LONGEST) == 0
        slow.connection.close()
