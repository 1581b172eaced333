"""One command: `python -m server.cluster` serves from replicas, on a Ray of its own or a cluster that runs."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from server import __version__, logs
from server.__main__ import check_machine, ended, listen
from server.cluster import host
from server.settings import Settings, from_environment


def serve(settings: Settings) -> None:
    """Serve until interrupted."""
    check_machine(settings)
    host.prepare(settings)
    address, port = settings.host.strip("[]"), settings.port
    if not settings.cluster:
        with listen(address, port) as free:  # let go at once: Serve's proxy opens it anew
            port = free.getsockname()[1]
    over = threading.Event()
    print("Starting the replicas ...", flush=True)
    started = host.start(settings, port)
    for number in (signal.SIGINT, signal.SIGTERM):  # after Ray's own, which would leave its processes to a reaper
        signal.signal(number, lambda *_: over.set())
    shown = f"[{address}]" if ":" in address else address
    print(f"Latent Explorer {__version__}: open http://{shown}:{port}{settings.root_path}/", flush=True)
    try:
        over.wait()
    finally:
        host.stop(started)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m server.cluster", description="Serve from several replicas.")
    parser.parse_args(arguments)
    return ended(_carry_out)


def _carry_out() -> None:
    settings = from_environment()
    logs.set_up(settings.log, settings.log_level)
    serve(settings)


if __name__ == "__main__":
    sys.exit(main())
