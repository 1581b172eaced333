"""One command: `python -m server` reads the settings, takes a port and serves."""

# ruff: noqa: E402  # numpy reads the variables when it is imported
from __future__ import annotations

import argparse
import errno
import os
import socket
import sys
from collections.abc import Callable
from functools import partial

# A pass has one thread. Those of a library would spin beside it, and take the cores from whoever drags.
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from server import __version__, logs
from server.app import create_app
from server.catalog import Catalog
from server.classroom import greeter, settings_for_class
from server.engine import Engine
from server.errors import SettingError
from server.runtimes import choose, lacking
from server.serving import Server, configured
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


def serve(settings: Settings, greet: Callable[[int], str] | None = None) -> None:
    """Serve until interrupted. `greet` says what is printed once the port is known."""
    check_machine(settings)
    catalog = Catalog(settings.checkpoints)
    runtime = partial(choose, settings.runtime, settings.device)
    engine = Engine(catalog, runtime, workers=settings.workers, bounds=settings.bounds)
    app = create_app(engine, settings)
    host = settings.host.strip("[]")
    taken = listen(host, settings.port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{taken.getsockname()[1]}{settings.root_path}/"
    print(greet(taken.getsockname()[1]) if greet else f"Latent Explorer {__version__}: open {address}", flush=True)
    for checkpoint in catalog.checkpoints.values():
        if checkpoint.reason:
            print(f"  {checkpoint.id} is broken: {checkpoint.reason}", flush=True)
    Server(configured(app, settings.body_mb * 2**20), app.state.standing).run(sockets=[taken])


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m server", description="Serve Latent Explorer.")
    parser.add_argument("command", nargs="?", choices=("serve", "class", "doctor"), default="serve")
    parser.add_argument("--host", help="class: the address to listen on; every network's unless given")
    parser.add_argument("--new", action="store_true", help="class: make other tokens, which ends the old links")
    parser.add_argument("--version", action="version", version=f"Latent Explorer {__version__}")
    chosen = parser.parse_args(arguments)
    if chosen.command != "class" and (chosen.host or chosen.new):
        parser.error("--host and --new belong to the command class")
    return ended(lambda: _carry_out(chosen.command, chosen.host, new=chosen.new))


def ended(command: Callable[[], None]) -> int:
    """Carry out a command; returns the exit status: 2 for a wrong setting, whose sentence is printed."""
    try:
        command()
    except SettingError as wrong:
        print(wrong.message, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def _carry_out(command: str, host: str | None, *, new: bool) -> None:
    settings = settings_for_class(host, new=new) if command == "class" else from_environment()
    if command == "doctor":
        from server.doctor import report

        print(report(settings))
        return
    logs.set_up(settings.log, settings.log_level)
    serve(settings, greeter(settings) if command == "class" else None)


if __name__ == "__main__":
    sys.exit(main())
