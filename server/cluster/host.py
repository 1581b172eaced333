"""Starting and stopping: a Ray of our own on this machine, or our application on a cluster that runs already."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import tempfile
import warnings
from dataclasses import dataclass
from importlib.util import find_spec

from server.cluster.loopback import ENVIRONMENT
from server.errors import SettingError
from server.settings import Settings

NAME = "latent-explorer"
OBJECT_STORE = 256 * 2**20  # bytes for arrays on their way; those of one request take 32 MB at most
SHORT, PREFIX = "/tmp", "latent-ray-"  # noqa: S108 (a folder in it, our own; sockets' paths must be short)
QUIET = {"log_level": "WARNING", "enable_access_log": False}  # paths of requests are nobody's business


@dataclass(frozen=True)
class Started:
    """What runs. `folder` is the folder of a Ray of our own, None on a cluster that ran already."""

    folder: str | None


def prepare(settings: Settings) -> None:
    """Set what Ray reads from the environment, to be called before anything imports it. Raises SettingError.

    Each is left alone where somebody has set it. A Ray of our own gets a token that nothing writes down.
    """
    if find_spec("ray") is None:
        raise SettingError("A cluster needs the extra packages: python3 run.py cluster installs them and starts it.")
    chosen = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "token"}
    if not settings.cluster:
        chosen |= ENVIRONMENT
        if not os.environ.get("RAY_AUTH_TOKEN_PATH"):
            chosen["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    for name, value in chosen.items():
        os.environ.setdefault(name, value)


def start(settings: Settings, port: int) -> Started:
    """Start Ray or join it, and deploy the application; returns once it answers. Raises SettingError.

    `prepare` has to be called before.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Ray about its own code and defaults
        import ray

        started = Started(None if settings.cluster else tempfile.mkdtemp(prefix=PREFIX, dir=SHORT))
        try:
            _join(settings, started.folder)
            _deploy(settings, port)
        except BaseException as wrong:
            stop(started)
            if isinstance(wrong, OSError | ray.exceptions.AuthenticationError):
                which = "of LATENT_EXPLORER_CLUSTER cannot be joined" if settings.cluster else "cannot be started here"
                raise SettingError(f"The Ray cluster {which}: {wrong}") from wrong
            raise
    return started


def _deploy(settings: Settings, port: int) -> None:
    from ray import serve

    from server.cluster.deployment import application

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    address = {"host": settings.host.strip("[]"), "port": port}
    serve.start(proxy_location="EveryNode", http_options=address, logging_config=QUIET)
    serve.run(application(settings), name=NAME, route_prefix="/")


def _join(settings: Settings, folder: str | None) -> None:
    import ray

    if folder is None:
        host, _, port = settings.cluster.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), timeout=5):
            pass  # Ray itself would go on trying for minutes
        ray.init(address=settings.cluster, logging_level=logging.WARNING)
        return
    ray.init(
        address="local",
        num_cpus=settings.replicas_max,  # each replica takes one, whatever the machine has
        object_store_memory=OBJECT_STORE,
        include_dashboard=False,
        logging_level=logging.WARNING,
        _temp_dir=f"{folder}/r",  # Ray lets everybody write there; the folder around it is this user's alone
    )


def stop(started: Started) -> None:
    """Take the application away; a Ray of our own ends with all its processes and files."""
    import ray
    from ray import serve

    try:
        if ray.is_initialized() and started.folder is None:
            serve.delete(NAME)
        elif ray.is_initialized():
            serve.shutdown()  # type: ignore[no-untyped-call]
    finally:
        ray.shutdown()
        if started.folder is not None:
            shutil.rmtree(started.folder, ignore_errors=True)
