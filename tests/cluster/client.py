"""A client over real sockets with the face of starlette's TestClient, as far as the tests of the API use it."""

from __future__ import annotations

from contextlib import ExitStack
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import httpx2
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from server.settings import Settings
from server.storage import Storage

BASE = "http://127.0.0.1:8000"  # what the tests call the server
PATIENCE = 120.0


class RealSocket:
    """A WebSocket, entered as a context. Raises WebSocketDisconnect where the server refuses or closes it."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        self._address, self._headers = address, headers
        self._connection: ClientConnection | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        more = {name: value for name, value in self._headers.items() if name.lower() not in ("host", "origin")}
        origin: Any = self._headers.get("origin")
        try:
            opening = connect(
                self._address, origin=origin, additional_headers=more, max_size=None, open_timeout=PATIENCE
            )
            self._connection = self._stack.enter_context(opening)
        except InvalidStatus as refused:
            raise WebSocketDisconnect(1008, str(refused)) from refused
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def connection(self) -> ClientConnection:
        assert self._connection is not None, "the socket has not been entered"
        return self._connection

    def send_bytes(self, content: bytes) -> None:
        self.connection.send(content)

    def send_text(self, content: str) -> None:
        self.connection.send(content)

    def receive_bytes(self) -> bytes:
        try:
            received = self.connection.recv(PATIENCE)
        except ConnectionClosed as closed:
            raise WebSocketDisconnect(closed.rcvd.code if closed.rcvd else 1006) from closed
        assert isinstance(received, bytes)
        return received


class RealClient(httpx2.Client):
    """HTTP and WebSockets to a server that runs; Host and Origin are the tests' own, made the server's."""

    def __init__(self, port: int, settings: Settings) -> None:
        self._port = port
        super().__init__(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=PATIENCE)
        # The server's own storage, which lies in the same folder.
        storage = Storage(settings.data, results_bytes=settings.results_mb * 2**20)
        self.app = SimpleNamespace(state=SimpleNamespace(storage=storage, settings=settings))

    def build_request(self, *arguments: Any, **options: Any) -> httpx2.Request:
        if options.get("headers"):
            options["headers"] = self._own(dict(options["headers"]))
        return super().build_request(*arguments, **options)

    def websocket_connect(self, path: str, headers: dict[str, str] | None = None) -> RealSocket:
        return RealSocket(f"ws://127.0.0.1:{self._port}{path}", self._own(headers or {}))

    def _own(self, headers: dict[str, str]) -> dict[str, str]:
        return {name: value.replace("127.0.0.1:8000", f"127.0.0.1:{self._port}") for name, value in headers.items()}
