"""One command: `python -m server` reads the settings, takes a port and serves."""

from __future__ import annotations

import argparse
import errno
import logging
import socket
import sys
from functools import partial

import uvicorn

from server import __version__
from server.app import create_app
from server.catalog import Catalog
from server.engine import Engine
from server.errors import SettingError
from server.runtimes import choose, lacking
from server.settings import Settings, from_environment

TRIES = 20


def listen(host: str, port: int) -> socket.socket:
    """A socket on the port, or on the next free one. Raises SettingError when none of twenty is free."""
    last = min(port + TRIES, 65_535)
    for candidate in range(port, last + 1):
        try:
            taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind((host, candidate))
            taken.listen(128)
        except PermissionError as wrong:
            raise SettingError(f"Port {candidate} may not be used by this user; choose one above 1023.") from wrong
        except OSError as wrong:
            if wrong.errno != errno.EADDRINUSE:
                raise SettingError(f"The server cannot listen on {host!r}: {wrong}.") from wrong
            taken.close()
            continue
        if candidate != port:
            print(f"Port {port} is taken; using {candidate}.", flush=True)
        return taken
    raise SettingError(f"The ports {port} to {last} on {host} cannot be used; choose another in LATENT_EXPLORER_PORT.")


def check_machine(settings: Settings) -> None:
    """Raise SettingError for a runtime or a device that this machine does not have, saying what to install."""
    if sentence := lacking(settings.runtime, settings.device):
        raise SettingError(
            f"LATENT_EXPLORER_RUNTIME is {settings.runtime} and LATENT_EXPLORER_DEVICE is {settings.device}. {sentence}"
        )


def serve(settings: Settings) -> None:
    """Serve until interrupted."""
    check_machine(settings)
    catalog = Catalog(settings.checkpoints)
    runtime = partial(choose, settings.runtime, settings.device)
    engine = Engine(catalog, runtime, workers=settings.workers, bounds=settings.bounds)
    app = create_app(engine, settings)
    host = settings.host.strip("[]")
    taken = listen(host, settings.port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{taken.getsockname()[1]}{settings.root_path}/"
    print(f"Latent Explorer {__version__}: open {address}", flush=True)
    for checkpoint in catalog.checkpoints.values():
        if checkpoint.reason:
            print(f"  {checkpoint.id} is broken: {checkpoint.reason}", flush=True)
    config = uvicorn.Config(
        app,
        log_level="info",
        access_log=False,
        server_header=False,
        http="h11",  # it bounds the headers of a request; httptools takes any size
        ws_per_message_deflate=False,  # a picture gets a fifth smaller, and takes as long again
        ws_max_size=settings.body_mb * 2**20,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[taken])


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m server", description="Serve Latent Explorer.")
    parser.add_argument("command", nargs="?", choices=("serve", "doctor"), default="serve")
    parser.add_argument("--version", action="version", version=f"Latent Explorer {__version__}")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("faiss").setLevel(logging.WARNING)  # it tells which of its builds it tries
    try:
        settings = from_environment()
        if chosen.command == "doctor":
            from server.doctor import report

            print(report(settings))
            return 0
        serve(settings)
    except SettingError as wrong:
        print(wrong.message, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
