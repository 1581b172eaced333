"""A visitor over HTTP: one connection that stays open, and the cookie that says whose turn it is."""

from __future__ import annotations

import http.client
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from server.visitors import COOKIE


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def json(self) -> Any:
        """The content as JSON."""
        return json.loads(self.content)


@dataclass
class Visitor:
    """Somebody of whom the server knows a number. Not to be used by two threads at once."""

    port: int
    number: str = field(default_factory=lambda: secrets.token_hex(16))
    timeout: float = 120.0
    _connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: object = None, *, kind: str = "application/json") -> Answer:
        """Ask, and ask again where the connection had been closed meanwhile. `body`: JSON, or bytes as they are."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Cookie": f"{COOKIE}={self.number}", **({"Content-Type": kind} if content is not None else {})}
        fresh = self._connection is None
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            self._connection.request(method, path, content, headers)
            found = self._connection.getresponse()
            return Answer(found.status, found.headers, found.read())
        except (ConnectionError, http.client.RemoteDisconnected, http.client.CannotSendRequest):
            self.close()
            if fresh:
                raise
            return self.ask(method, path, body, kind=kind)

    def good(self, method: str, path: str, body: object = None, *, kind: str = "application/json") -> Answer:
        """The same. Raises RuntimeError for an answer that is no success."""
        answer = self.ask(method, path, body, kind=kind)
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path} was answered with {answer.status}: {answer.content[:300]!r}")
        return answer

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
