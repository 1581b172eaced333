"""The application behind Serve's real proxy: HTTP, live, events of jobs, and replicas that are killed."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pytest
from starlette.websockets import WebSocketDisconnect

from models.adapter import GraphMismatch
from server.cluster.replica import Prepared
from server.cluster.runtime import ClusterGraph
from server.guard import HEADERS
from server.settings import ROOT
from tests.cluster.client import RealClient
from tests.cluster.host import kill_and_await, processes, replicas, shared
from tests.cluster.load import MODEL, load

pytestmark = pytest.mark.cluster
OWN = {"origin": "http://127.0.0.1:8000"}


@pytest.fixture
def client() -> Iterator[RealClient]:
    with RealClient(shared().port, shared().settings) as made:
        yield made


def test_the_page_and_its_policy_come_through_the_proxy(client: RealClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Latent Explorer" in page.text
    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    about = client.get("/api/about").json()
    assert about["runtime"].endswith("on Ray Serve")
    assert client.get("/", headers={"host": "evil.example"}).status_code == 403


def test_live_and_http_draw_the_same(client: RealClient) -> None:
    latents = np.random.default_rng(3).normal(size=(1, 16)).astype("<f4")
    head = json.dumps({"stamp": 7, "model": MODEL}).encode()
    with client.websocket_connect("/api/live", headers=OWN) as socket:
        socket.send_bytes(struct.pack("<I", len(head)) + head + latents.tobytes())
        answer = socket.receive_bytes()
    (length,) = struct.unpack_from("<I", answer)
    assert json.loads(answer[4 : 4 + length])["stamp"] == 7
    posted = client.post(f"/api/models/{MODEL}/decode", json={"latents": latents.tolist(), "output": "raw"})
    assert answer[4 + length :] == posted.content


def test_a_foreign_page_gets_no_live_connection(client: RealClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/live", {"origin": "http://evil.example"}):
        pass


def test_the_events_of_a_job_come_while_it_runs(client: RealClient) -> None:
    ends = np.random.default_rng(int(time.time())).normal(size=(2, 2)).tolist()  # one that nobody has kept
    begun = client.post("/api/models/fashion-vae-2/paths/geodesic", json={"latents": ends})
    assert begun.status_code == 202
    states = []
    with client.stream("GET", f"{begun.headers['location']}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                states.append(json.loads(line.removeprefix("data: "))["state"])
                if states[-1] != "done":  # what the events say is what is so: they do not come all at the end
                    assert client.get(begun.headers["location"]).json()["state"] in ("queued", "running", "done")
    assert states[-1] == "done"
    assert len(states) > 2
    result = client.get(client.get(begun.headers["location"]).json()["result"])
    assert len(result.json()["points"]) == 257


def test_a_graph_of_another_version_is_refused_by_the_replica() -> None:
    path = ROOT / "checkpoints" / "fashion-ae-2" / "decoder.onnx"
    known = Prepared(frozenset({"z"}), shared().runtime.load(path).running)
    graph = ClusterGraph(shared().runtime, path, "0" * 64, known)  # type: ignore[arg-type]
    with pytest.raises(GraphMismatch, match=r"another version of fashion-ae-2/decoder\.onnx"):
        graph.run(["pixels"], {"z": np.zeros((1, 2), np.float32)})


def ready() -> int:
    """Replicas that take requests, as Serve knows it."""
    from ray import serve

    from server.cluster.deployment import DECODER
    from server.cluster.host import NAME

    states = serve.status().applications[NAME].deployments[DECODER].replica_states
    return sum(count for state, count in states.items() if state == "RUNNING")


def test_five_replicas_killed_under_load_are_noticed_by_nobody() -> None:
    driver = os.getpid()
    with load(f"http://127.0.0.1:{shared().port}", visitors=4) as tally:
        for number in range(5):
            there = replicas(driver)
            before = tally.answered
            kill_and_await(driver, there[number % len(there)])
            while ready() < 2 or tally.answered < before + 20:
                time.sleep(0.1)
    assert tally.wrong == []
    assert len(replicas(driver)) == 2


def test_every_socket_of_the_cluster_is_on_loopback() -> None:
    shared()
    listening = [
        (process.pid, connection.laddr.ip)
        for process in processes(os.getpid())
        for connection in process.net_connections("inet")
        if connection.status == "LISTEN"
    ]
    assert len(listening) > 5
    assert {ip.removeprefix("::ffff:") for _, ip in listening} <= {"127.0.0.1", "::1"}


STRANGER = """
import sys
import ray
try:
    ray.init(address=sys.argv[1], log_to_driver=False)
except Exception as refused:
    print("refused", type(refused).__name__)
else:
    print("joined")
"""


def test_a_stranger_without_the_token_cannot_join() -> None:
    shared()
    import ray

    address = ray.get_runtime_context().gcs_address
    environment = {**os.environ, "RAY_AUTH_TOKEN": "0" * 64}
    ended = subprocess.run(
        [sys.executable, "-c", STRANGER, address], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.stdout.startswith("refused"), ended.stdout + ended.stderr
    assert "InvalidAuthToken" in ended.stderr + ended.stdout
