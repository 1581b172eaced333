"""uvicorn's server with an end that lets people finish, and a status of 0."""

from __future__ import annotations

import asyncio
import logging
import socket
from types import FrameType

import uvicorn

from server.logs import OURS
from server.standing import Standing

log = logging.getLogger(OURS)
# Seconds for what is in flight; with what follows (connections closed, jobs and their processes ended) under ten, after
# which a container's or a service's manager would kill us.
PATIENCE = 8.0
LOOK = 0.05


class Server(uvicorn.Server):
    """Told to end by SIGTERM or Control-C, it begins nothing new and finishes what is in flight; told twice, it ends.

    Meanwhile it goes on listening: new requests are told that it ends, and /health/ready says so to a load balancer.
    Live connections are closed with 1012, and event streams end, so that pages connect again by themselves.
    """

    def __init__(self, config: uvicorn.Config, standing: Standing) -> None:
        super().__init__(config)
        self._standing = standing
        self._at_once = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by a signal. It is not raised again at the end, as uvicorn does: ending is no error."""
        self._at_once = self.should_exit
        self.should_exit = self._standing.ending = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let people finish, then end."""
        self._standing.end()
        if self._standing.in_flight:
            log.info("Ending: %d requests and connections are still open", self._standing.in_flight)
        until = asyncio.get_running_loop().time() + PATIENCE
        while self._standing.in_flight and not self._at_once and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(LOOK)
        if self._standing.in_flight:
            log.warning("Ending all the same: %d requests and connections are cut", self._standing.in_flight)
        await super().shutdown(sockets)
        log.info("Ended")


def configured(app: object, body_bytes: int) -> uvicorn.Config:
    """How uvicorn serves us; logging is set up elsewhere (server/logs.py)."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        server_header=False,
        http="h11",  # it bounds the headers of a request; httptools takes any size
        ws_per_message_deflate=False,  # a picture gets a fifth smaller, and takes as long again
        ws_max_size=body_bytes,
        timeout_graceful_shutdown=1,  # for connections that are still open after our own patience
    )
