"""What a bug report needs, as text: `python3 run.py doctor`, or `python -m server doctor`.

It has to work where the set-up did not, so this file needs the standard library only, and each line that cannot be
found out says why instead of ending the report. Home folders are shown as ~ and tokens not at all.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from server import __version__, packages

if TYPE_CHECKING:
    from server.settings import Settings

VENV_STATE = packages.ROOT / ".venv" / "latent-explorer.json"
DRIVER = Path("/proc/driver/nvidia/version")
SECRETS = ("TOKEN", "STORAGE")  # the marks of variables that hold one, or may
WIDTH = 12


def report(settings: Settings | None = None) -> str:
    """The whole report. Without settings it reads them itself, and says so when they are wrong."""
    lines = [
        ("version", lambda: __version__),
        ("python", _python),
        ("platform", _platform),
        ("set-up", _set_up),
        ("packages", _packages),
        ("driver", _driver),
        ("environment", _environment),
    ]
    served: list[tuple[str, Callable[[Settings], str]]] = [
        ("device", _device),
        ("data", _data),
        ("port", _port),
        ("models", _models),
    ]
    text = [_line(name, _found_out(find)) for name, find in lines]
    for name, ask in served:
        text.append(_line(name, _found_out(partial(_asked, ask, settings))))
    return without_home("\n".join(["Latent Explorer", *text]))


def without_home(text: str) -> str:
    """The text with the user's home folder shown as ~."""
    home = Path.home()
    for place in sorted({str(home), str(home.resolve())}, key=len, reverse=True):
        if len(place) > 1:
            text = text.replace(place, "~")
    return text


def _found_out(find: Callable[[], str]) -> str:
    try:
        return find()
    except Exception as wrong:  # whatever is broken here is what the report is for
        return f"not known: {getattr(wrong, 'message', None) or f'{type(wrong).__name__}: {wrong}'}"


def _asked(ask: Callable[[Settings], str], settings: Settings | None) -> str:
    return ask(settings or _settings())


def _line(name: str, value: str) -> str:
    first, *more = value.splitlines() or [""]
    return "\n".join([f"  {name:<{WIDTH}} {first}", *(f"  {'':<{WIDTH}} {line}" for line in more)])


def _settings() -> Settings:
    from server.settings import from_environment

    return from_environment()


def _python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}"


def _platform() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.platform()}, {os.cpu_count()} cores, {memory:.1f} GB of memory"


def _set_up() -> str:
    if not VENV_STATE.exists():
        return "run.py has set up nothing here"
    state = json.loads(VENV_STATE.read_text(encoding="utf-8"))
    if state["changing"] or not state["key"]:
        return "unfinished; the next python3 run.py takes it up again"
    return ", ".join(state["extras"])


def _packages() -> str:
    found = [package.name for package in packages.direct() if package.metadata is not None]
    missing = [package.name for package in packages.direct() if package.name not in found]
    lines = [f"{name} {version(name)}" for name in found]
    return "\n".join([*lines, f"not installed: {', '.join(missing) or 'none'}"])


def _driver() -> str:
    if DRIVER.exists():
        return DRIVER.read_text(encoding="utf-8").splitlines()[0].strip()
    return "nvidia-smi is there" if shutil.which("nvidia-smi") else "no NVIDIA driver"


def _environment() -> str:
    names = [name for name in sorted(os.environ) if name.startswith("LATENT_EXPLORER_")]
    lines = [f"{name}={'(set)' if _secret(name) else os.environ[name]}" for name in names]
    return "\n".join(lines) or "no LATENT_EXPLORER_ setting"


def _secret(name: str) -> bool:
    return any(mark in name for mark in SECRETS)


def _device(settings: Settings) -> str:
    """Made known by loading a graph: what a library lists is not what it then runs on."""
    from server.runtimes import choose

    runtime = choose(settings.runtime, settings.device)
    graph = next(iter(sorted(settings.checkpoints.glob("*/decoder.onnx"))), None)
    if graph is None:
        return f"{runtime.device} expected, {runtime.name}; no model is here to try it with"
    runtime.load(graph)
    return f"{runtime.device}, {runtime.name}"


def _data(settings: Settings) -> str:
    folder = settings.data
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    writable = "writable" if os.access(place, os.W_OK) else "not writable"
    free = shutil.disk_usage(place).free / 2**30
    return f"{folder}, {'there' if folder.exists() else 'not made yet'}, {writable}, {free:.1f} GB free"


def _port(settings: Settings) -> str:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as wrong:
            return f"{settings.host}:{settings.port} cannot be taken: {wrong.strerror}"
    return f"{settings.host}:{settings.port} is free"


def _models(settings: Settings) -> str:
    from server.catalog import Catalog

    checkpoints = Catalog(settings.checkpoints).checkpoints.values()
    lines = [f"{found.id}: " + (f"broken: {found.reason}" if found.reason else found.hash) for found in checkpoints]
    return "\n".join(lines) or f"none in {settings.checkpoints}"


def main() -> int:
    """Print the report; returns the exit status."""
    print(report())
    return 0


if __name__ == "__main__":
    sys.exit(main())
