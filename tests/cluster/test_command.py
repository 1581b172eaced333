"""`python -m server.cluster`: it starts, asks for tokens, grows while requests wait, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import psutil
import pytest

from server.cluster.host import PREFIX, SHORT
from tests.cluster.host import PATIENCE, command, processes, replicas
from tests.cluster.load import load

pytestmark = pytest.mark.cluster
VIEWER, OWNER = "v" * 16, "o" * 16
GROWTH = 120.0  # seconds; Serve looks back over ten and waits five before it adds a replica


def folders() -> set[Path]:
    """Those of Ray's that are there now."""
    return set(Path(SHORT).glob(f"{PREFIX}*"))


def test_it_serves_grows_and_leaves_nothing_behind(tmp_path: Path) -> None:
    environment = {
        "LATENT_EXPLORER_VIEWER_TOKEN": VIEWER,
        "LATENT_EXPLORER_OWNER_TOKEN": OWNER,
        "LATENT_EXPLORER_REPLICAS_MIN": "1",
        "LATENT_EXPLORER_REPLICAS_MAX": "2",
        "HOME": str(tmp_path),
    }
    before = folders()
    bearer = {"authorization": f"Bearer {VIEWER}"}
    with command(tmp_path / "data", **environment) as (process, address):
        refused = httpx2.get(f"{address}/api/models")
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "token_needed"
        assert httpx2.get(f"{address}/api/models", headers=bearer).status_code == 200
        assert len(replicas(process.pid)) == 1
        (folder,) = folders() - before
        assert folder.stat().st_mode & 0o077 == 0  # other users of the machine do not get to Ray's sockets
        with load(address, visitors=8, headers=bearer) as tally:
            begun = time.monotonic()
            while len(replicas(process.pid)) < 2 and time.monotonic() - begun < GROWTH:
                time.sleep(0.5)
        assert len(replicas(process.pid)) == 2
        assert tally.wrong == []
        started = processes(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert process.returncode == 0
    _, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert folders() == before


@pytest.mark.parametrize("value", ["127.0.0.1:1", "nonsense", "127.0.0.1:99999"])
def test_a_cluster_that_is_not_there_is_told(tmp_path: Path, value: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "server.cluster"],
        env={"LATENT_EXPLORER_CLUSTER": value, "RAY_AUTH_TOKEN": "0" * 64, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2, ended.stderr
    assert "LATENT_EXPLORER_CLUSTER" in ended.stderr
    assert ended.stderr.count("\n") == 1
