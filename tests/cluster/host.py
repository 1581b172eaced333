"""A cluster for tests and benchmarks: one within this process, or the command in a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from server.__main__ import listen
from server.cluster import host
from server.runtimes import Runtime
from server.settings import ROOT, Settings

REPLICAS = 2
PATIENCE = 180.0  # seconds for a cluster to start or to end, on a machine that has other work
DECODER = "ray::ServeReplica:latent-explorer:decoder"


def processes(driver: int) -> list[psutil.Process]:
    """All processes of the cluster that a process has started."""
    return list(psutil.Process(driver).children(recursive=True))


def replicas(driver: int) -> list[int]:
    """The process ids of its decoders' replicas, sorted."""
    return sorted(process.pid for process in processes(driver) if _title(process).startswith(DECODER))


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # gone meanwhile
        return ""


def kill_and_await(driver: int, victim: int, *, seconds: float = PATIENCE) -> float:
    """Kill a replica's process outright; returns the seconds until another one stands in its place."""
    count, begun = len(replicas(driver)), time.monotonic()
    os.kill(victim, signal.SIGKILL)
    while len(now := replicas(driver)) < count or victim in now:
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"No replica took the place of {victim} within {seconds:g} seconds.")
        time.sleep(0.1)
    return time.monotonic() - begun


@dataclass(frozen=True)
class Shared:
    """A cluster whose driver is this process."""

    started: host.Started
    settings: Settings
    port: int
    runtime: Runtime


@cache
def shared() -> Shared:
    """The cluster of this process, started when first asked for; `stop_shared` ends it."""
    data = Path(tempfile.mkdtemp(prefix="latent-explorer-data-"))
    settings = Settings(data=data, body_mb=4, replicas_min=REPLICAS, replicas_max=REPLICAS)
    host.prepare(settings)
    with listen("127.0.0.1", 0) as free:
        port = int(free.getsockname()[1])
    started = host.start(settings, port)
    from ray import serve

    from server.cluster import deployment

    handle = serve.get_deployment_handle(deployment.DECODER, host.NAME)
    return Shared(started, settings, port, deployment.runtime(handle))


def stop_shared() -> None:
    """End the cluster of this process, where it was started."""
    if shared.cache_info().currsize:
        host.stop(shared().started)
        shutil.rmtree(shared().settings.data, ignore_errors=True)
        shared.cache_clear()


@contextlib.contextmanager
def command(data: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`python -m server.cluster` as a process, with its address; it is stopped as a service manager stops it."""
    own = {"LATENT_EXPLORER_DATA": str(data), "LATENT_EXPLORER_PORT": "8400", **environment}
    # What this process has set for a cluster of its own is not for the other one.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    data.mkdir(parents=True, exist_ok=True)
    said = data / "cluster.log"  # a file, for a pipe that nobody reads would fill and hold the process up
    with said.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.cluster"],
            cwd=ROOT,
            env={**inherited, **own},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process, _address(process, said)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE)


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    begun = time.monotonic()
    while process.poll() is None and time.monotonic() - begun < PATIENCE:
        if found := re.search(r": open (http://\S+)", said.read_text(encoding="utf-8")):
            return found[1].rstrip("/")
        time.sleep(0.1)
    raise AssertionError(f"the cluster did not start:\n{said.read_text(encoding='utf-8')}")
