"""Keeping what Ray opens on this machine to the loopback interface.

Ray listens on loopback where it takes the machine for one that has no cluster: always on macOS and Windows, on
Linux where the variable below says so (`ray_constants.ENABLE_RAY_CLUSTER`). One server is left that listens on every
interface all the same, that of Serve's replicas for each other. A token guards it, but nobody should be able to try.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

ENVIRONMENT = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


def bind_replica() -> None:
    """In a replica's process, before its server is opened: bind that one to loopback too."""
    replica: Any = import_module("ray.serve._private.replica")
    add_port = replica.add_port_to_grpc_server

    def add_loopback_port(server: Any, address: str) -> int:
        return int(add_port(server, f"127.0.0.1:{address.rpartition(':')[2]}"))

    replica.add_port_to_grpc_server = add_loopback_port
